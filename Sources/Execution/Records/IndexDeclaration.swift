import Values

/// One part of an index's key, named as data: it can be stored, compared and computed without the business's code.
package struct IndexPart: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The value of a member.
        case value
        /// Each element of a list: a record has as many keys.
        case elements
        /// A number divided by steps of one n-th, rounded down: those that are nearly alike are side by side.
        case buckets(Int)
        /// Whether two members are a place.
        case isPlace
        /// Two members, degrees of latitude and longitude. The last part of its index.
        case place
    }

    package let kind: Kind
    /// One member, or those of latitude and longitude.
    package let members: [ExactText]
    package let isDescending: Bool
    /// What a record has that lacks the member, or has it as null; nil: it is not in the index.
    package let fallback: Value?

    package init(
        _ kind: Kind, _ members: [String], isDescending: Bool = false, fallback: Value? = nil
    ) {
        self.kind = kind
        self.members = members.map { ExactText($0) }
        self.isDescending = isDescending
        self.fallback = fallback
    }

    package func keys(of body: Value) -> [[UInt8]] {
        switch kind {
        case .value, .buckets: member(0, of: body).flatMap(key).map { [$0] } ?? []
        case .elements: (member(0, of: body)?.listValue ?? []).compactMap(key)
        case .isPlace: key(of: .bool(place(of: body) != nil)).map { [$0] } ?? []
        case .place: place(of: body).map { [SortKey.encode($0.code)] } ?? []
        }
    }

    /// Of a value that a record has there, or that a query names.
    package func key(of value: Value) -> [UInt8]? {
        guard case .buckets(let count) = kind else {
            return SortKey.encode(value, isDescending: isDescending)
        }
        guard let number = value.doubleValue ?? fallback?.doubleValue else { return nil }
        return SortKey.encode(.double(Self.bucket(number, count)), isDescending: isDescending)
    }

    package static func bucket(_ number: Double, _ count: Int) -> Double {
        (number * Double(count)).rounded(.down)
    }

    private func member(_ index: Int, of body: Value) -> Value? {
        guard members.indices.contains(index), let value = body[members[index].text],
            !value.isNull
        else { return fallback }
        return value
    }

    private func place(of body: Value) -> PlaceCode? {
        guard let latitude = member(0, of: body)?.doubleValue,
            let longitude = member(1, of: body)?.doubleValue, abs(latitude) <= 90,
            abs(longitude) <= 180
        else { return nil }
        return PlaceCode(latitude: latitude, longitude: longitude)
    }

    var text: String {
        let names = members.map(\.text).joined(separator: " ")
        let kind =
            switch kind {
            case .value: ""
            case .elements: "each "
            case .buckets(let count): "1/\(count) of "
            case .isPlace: "has place "
            case .place: "place "
            }
        let other = fallback.map { " else " + JSON.string($0) } ?? ""
        return (isDescending ? "-" : "") + kind + names + other
    }
}

/// What a collection's records are found by. Two declarations of one text are the same index.
package struct IndexDeclaration: Sendable, Hashable {
    /// Of the bytes of keys.
    private static let form = 1
    /// Of one record; what is more is left out.
    package static let maximumKeys = 256

    package let collection: String
    package let parts: [IndexPart]

    package init(collection: String, parts: [IndexPart]) {
        self.collection = collection
        self.parts = parts
    }

    /// `skills, until`: what the database knows it by, and people read.
    package var text: String { parts.map(\.text).joined(separator: ", ") }

    package var name: IndexName {
        IndexName(collection: collection, text: "\(Self.form): \(text)")
    }

    /// Each once, in order.
    package func keys(of body: Value) -> [[UInt8]] {
        var keys: [[UInt8]] = [[]]
        for part in parts {
            let own = part.keys(of: body)
            keys = Array(
                keys.lazy.flatMap { key in own.lazy.map { key + $0 } }.prefix(Self.maximumKeys))
        }
        return Set<[UInt8]>(keys).sorted(by: SortKey.precedes)
    }
}

