// CEL: the Common Expression Language over Pawl's values.
//
// Theory of operation. `Expression` parses the text once, into a tree in which variables are places and functions are
// resolved; what is wrong is found then, with its place in the text. `evaluate` is a function of that tree and of
// `Bindings`, the values of the free names. It ends, because CEL has no loops but those over a list or a map that is there,
// and it ends soon, because every part that is evaluated and every element that is looked at is paid for out of a budget.
// It never traps: numbers that overflow, members that are missing and kinds that do not fit are an `EvaluationError` with
// its place, and `explain` gives the value of every operand for whoever asks why.
//
// A `Template` is a value whose strings may hold expressions, `${…}`. One that is nothing but an expression keeps the kind
// of its value; one with text around it becomes text.
//
//   Language/    from text to tree: the lexer, the parser, the macros
//   Evaluation/  from tree and bindings to a value, within the budget
//   Functions/   what can be called, each with its cost
//
// The regular expressions of `matches` are `LinearRegex`'s: linear in the text, whatever the pattern.
