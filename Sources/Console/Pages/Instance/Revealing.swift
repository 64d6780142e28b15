import Values

/// What a workflow marks as sensitive is masked on its instances' pages, until somebody asks for it.
struct Revealing: Sendable {
    let text: String
    let path: String

    /// nil: there is nothing to show or to hide.
    init?(_ link: InstanceLink, _ values: [Value], _ visit: Visit) {
        if Self.isAsked(visit) {
            (text, path) = ("Hide what is sensitive", link.path)
        } else if values.contains(where: Self.isMasked) {
            (text, path) = (
                "Show what is sensitive; it is logged who asked", link.path + "?reveal=true"
            )
        } else {
            return nil
        }
    }

    static func query(_ visit: Visit) -> [(String, String)] {
        isAsked(visit) ? [("reveal", "true")] : []
    }

    private static func isAsked(_ visit: Visit) -> Bool { visit.request.option("reveal") == "true" }

    private static func isMasked(_ value: Value) -> Bool {
        switch value {
        case .string(let text): text == "•••"
        case .list(let list): list.contains(where: isMasked)
        case .map(let map): map.entries.contains { isMasked($0.value) }
        default: false
        }
    }
}