package struct IndexName: Sendable, Hashable, Comparable {
    @ExactText package private(set) var collection: String
    /// The declaration's, with the form of its keys.
    @ExactText package private(set) var text: String

    package init(collection: String, text: String) {
        self.collection = collection
        self.text = text
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left._collection, left._text) < (right._collection, right._text)
    }
}

/// A record's place in one index.
package struct IndexEntry: Sendable, Hashable {
    /// An `IndexName.text` of the record's collection.
    @ExactText package private(set) var index: String
    package let key: [UInt8]

    package init(index: String, key: [UInt8]) {
        self.index = index
        self.key = key
    }
}

/// All indexes of a business, and which of its collections are ledgers.
package struct RecordIndexes: Sendable {
    private let declarations: [ExactText: [IndexDeclaration]]
    package let ledgers: LedgerRules

    /// - Parameter ledgers: collections of transactions.
    package init(_ declarations: [IndexDeclaration] = [], ledgers: [String] = []) {
        self.ledgers = LedgerRules(ledgers)
        self.declarations = [ExactText: [IndexDeclaration]](
            grouping: Set<IndexDeclaration>(declarations).sorted { $0.name < $1.name },
            by: { ExactText($0.collection) })
    }

    /// In order.
    package var names: [IndexName] {
        declarations.values.flatMap { $0.map(\.name) }.sorted()
    }

    /// In order.
    package var collections: [String] { declarations.sortedTexts }

    package func contains(_ declaration: IndexDeclaration) -> Bool {
        declarations[declaration.collection]?.contains(declaration) == true
    }

    package func entries(of body: Value?, in collection: String) -> [IndexEntry] {
        guard let body, let declarations = declarations[collection] else { return [] }
        let plain = body.plain
        return declarations.flatMap { declaration in
            declaration.keys(of: plain).map {
                IndexEntry(index: declaration.name.text, key: $0)
            }
        }
    }

    /// The same write with the entries that it makes.
    package func indexed(_ write: RecordWrite) -> RecordWrite {
        RecordWrite(
            collection: write.collection, id: write.id, group: write.group,
            expectedRevision: write.expectedRevision, body: write.body,
            entries: entries(of: write.body, in: write.collection))
    }
}

/// What a query reads of one index: keys from `lower` (inclusive) to `upper` (exclusive).
package struct IndexScan: Sendable, Hashable {
    package let index: IndexName
    package let lower: [UInt8]
    package let upper: [UInt8]
    package let isDescending: Bool
    /// The last one of the page before; nil: from the first.
    package let after: IndexPosition?

    package init(
        index: IndexName, lower: [UInt8], upper: [UInt8], isDescending: Bool = false,
        after: IndexPosition? = nil
    ) {
        self.index = index
        self.lower = lower
        self.upper = upper
        self.isDescending = isDescending
        self.after = after
    }

    package func includes(_ position: IndexPosition) -> Bool {
        guard !position.key.lexicographicallyPrecedes(lower),
            position.key.lexicographicallyPrecedes(upper)
        else { return false }
        guard let after else { return true }
        return isDescending ? position < after : after < position
    }

    package func beginning(after position: IndexPosition?) -> IndexScan {
        IndexScan(
            index: index, lower: lower, upper: upper, isDescending: isDescending,
            after: position ?? after)
    }
}

/// Where a record stands in an index: by its key, then by its id.
package struct IndexPosition: Sendable, Hashable, Comparable {
    package let key: [UInt8]
    @ExactText package private(set) var id: String

    package init(key: [UInt8], id: String) {
        self.key = key
        self.id = id
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.key == right.key
            ? left._id < right._id : left.key.lexicographicallyPrecedes(right.key)
    }
}

/// A record with the entries that a store has of it.
package struct IndexedRecord: Sendable, Hashable {
    package let row: RecordRow
    package let entries: [IndexEntry]

    package init(row: RecordRow, entries: [IndexEntry]) {
        self.row = row
        self.entries = entries
    }
}
