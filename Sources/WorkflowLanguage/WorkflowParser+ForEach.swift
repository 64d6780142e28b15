import Definition
import Values

/// `forEach`: one invocation for each item.
extension WorkflowParser {
    private static let words = [
        "in", "from", "concurrency", "complete", "tolerate", "description",
    ]

    mutating func forEach(_ node: YAMLNode?) -> ForEach? {
        guard let node else { return nil }
        let fields = reader.fields(node, of: "'forEach'", words: Self.words)
        guard fields.node.isMap, let source = source(fields) else { return nil }
        let concurrency =
            reader.integer(fields["concurrency"], "'concurrency'", minimum: 1)
            ?? ForEach.standardConcurrency
        if let place = fields["concurrency"], concurrency > ForEach.maximumConcurrency {
            reader.error(
                .invalidValue,
                "'concurrency' is at most \(ForEach.maximumConcurrency), not \(place.found)",
                at: place)
        }
        let quorum = quorum(fields["complete"])
        if let quorum, case .list(let template) = source, let place = fields["complete"],
            let items = template.constant?.listValue, items.count < quorum
        {
            reader.error(
                .invalidValue,
                "a quorum of \(quorum) cannot be reached by \(items.count) "
                    + "item\(items.count == 1 ? "" : "s")", at: place)
        }
        let forEach = ForEach(
            source: source, concurrency: min(concurrency, ForEach.maximumConcurrency),
            quorum: quorum,
            tolerate: reader.integer(fields["tolerate"], "'tolerate'", minimum: 0) ?? 0,
            location: node.location)
        holdPages(fields, of: forEach)
        return forEach
    }

    private mutating func source(_ fields: Fields) -> ForEach.Source? {
        if let list = fields["in"], !fields.has("from") {
            reader.expect([.list(.dyn)], of: list, "'in' is a list", in: scope.withoutEvent)
            return reader.template(list, "'in'", in: scope.withoutEvent).map { .list($0) }
        }
        guard let from = fields["from"], !fields.has("in") else {
            reader.error(
                .invalidInvoke, "'forEach' needs 'in', a list, or 'from', a task that gives pages",
                at: fields.node)
            return nil
        }
        let inner = reader.fields(from, of: "'from'", words: ["task", "input"])
        guard let name = reader.required("task", in: inner, of: "'from'"),
            let parts = taskName(name)
        else { return nil }
        let input = inner["input"].map { reader.template($0, "'input'", in: scope.withoutEvent) }
        return .pages(
            adapter: parts.adapter, operation: parts.operation,
            input: (input ?? nil) ?? .literal(.map(ValueMap())))
    }

    /// `all`, `first` or `{quorum: n}`.
    private mutating func quorum(_ node: YAMLNode?) -> Int? {
        guard let node else { return nil }
        if node.isMap {
            let fields = reader.fields(node, of: "'complete'", words: ["quorum"])
            return reader.integer(fields["quorum"], "'quorum'", minimum: 1)
        }
        switch node.text {
        case "all": return nil
        case "first": return 1
        default:
            reader.error(
                .invalidValue, "'complete' is all, first or {quorum: 3}, not '\(node.text)'",
                at: node)
            return nil
        }
    }
}
