import Definition
import Execution
import Resources
import Values

/// Everything that happened, as it happens.
extension API {
    private static let maximumWords = 50

    func eventStream(_ request: APIRequest) throws -> APIResponse {
        let text = request.option("after") ?? request.lastEventID
        let start = text.flatMap(JournalPosition.init)
        if let after = request.option("after"), start == nil {
            throw Refusal.query(
                "after", "`\(after.quotable)` is no position; it is the `id` of an event, or 0")
        }
        var filter = EventFeed.Filter()
        filter.workflows = Set<ExactText>(try words("workflow", request))
        filter.kinds = try words("kind", request)
        for workflow in filter.workflows.sorted() where !engine.catalog.knows(workflow.text) {
            throw Problem.unknownWorkflow(workflow.text, catalog: engine.catalog)
        }
        if let authority = request.authority, !authority.mayEverywhere(.read) {
            let wanted =
                filter.workflows.isEmpty
                ? Set<ExactText>(engine.catalog.knownNames.map { ExactText($0) })
                : filter.workflows
            // A stream has no instance to hold against a subject.
            let seen = wanted.filter { authority.verdict(.read, $0.text) == .allowed }
            guard !seen.isEmpty, filter.workflows.isEmpty || seen == wanted else {
                throw authority.refusal(.read, wanted.sorted().first?.text)
            }
            filter.workflows = seen
            filter.isBound = true
        }
        guard let place = try request.streams.take(for: request.client) else {
            throw Problem(
                .overloaded, "\(LiveStreams.limit) readers are told already",
                fix: "close others, or read the histories of instances")
        }
        return APIResponse(
            EventFeed(
                store: engine.store, catalog: engine.catalog,
                namespace: engine.alerting.namespace, feed: engine.feed(limit: 0),
                filter: filter, start: start, isLost: text != nil && start == nil,
                place: place, stays: { await request.authority?.stays() ?? true }))
    }

    /// Several are separated by commas.
    private func words(_ name: String, _ request: APIRequest) throws(Refusal) -> [String] {
        guard let text = request.option(name) else { return [] }
        let words = text.split(separator: ",").map(String.init)
        guard (1...Self.maximumWords).contains(words.count) else {
            throw .query(name, "1 to \(Self.maximumWords) names are expected, separated by commas")
        }
        return words
    }
}
