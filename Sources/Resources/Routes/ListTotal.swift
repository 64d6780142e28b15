/// How far a list counts what matches beyond the page that it shows.
package enum ListTotal: String, Sendable, CaseIterable {
    /// As far as a screen needs to know: `totalIsLeast` where there are more.
    case enough
    /// To the end, however long it takes.
    case exact
}
