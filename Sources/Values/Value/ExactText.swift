/// Text whose identity is its bytes: what names, keys and ids are compared, ordered and hashed by.
///
/// Swift takes two strings for one when they look alike (`é` as one scalar, and as `e` with an accent); the store and
/// every remote compare bytes. Text that came from outside is therefore a key of a dictionary, a member of a set or a
/// part of something that is compared only as this type. As a property wrapper it makes the derived `==` and `hash`
/// of the type around it exact.
@propertyWrapper
public struct ExactText: Sendable {
    public var wrappedValue: String

    public init(wrappedValue: String) { self.wrappedValue = wrappedValue }

    public init(_ text: String) { wrappedValue = text }

    public var text: String { wrappedValue }
}

extension ExactText: Hashable, Comparable {
    public static func == (left: ExactText, right: ExactText) -> Bool {
        sameUTF8(left.wrappedValue, right.wrappedValue)
    }

    public func hash(into hasher: inout Hasher) { hashUTF8(wrappedValue, into: &hasher) }

    /// The order of their bytes, as in the store.
    public static func < (left: ExactText, right: ExactText) -> Bool {
        compareUTF8(left.wrappedValue, right.wrappedValue) < 0
    }
}

extension ExactText: CustomStringConvertible, ExpressibleByStringLiteral {
    public var description: String { wrappedValue }

    public init(stringLiteral text: String) { wrappedValue = text }
}

extension Dictionary where Key == ExactText {
    @_disfavoredOverload
    public init(
        _ pairs: some Sequence<(String, Value)>, uniquingKeysWith combine: (Value, Value) -> Value
    ) {
        self.init(pairs.lazy.map { (ExactText($0), $1) }, uniquingKeysWith: combine)
    }

    public subscript(_ text: String) -> Value? {
        get { self[ExactText(text)] }
        _modify { yield &self[ExactText(text)] }
    }

    public subscript(
        _ text: String, default value: @autoclosure () -> Value
    ) -> Value {
        get { self[ExactText(text), default: value()] }
        _modify { yield &self[ExactText(text), default: value()] }
    }

    @discardableResult
    public mutating func removeValue(forKey text: String) -> Value? {
        removeValue(forKey: ExactText(text))
    }

    /// In the order of their bytes.
    public var sortedTexts: [String] { keys.sorted().map(\.text) }
}

extension Set where Element == ExactText {
    @_disfavoredOverload
    public init(_ texts: some Sequence<String>) { self.init(texts.map { ExactText($0) }) }

    public func contains(_ text: String) -> Bool { contains(ExactText(text)) }

    /// - Returns: whether it is new.
    @discardableResult
    public mutating func insert(_ text: String) -> Bool { insert(ExactText(text)).inserted }

    public mutating func remove(_ text: String) { remove(ExactText(text)) }
}

/// Two that are both absent are the same.
public func sameUTF8(_ a: String?, _ b: String?) -> Bool {
    a.map { ExactText($0) } == b.map { ExactText($0) }
}

extension Sequence<String> {
    /// Whether one of them has these very bytes.
    public func contains(exactly text: String) -> Bool { contains { sameUTF8($0, text) } }
}
