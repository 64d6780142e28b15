// Resources: what people see and may do, once.
//
// Theory of operation. The engine decides and knows no words; the API, the command line and the console are three ways
// to say the same. What they share is data here: an `ActionDeclaration` says of each verb what it does, what it does not
// do, what it takes and who may; an `ActionRequest` is the one reading of what was sent. Servers carry it out, pages make
// forms of it, and the reference pages are checked against it.

/// What somebody must be allowed in order to ask for something. Roles are made of these; none of them is a role.
package enum Permission: String, Sendable, Hashable, CaseIterable {
    /// Nothing: whether the server lives.
    case none
    /// To look.
    case read
    /// To read statements: those that the business lets one see.
    case consult
    /// To start instances.
    case start
    /// To send events.
    case send
    /// To do what the workflow foresees: try again, pause, cancel, run a schedule.
    case operate
    /// To say what the workflow did not decide: give a result, set data, enter a state, end it.
    case override
    /// To do the tasks of one's roles, and to say who stands in.
    case decide
    /// To put content.
    case attach
}
