import Values

/// What a person may ask to be forgotten: members that a schema of the workflow marks `x-personal`, and the search
/// attributes that say whose data an instance holds.
///
/// Theory. A value travels under its name, as what is sensitive does (`Sensitive`): so it is the name that is erased,
/// wherever it stands in what an instance holds. And it travels under other names, into a mail's text or a task's title:
/// so the texts that stood under such names are looked for in all other texts of the same instance.
package struct Personal: Sendable, Hashable {
    /// In the place of a text.
    package static let erased = "[erased]"
    /// Shorter texts are not looked for elsewhere: they would be found in words that have nothing to do with them.
    package static let shortest = 4

    /// Whose a member is.
    private enum Owner: Sendable, Hashable {
        /// `x-personal: true`: of each person of the instance.
        case everybody
        /// `x-personal: client`: only of these.
        case some(Set<ExactText>)

        init(_ mark: Value) {
            let names = mark.stringValue.map { [$0] } ?? mark.listValue?.compactMap(\.stringValue)
            self = names.map { .some(Set<ExactText>($0.map { ExactText($0) })) } ?? .everybody
        }

        func merging(_ other: Owner) -> Owner {
            guard case .some(let mine) = self, case .some(let others) = other else {
                return .everybody
            }
            return .some(mine.union(others))
        }

        func isOne(_ person: String) -> Bool {
            if case .some(let names) = self { names.contains(ExactText(person)) } else { true }
        }
    }

    private let owners: [ExactText: Owner]
    /// Search attributes whose value is a person's id, in document order.
    package let persons: [String]

    package static let nothing = Personal(owners: [:], persons: [])

    private init(owners: [ExactText: Owner], persons: [String]) {
        self.owners = owners
        self.persons = persons
    }

    package init(_ schemas: [Schema], persons: [String]) {
        var owners: [ExactText: Owner] = [:]
        for mark in Schema.marks("x-personal", in: schemas) {
            owners.merge([ExactText(mark.name): Owner(mark.says)]) { $0.merging($1) }
        }
        self.init(owners: owners, persons: persons)
    }

    /// Nothing is marked.
    package var isEmpty: Bool { owners.isEmpty }

    package func isPersonal(_ name: String) -> Bool { owners[ExactText(name)] != nil }

    package func isPerson(_ attribute: String) -> Bool { persons.contains(exactly: attribute) }

    /// Those that marks name, and `persons` does not.
    package var strangers: [String] {
        let named = owners.values.reduce(into: Set<ExactText>()) { named, owner in
            if case .some(let names) = owner { named.formUnion(names) }
        }
        return named.map(\.text).filter { !isPerson($0) }.sorted()
    }

    /// What is to go when that person asks for it.
    package func belonging(to person: String) -> Personal {
        Personal(owners: owners.filter { $0.value.isOne(person) }, persons: persons)
    }

    /// Of all versions of a workflow: what a later one marks is personal in the instances of earlier ones.
    package func union(_ other: Personal) -> Personal {
        Personal(
            owners: owners.merging(other.owners) { $0.merging($1) },
            persons: persons + other.persons.filter { !isPerson($0) })
    }

    // MARK: Looking

    /// The texts that stand under such names, however deep.
    package func texts(in value: Value) -> Set<ExactText> {
        var found: Set<ExactText> = []
        collect(value, isPersonal: false, &found)
        return found
    }

    private func collect(_ value: Value, isPersonal: Bool, _ found: inout Set<ExactText>) {
        switch value {
        case .string(let text) where isPersonal: found.insert(ExactText(text))
        case .list(let list):
            for element in list { collect(element, isPersonal: isPersonal, &found) }
        case .map where isPersonal && Attachment(value) != nil:
            // Of a file: what names it, and nothing that other files have as well.
            for name in ["sha256", "name"] {
                if let text = value[name] { collect(text, isPersonal: true, &found) }
            }
        case .map(let map):
            for (key, value) in map.entries {
                let isNamed = key.stringValue.map { self.isPersonal($0) } ?? false
                collect(value, isPersonal: isPersonal || isNamed, &found)
            }
        default: break
        }
    }

    // MARK: Erasing

    /// With nothing in such members, however deep, and without the texts anywhere else. Everything else is as it was.
    package func erased(_ value: Value, forgetting texts: ForgottenTexts) -> Value {
        switch value {
        case .string(let text): return .string(texts.removed(from: text))
        case .list(let list): return .list(list.map { erased($0, forgetting: texts) })
        case .map(let map):
            var result = ValueMap(minimumCapacity: map.count)
            for (key, value) in map.entries {
                let name = key.stringValue.map { Self.free(texts.removed(from: $0), in: result) }
                result[name.map { .string($0) } ?? key] =
                    key.stringValue.map { erased(value, of: $0, forgetting: texts) }
                    ?? erased(value, forgetting: texts)
            }
            return .map(result)
        default: return value
        }
    }

    /// The value of one member.
    package func erased(_ value: Value, of name: String, forgetting texts: ForgottenTexts) -> Value
    {
        isPersonal(name) ? Self.blank(value) : erased(value, forgetting: texts)
    }

    /// Two names that had different texts in them stay two.
    private static func free(_ name: String, in map: ValueMap) -> String {
        guard map[name] != nil else { return name }
        for number in 2...(map.count + 2) where map["\(name) \(number)"] == nil {
            return "\(name) \(number)"
        }
        return name
    }

    /// Of the same kind and without content, so that whoever reads it finds what it expects.
    private static func blank(_ value: Value) -> Value {
        switch value {
        case .string(let text): .string(text.isEmpty ? text : erased)
        case .bool: false
        case .int: .int(0)
        case .uint: .uint(0)
        case .double: .double(0)
        case .list: []
        case .map: [:]
        case .null, .bytes, .timestamp, .duration, .type, .optional: .null
        }
    }
}

