import Values

/// The values of an expression's free names: a short list in order, cheap to copy. What changes often may
/// stand inside other bindings, which are then shared and not copied.
package struct Bindings: Sendable, ExpressibleByDictionaryLiteral {
    private struct Entry: Sendable {
        let name: String
        var value: Value
    }

    private var entries: [Entry]
    /// Found behind those of `entries`.
    private var outer: [Entry] = []
    /// Whether some name holds (or held) a dot, so that `a.b` may be a name of its own.
    private(set) var hasQualifiedNames = false

    package init() {
        entries = []
    }

    package init(dictionaryLiteral elements: (String, Value)...) {
        entries = []
        for (name, value) in elements { self[name] = value }
    }

    /// The names of `outer`, and those set from now on, which hide them.
    package init(inside outer: Bindings) {
        entries = []
        entries.reserveCapacity(2)
        self.outer = outer.flat
        hasQualifiedNames = outer.hasQualifiedNames
    }

    private var flat: [Entry] {
        guard !outer.isEmpty else { return entries }
        return entries
            + outer.filter { entry in !entries.contains { sameUTF8($0.name, entry.name) } }
    }

    package var names: [String] { flat.map(\.name) }

    /// Setting nil removes the name.
    package subscript(name: String) -> Value? {
        get {
            for entry in entries where sameUTF8(entry.name, name) { return entry.value }
            for entry in outer where sameUTF8(entry.name, name) { return entry.value }
            return nil
        }
        set {
            guard let newValue else { return remove(name) }
            for position in entries.indices where sameUTF8(entries[position].name, name) {
                entries[position].value = newValue
                return
            }
            entries.append(Entry(name: name, value: newValue))
            if !hasQualifiedNames { hasQualifiedNames = name.hasDot }
        }
    }

    /// Sets a member of the map that a name stands for, in place: where nobody else holds the map, nothing is
    /// copied.
    package mutating func set(_ member: String, of name: String, to value: Value) {
        var map = self[name]?.mapValue ?? ValueMap()
        self[name] = .null
        map[member] = value
        self[name] = .map(map)
    }

    private mutating func remove(_ name: String) {
        entries.removeAll { sameUTF8($0.name, name) }
        outer.removeAll { sameUTF8($0.name, name) }
    }
}

extension String {
    fileprivate var hasDot: Bool {
        let dot = UInt8(ascii: ".")
        return utf8.withContiguousStorageIfAvailable { $0.contains(dot) } ?? utf8.contains(dot)
    }
}
