// Definition: what is declared, before anything runs.
//
// Theory of operation. A `WorkflowDefinition` is a workflow of the folder after it was read and checked: its compiled
// chart, the events that it takes and from whom, what it invokes with retries, deadlines and the way to undo it, the tasks
// of people, its schedules, the schemas of its input, params and context. An `AdapterManifest` declares the operations of
// one remote: how requests are made, what answers mean, what to do when the answer is lost. Both are plain values that are
// never changed; a new version is another value.
//
// `WorkflowLanguage` makes them out of YAML and `Execution` runs by them; neither needs to know the other. What the two
// share beside them lives here, too: the intervals of a retry policy, the `Problem` that a caller is told, the hashes that
// must be the same on every machine.