/// Texts that are to stand nowhere any more.
package struct ForgottenTexts: Sendable, Hashable {
    private struct Wanted: Sendable, Hashable {
        let bytes: [UInt8]
        /// A number of its own only: `1010` is not looked for in `20101012`.
        let isNumber: Bool
    }

    /// The longest first: one may hold another.
    private let wanted: [Wanted]
    /// Ids, which are the books': a text that is one stays.
    private let kept: Set<ExactText>

    package static let none = ForgottenTexts([], keeping: [])

    package init(_ texts: Set<ExactText>, keeping kept: Set<ExactText>) {
        self.kept = kept
        wanted =
            texts.filter {
                !kept.contains($0) && $0.text.unicodeScalars.count >= Personal.shortest
            }
            .map { Array($0.text.utf8) }
            // What the mark itself says cannot go.
            .filter { !Self.isInMark($0) }
            .sorted {
                $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count > $1.count
            }
            .map { Wanted(bytes: $0, isNumber: $0.allSatisfy(\.isDigit)) }
    }

    private static func isInMark(_ bytes: [UInt8]) -> Bool {
        replacing(Wanted(bytes: bytes, isNumber: false), in: Array(Personal.erased.utf8)) != nil
    }

    package var isEmpty: Bool { wanted.isEmpty }

    package func contains(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return wanted.contains { $0.bytes == bytes }
    }

    package func removed(from text: String) -> String {
        guard !wanted.isEmpty, !kept.contains(ExactText(text)) else { return text }
        var bytes = Array(text.utf8)
        var hasChanged = false
        for item in wanted where bytes.count >= item.bytes.count {
            guard let changed = Self.replacing(item, in: bytes) else { continue }
            bytes = changed
            hasChanged = true
        }
        return hasChanged ? String(decoding: bytes, as: UTF8.self) : text
    }

    /// nil: it is not in there.
    private static func replacing(_ item: Wanted, in bytes: [UInt8]) -> [UInt8]? {
        let length = item.bytes.count
        var result: [UInt8] = []
        var (copied, position) = (0, 0)
        while position + length <= bytes.count {
            let end = position + length
            guard bytes[position] == item.bytes[0],
                bytes[position..<end].elementsEqual(item.bytes),
                !item.isNumber || isApart(position..<end, in: bytes)
            else {
                position += 1
                continue
            }
            result += bytes[copied..<position]
            result += Personal.erased.utf8
            (copied, position) = (end, end)
        }
        return copied == 0 ? nil : result + bytes[copied...]
    }

    private static func isApart(_ range: Range<Int>, in bytes: [UInt8]) -> Bool {
        (range.lowerBound == 0 || !bytes[range.lowerBound - 1].isDigit)
            && (range.upperBound == bytes.count || !bytes[range.upperBound].isDigit)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (48...57).contains(self) }
}
