import Values

/// What comes before and after an instance in the list from which its page was opened.
struct ListPlace: Sendable {
    let filter: String
    let list: String
    let previous: String?
    let next: String?

    /// nil: the page was not opened from a list, or that list is none any more.
    init?(_ link: InstanceLink, _ visit: Visit) async throws {
        guard let filter = visit.request.option("in"), !filter.isEmpty,
            let found = try? await visit.get(link.resource + "/neighbours", [("filter", filter)])
        else { return nil }
        self.filter = filter
        list = "/instances?filter=" + filter.urlEncoded
        func path(_ name: String) -> String? {
            InstanceLink(found[name]?.stringValue).map { "\($0.path)?in=\(filter.urlEncoded)" }
        }
        previous = path("newer")
        next = path("older")
    }
}
