// Diagram: a workflow's chart as a picture.
//
// Theory of operation. A `Chart` is what of a definition is drawn: states as boxes in boxes, transitions with their
// words, everything in document order. It is written as Mermaid or DOT as it is. For a picture of our own it is laid
// out: each phase is one pure function over integers, and knows nothing of those that come after it.
//
// The module has no clock and no randomness, iterates no dictionary and computes no coordinate with floating point,
// so that the same definition gives the same bytes on every machine. What an instance did, how many wait where and
// where a link leads are an `Overlay` that is given when the picture is written; no coordinate depends on it.
//
// A page lays a definition out once, with room for the texts that it will show, `Drawing(Chart(definition), reserving:)`,
// and keeps that by the definition's hash. For each request it writes `svg(.embedded, overlay:, name:)` and beside it
// `chart.table(overlay)`; `Drawing.styleSheet` belongs to its style sheet. An overlay's states and transitions are those of
// the definition's machine, by the same indices.
