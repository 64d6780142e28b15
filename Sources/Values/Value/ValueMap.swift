/// A map in the order in which its entries were inserted; equality and hash ignore that order.
///
/// Keys are strings, ints, uints or bools. Numbers find each other as in CEL (`1`, `1u` and `1.0`
/// are one key). Up to eight entries are searched one by one, more through an index.
public struct ValueMap: Sendable {
    public typealias Entry = (key: Value, value: Value)

    public private(set) var entries: [Entry]
    private var index: [Value: Int]?

    /// Up to this many entries a linear search beats hashing.
    private static let linearLimit = 8

    public init() {
        entries = []
    }

    /// A later pair of the same name wins, at the place of the first.
    public init(_ pairs: [(String, Value)]) {
        entries = []
        entries.reserveCapacity(pairs.count)
        for (name, value) in pairs {
            if let position = position(ofName: name) {
                entries[position].value = value
            } else {
                append(.string(name), value)
            }
        }
    }

    public init(minimumCapacity: Int) {
        entries = []
        entries.reserveCapacity(minimumCapacity)
    }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    /// The keys in order of insertion.
    public var keys: [Value] { entries.map(\.key) }

    /// The values in order of insertion.
    public var values: [Value] { entries.map(\.value) }

    @inline(__always)
    public subscript(_ key: String) -> Value? {
        get {
            guard let position = position(ofName: key) else { return nil }
            return entries[position].value
        }
        set { store(newValue, for: .string(key), at: position(ofName: key)) }
    }

    public subscript(key: Value) -> Value? {
        get {
            guard let position = position(of: key) else { return nil }
            return entries[position].value
        }
        set { store(newValue, for: key, at: position(of: key)) }
    }

    @discardableResult
    public mutating func removeValue(forKey key: String) -> Value? {
        guard let position = position(ofName: key) else { return nil }
        let value = entries[position].value
        remove(at: position)
        return value
    }

    /// The other's values win; its new keys come behind.
    public func merging(_ other: ValueMap) -> ValueMap {
        var result = self
        for (key, value) in other.entries { result[key] = value }
        return result
    }

    /// Adds an entry unless the key is there already; tells whether it was added.
    package mutating func insertNew(_ value: Value, for key: Value) -> Bool {
        guard position(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    private mutating func store(_ value: Value?, for key: Value, at position: Int?) {
        switch (value, position) {
        case (let value?, let position?): entries[position].value = value
        case (let value?, nil): append(key, value)
        case (nil, let position?): remove(at: position)
        case (nil, nil): break
        }
    }

    private mutating func append(_ key: Value, _ value: Value) {
        entries.append((key, value))
        if index != nil {
            index?[key.lookupKey] = entries.count - 1
        } else if entries.count > Self.linearLimit {
            rebuildIndex()
        }
    }

    private mutating func remove(at position: Int) {
        entries.remove(at: position)
        index = nil
        if entries.count > Self.linearLimit { rebuildIndex() }
    }

    private mutating func rebuildIndex() {
        var fresh = [Value: Int](minimumCapacity: entries.count * 2)
        for (position, entry) in entries.enumerated() { fresh[entry.key.lookupKey] = position }
        index = fresh
    }

    private func position(ofName name: String) -> Int? {
        if let index { return index[.string(name)] }
        let length = name.utf8.count
        for position in entries.indices where entries[position].key.nameLength == length {
            if case .string(let text) = entries[position].key, sameUTF8(text, name) {
                return position
            }
        }
        return nil
    }

    private func position(of key: Value) -> Int? {
        if case .string(let name) = key { return position(ofName: name) }
        let wanted = key.lookupKey
        if let index { return index[wanted] }
        return entries.firstIndex { $0.key.lookupKey == wanted }
    }
}

extension ValueMap: Hashable {
    public static func == (a: ValueMap, b: ValueMap) -> Bool {
        guard a.count == b.count else { return false }
        return a.entries.allSatisfy { entry in
            guard let position = b.position(of: entry.key) else { return false }
            return b.entries[position].key == entry.key && b.entries[position].value == entry.value
        }
    }

    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for entry in entries {
            var inner = Hasher()
            inner.combine(entry.key)
            inner.combine(entry.value)
            sum = sum &+ inner.finalize()
        }
        hasher.combine(sum)
        hasher.combine(count)
    }
}

extension ValueMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements)
    }
}

extension Value {
    /// Looked at before the text itself: it tells most names apart.
    @inline(__always)
    fileprivate var nameLength: Int? {
        if case .string(let text) = self { text.utf8.count } else { nil }
    }

    /// The form under which numbers of different kinds but equal value meet.
    package var lookupKey: Value {
        switch self {
        case .uint(let number): Int64(exactly: number).map(Value.int) ?? self
        case .double(let number):
            Int64(exactly: number).map(Value.int) ?? UInt64(exactly: number).map(Value.uint) ?? self
        default: self
        }
    }
}
