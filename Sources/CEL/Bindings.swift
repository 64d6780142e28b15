/// The values of an expression's free names: a short list in order, cheap to copy.
package struct Bindings: Sendable, ExpressibleByDictionaryLiteral {
    private struct Entry: Sendable {
        let name: String
        var value: Value
    }

    private var entries: [Entry]
    /// Whether some name holds (or held) a dot, so that `a.b` may be a name of its own.
    private(set) var hasQualifiedNames = false

    package init() {
        entries = []
    }

    package init(dictionaryLiteral elements: (String, Value)...) {
        entries = []
        for (name, value) in elements { self[name] = value }
    }

    package var names: [String] { entries.map(\.name) }

    /// Setting nil removes the name.
    package subscript(name: String) -> Value? {
        get {
            for entry in entries where sameUTF8(entry.name, name) { return entry.value }
            return nil
        }
        set {
            let position = entries.firstIndex { sameUTF8($0.name, name) }
            switch (newValue, position) {
            case (let value?, let position?): entries[position].value = value
            case (let value?, nil):
                entries.append(Entry(name: name, value: value))
                if name.utf8.contains(UInt8(ascii: ".")) { hasQualifiedNames = true }
            case (nil, let position?): entries.remove(at: position)
            case (nil, nil): break
            }
        }
    }
}
