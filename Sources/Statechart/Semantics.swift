/// Whose rules a chart runs by, where ours depart from the letter of W3C SCXML 1.0 (docs/decisions/0016-regions.md).
package enum Semantics: Sendable, Hashable {
    /// What every workflow runs by.
    case pawl
    /// The standard's letter, for charts that are imported from SCXML.
    case scxml
}
