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
    /// To bring instances into another version of their workflow.
    case migrate
    /// To do the tasks of one's roles, and to say who stands in.
    case decide
    /// To put content.
    case attach
    /// To be shown what is marked `x-sensitive`, which is recorded.
    case reveal
    /// To read the record of who did what.
    case audit
    /// To make and to revoke tokens.
    case administer
}
