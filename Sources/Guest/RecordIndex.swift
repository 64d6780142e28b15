package import Execution
import Values

/// What records of one type are found by: `RecordIndex(CodingKeys.title, CodingKeys.until)`.
///
/// An index is names, not code: the engine stores it, compares it at start with what the database has, and builds what
/// is new or different before anything is answered. A record that lacks a part is not in it. Numbers, texts, times and
/// flags sort by kind, then by value; texts by their bytes, and no longer ones than 512 bytes are in an index. Records
/// of one key are in order of their ids. A record has 256 keys at most, the first ones in the order of its lists.
public struct RecordIndex<R: Record>: Sendable, Hashable {
    package let declaration: IndexDeclaration

    /// Up to three members, ascending.
    public init(_ members: any CodingKey...) {
        self.init(parts: members.map { .ascending($0) })
    }

    /// - Parameter parts: in the order in which they sort; a place is the last.
    public init(parts: [RecordIndexPart<R>]) {
        declaration = IndexDeclaration(collection: R.collection, parts: parts.map(\.part))
    }

    var name: IndexName { declaration.name }
}

/// One part of an index's key.
public struct RecordIndexPart<R: Record>: Sendable, Hashable {
    let part: IndexPart

    /// - Parameter value: what a record has that lacks the member; nil: it is not in the index.
    public static func ascending(_ member: any CodingKey, else value: Value? = nil) -> Self {
        Self(part: IndexPart(.value, [member.stringValue], fallback: value))
    }

    public static func descending(_ member: any CodingKey, else value: Value? = nil) -> Self {
        Self(part: IndexPart(.value, [member.stringValue], isDescending: true, fallback: value))
    }

    /// Each element of a list: the record is found by any of them.
    public static func each(_ member: any CodingKey) -> Self {
        Self(part: IndexPart(.elements, [member.stringValue]))
    }

    /// A number in steps of one n-th, largest first: what comes behind it sorts those that are nearly alike.
    /// - Parameter count: steps in a unit, 1 and more.
    public static func descending(
        _ member: any CodingKey, stepsOfOne count: Int, else value: Value? = nil
    ) -> Self {
        Self(
            part: IndexPart(
                .buckets(max(count, 1)), [member.stringValue], isDescending: true,
                fallback: value))
    }

    /// Whether two members, of degrees, are a place; no before yes.
    public static func hasPlace(
        latitude: any CodingKey, longitude: any CodingKey
    ) -> Self {
        Self(part: IndexPart(.isPlace, [latitude.stringValue, longitude.stringValue]))
    }

    /// Two members, of degrees, as a place: the last part of an index that ``NearestFirst`` searches.
    public static func place(latitude: any CodingKey, longitude: any CodingKey) -> Self {
        Self(part: IndexPart(.place, [latitude.stringValue, longitude.stringValue]))
    }
}

/// What an index can be asked for.
public protocol IndexKey: Sendable {
    var indexValue: Value { get }
}

extension String: IndexKey { public var indexValue: Value { .string(self) } }
extension Int: IndexKey { public var indexValue: Value { .int(Int64(self)) } }
extension Int64: IndexKey { public var indexValue: Value { .int(self) } }
extension Double: IndexKey { public var indexValue: Value { .double(self) } }
extension Bool: IndexKey { public var indexValue: Value { .bool(self) } }
extension Timestamp: IndexKey { public var indexValue: Value { .timestamp(self) } }
extension Value: IndexKey { public var indexValue: Value { self } }

/// Which part of an index is read, and in which order.
public struct IndexRange: Sendable {
    /// Of the first parts, one each.
    var equals: [any IndexKey]
    /// Of the part behind them, in the order of the index.
    var from: (any IndexKey)?
    var through: (any IndexKey)?
    var beyond: (any IndexKey)?
    var isReversed: Bool

    /// - Parameters:
    ///   - from: of the next part: this one and what comes behind it in the index.
    ///   - through: of the next part: this one and what comes before it.
    ///   - beyond: of the next part: what comes behind this one, without it.
    ///   - isReversed: the last first.
    public init(
        equals: [any IndexKey] = [], from: (any IndexKey)? = nil, through: (any IndexKey)? = nil,
        beyond: (any IndexKey)? = nil, isReversed: Bool = false
    ) {
        self.equals = equals
        self.from = from
        self.through = through
        self.beyond = beyond
        self.isReversed = isReversed
    }
}

/// Where a page of an index ended.
public struct IndexCursor: Sendable, Hashable {
    let position: IndexPosition
}

public struct IndexPage<R: Record>: Sendable {
    public let records: [R]
    /// For the page behind this one; nil: this is the last.
    public let next: IndexCursor?
}

extension IndexRange {
    /// nil: a key that sorts nowhere, so that nothing is found.
    func scan(_ declaration: IndexDeclaration, after: IndexPosition?) -> IndexScan? {
        var prefix: [UInt8] = []
        guard equals.count <= declaration.parts.count else { return nil }
        for (part, value) in zip(declaration.parts, equals) {
            guard let key = part.key(of: value.indexValue.plain) else { return nil }
            prefix += key
        }
        var lower = prefix
        var upper = SortKey.after(prefix)
        let next = equals.count
        for (bound, isLower, isIncluded) in [
            (from, true, true), (beyond, true, false), (through, false, true),
        ] {
            guard let bound else { continue }
            guard declaration.parts.indices.contains(next),
                let key = declaration.parts[next].key(of: bound.indexValue.plain)
            else { return nil }
            if isLower {
                lower = prefix + (isIncluded ? key : SortKey.after(key))
            } else {
                upper = SortKey.after(prefix + key)
            }
        }
        return IndexScan(
            index: declaration.name, lower: lower, upper: upper, isDescending: isReversed,
            after: after)
    }
}
