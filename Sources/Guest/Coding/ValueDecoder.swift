import Values

/// `Codable` types from the tree of a value, without any text in between.
struct ValueDecoder: Decoder {
    let value: Value
    let codingPath: [any CodingKey]
    /// The type that is asked for as a whole, for messages.
    let subject: String

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func decode<T: Decodable>(
        _ type: T.Type, from value: Value
    ) throws(ValueMismatch) -> T {
        let decoder = ValueDecoder(value: value, codingPath: [], subject: "\(T.self)")
        do {
            return try decoder.decode(type)
        } catch let mismatch as ValueMismatch {
            throw mismatch
        } catch let error as DecodingError {
            throw ValueMismatch(error)
        } catch {
            throw ValueMismatch("", "is refused by \(T.self): \(error)")
        }
    }

    /// What has its own form as a value is taken as that, whatever its `Codable` does.
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if T.self == Value.self, let value = value as? T { return value }
        if T.self == Timestamp.self {
            let text = value.stringValue
            let time = value.timestampValue ?? text.flatMap(Timestamp.init(rfc3339:))
            guard let found = time as? T else { throw mismatch("an RFC 3339 time") }
            return found
        }
        if T.self == Duration.self {
            let span = value.durationValue ?? value.stringValue.flatMap(Duration.init(parsing:))
            guard let found = span as? T else { throw mismatch("a span such as 90s") }
            return found
        }
        return try T(from: self)
    }

    func mismatch(_ wanted: String) -> ValueMismatch {
        ValueMismatch(codingPath.pointer, "is \(value.article), \(subject) wants \(wanted)")
    }

    func inside(_ key: some CodingKey, _ value: Value) -> ValueDecoder {
        ValueDecoder(value: value, codingPath: codingPath + [key], subject: subject)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let map) = value else { throw mismatch("a map") }
        return KeyedDecodingContainer(Keyed(decoder: self, map: map))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .list(let list) = value else { throw mismatch("a list") }
        return Unkeyed(decoder: self, list: list)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }
}

extension ValueDecoder {
    func bool() throws -> Bool {
        guard let flag = value.boolValue else { throw mismatch("a bool") }
        return flag
    }

    func string() throws -> String {
        guard let text = value.stringValue else { throw mismatch("a string") }
        return text
    }

    func double() throws -> Double {
        guard let number = value.doubleValue else { throw mismatch("a number") }
        return number
    }

    func integer<T: FixedWidthInteger>() throws -> T {
        if case .uint(let number) = value, let exact = T(exactly: number) { return exact }
        guard let number = value.intValue, let exact = T(exactly: number) else {
            throw mismatch("an integer of \(T.bitWidth) bits")
        }
        return exact
    }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: ValueDecoder
        let map: ValueMap

        var codingPath: [any CodingKey] { decoder.codingPath }

        var allKeys: [Key] {
            map.keys.compactMap { $0.stringValue.flatMap(Key.init(stringValue:)) }
        }

        func contains(_ key: Key) -> Bool { map[key.stringValue] != nil }

        private func inside(_ key: Key) throws -> ValueDecoder {
            guard let value = map[key.stringValue] else {
                throw ValueMismatch(
                    (codingPath + [key]).pointer, "is missing, \(decoder.subject) wants it")
            }
            return decoder.inside(key, value)
        }

        func decodeNil(forKey key: Key) -> Bool { map[key.stringValue]?.isNull ?? true }
        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try inside(key).bool() }
        func decode(_ type: String.Type, forKey key: Key) throws -> String {
            try inside(key).string()
        }
        func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
            try inside(key).double()
        }
        func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
            Float(try inside(key).double())
        }
        func decode<T: FixedWidthInteger & Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try inside(key).integer()
        }
        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            try inside(key).decode(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            try inside(key).container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try inside(key).unkeyedContainer()
        }
        func superDecoder() throws -> any Decoder {
            decoder.inside(Index.superKey, map["super"] ?? .null)
        }
        func superDecoder(forKey key: Key) throws -> any Decoder { try inside(key) }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let decoder: ValueDecoder
        let list: [Value]
        var currentIndex = 0

        var codingPath: [any CodingKey] { decoder.codingPath }
        var count: Int? { list.count }
        var isAtEnd: Bool { currentIndex >= list.count }

        private mutating func next() throws -> ValueDecoder {
            let key = Index(currentIndex)
            guard list.indices.contains(currentIndex) else {
                throw ValueMismatch(
                    (codingPath + [key]).pointer, "is missing, \(decoder.subject) wants it")
            }
            currentIndex += 1
            return decoder.inside(key, list[key.index])
        }

        mutating func decodeNil() -> Bool {
            guard !isAtEnd, list[currentIndex].isNull else { return false }
            currentIndex += 1
            return true
        }
        mutating func decode(_ type: Bool.Type) throws -> Bool { try next().bool() }
        mutating func decode(_ type: String.Type) throws -> String { try next().string() }
        mutating func decode(_ type: Double.Type) throws -> Double { try next().double() }
        mutating func decode(_ type: Float.Type) throws -> Float { Float(try next().double()) }
        mutating func decode<T: FixedWidthInteger & Decodable>(_ type: T.Type) throws -> T {
            try next().integer()
        }
        mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }
        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> {
            try next().container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try next().unkeyedContainer()
        }
        mutating func superDecoder() throws -> any Decoder { try next() }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: ValueDecoder

        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.value.isNull }
        func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
        func decode(_ type: String.Type) throws -> String { try decoder.string() }
        func decode(_ type: Double.Type) throws -> Double { try decoder.double() }
        func decode(_ type: Float.Type) throws -> Float { Float(try decoder.double()) }
        func decode<T: FixedWidthInteger & Decodable>(_ type: T.Type) throws -> T {
            try decoder.integer()
        }
        func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }
    }

    /// An element of a list.
    struct Index: CodingKey {
        static let superKey = Index(name: "super", index: 0)

        let stringValue: String
        let index: Int
        var intValue: Int? { index }

        init(_ index: Int) { self.init(name: "\(index)", index: index) }
        init(intValue index: Int) { self.init(index) }
        init?(stringValue text: String) {
            guard let index = Int(text) else { return nil }
            self.init(index)
        }
        private init(name: String, index: Int) {
            stringValue = name
            self.index = index
        }
    }
}

extension [any CodingKey] {
    var pointer: String { map { "/" + $0.stringValue.pointerToken }.joined() }
}

extension ValueMismatch {
    /// What a type's own `init(from:)` threw.
    init(_ error: DecodingError) {
        switch error {
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            self.init(context.codingPath.pointer, "is no \(type): \(context.debugDescription)")
        case .keyNotFound(let key, let context):
            self.init((context.codingPath + [key]).pointer, "is missing")
        case .dataCorrupted(let context):
            self.init(context.codingPath.pointer, "is refused: \(context.debugDescription)")
        @unknown default: self.init("", "cannot be read: \(error)")
        }
    }
}
