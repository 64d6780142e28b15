import Definition
import Values

extension Reader {
    /// SHA-256 of what a document says: values without comments, white space and places, the language's own words in
    /// order of their names. Names of the author's choice keep the order in which they are written wherever it says
    /// something: states, timers, actions, a form's fields, the members of a payload.
    ///
    /// To be taken when the document was read whole; only then is it known whose order means nothing.
    func contentHash(of node: YAMLNode) -> String { SHA256.hex(of: JSON.string(content(of: node))) }

    private func content(of node: YAMLNode) -> Value {
        switch node.kind {
        case .null, .bool, .int, .double, .string: return node.value
        case .list(let nodes): return .list(nodes.map(content))
        case .map(var entries):
            if unordered.contains(node.location) {
                entries.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            }
            return .map(ValueMap(entries.map { ($0.name, content(of: $0.value)) }))
        }
    }
}
