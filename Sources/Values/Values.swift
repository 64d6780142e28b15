// Values: what travels through Pawl and is stored by it.
//
// Theory of operation. Everything that enters or leaves a workflow (an event's data, a context, a task's result) is a
// `Value`: JSON's kinds and the further ones that CEL has (unsigned integers, bytes, timestamps, durations, types,
// optionals). A value is immutable data and compares by its structure: strings by their bytes, maps without regard to the
// order of their entries. `plain` makes of any value one that survives the way through JSON.
//
//   Value/   the values, maps in the order of insertion, and texts whose identity is their bytes (`ExactText`)
//   JSON/    a strict parser and a writer: text that JSON does not allow is refused and never repaired, and what is
//            written is read back as the same value
//   Schema/  JSON Schema as far as data of workflows need it: it checks values, fills in defaults and gives numbers their
//            declared kind
//   Time/    moments to the nanosecond within the years 1 to 9999, spans, and the civil calendar
//
// Nothing here does I/O, reads a clock or a locale, or can trap on what it is given: the same arguments give the same
// result for ever. Whatever comes from outside meets a limit here, of size, of depth or of work.
