// Execution: one instance of a workflow, from its start to its end, as values.
//
// Theory of operation. `Run` is everything that is true of an instance; there is nothing else to remember and nothing to
// replay. `decide` is a function: it is given a run, one `Input`, the `Catalog` of what is published and the store's time,
// and it returns the run afterwards with a `Commit`, the plain value that says all that must be written and sent. The
// engine moves these values about and the store writes them; neither knows a rule of this module.
//
// A decision is made on a `Draft`. It lets the statechart take a step, does what the step asks for (set a timer, start a
// call, leave one behind, send an event), gives the chart the events that follow from that, and goes on until nothing is
// left to take. All of it happens or none of it: where an expression fails, the draft is again what it was before the
// input, and the input waits with an incident until a person has it tried again.
//
// The rooms:
//
//   Inputs/      what can happen to an instance, one file an input: its start, an event, a timer, an answer, a local
//                operation, a child's end, a person's task, an operator's action
//   Parts/       what several inputs share. A part of the run (the activations, the chart's timers, the compensation log,
//                the incidents, kept events, held inputs) owns its fields and keeps its own rules; the `Draft+…` beside
//                them say what one change makes of the others, and write the history of it
//   Run/         the run itself and what is under way in it: an activation is one of five kinds of `Work`
//   Committing/  the commit, whose rows for timers, calls, tasks and incidents are derived from the run before and after,
//                so that they cannot say anything else than the run does
//   Coding/      how all of this is written as JSON, and read back
//   Explaining/  why an instance does not move and what would move it, computed from the same run
//   Ports/       what the outside must offer: a store, a way out for calls, operations of the process itself
//   Schedules/   what a schedule remembers, and one turn of it
