// Statechart: where an instance is, and where an event takes it.
//
// Theory of operation. A `Machine` is a chart compiled into flat tables: states stand in document order, so that a state's
// index is its place in the document and everything below it is a range. A `Snapshot` says which states are active, what
// the history states remember, and the data. `Machine.step` takes one event and everything that follows from it inside the
// chart (a *macrostep*) by the algorithm of W3C SCXML 1.0, appendix D, whose procedures keep their names in `Interpreter`,
// and returns a `Step`: the next snapshot, and as values everything that must happen outside, such as a timer to set or an
// invocation to start.
//
// The module knows nothing of time, of stores or of what an invocation is. Guards and actions are CEL; they see the
// environment that the caller gives, the data as `context`, and the event. A step ends: the number of its microsteps has
// a limit, and so has the cost of each expression. A step in which an expression fails says so and leaves the snapshot as
// it was, unless the chart asks for SCXML's way by naming `error.execution`.
//
// Our rules depart from the letter of the standard in two places, which `Semantics` names: regions of a parallel state are
// independent of each other, and parallel states are done however they nest (docs/decisions/0016-regions.md).
