import Values

/// `Codable` types into the tree of a value.
struct ValueEncoder: Encoder {
    let node: EncodingNode
    let codingPath: [any CodingKey]

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func encode(_ subject: some Encodable) throws(ValueMismatch) -> Value {
        let node = EncodingNode()
        do {
            try ValueEncoder(node: node, codingPath: []).encode(subject)
        } catch let mismatch as ValueMismatch {
            throw mismatch
        } catch {
            throw ValueMismatch("", "cannot be written: \(error)")
        }
        return node.value
    }

    /// What has its own form as a value is written as that, whatever its `Codable` does.
    func encode<T: Encodable>(_ subject: T) throws {
        switch subject {
        case let value as Value: node.set(value)
        case let time as Timestamp: node.set(.string(time.rfc3339))
        case let span as Duration: node.set(.string(span.celString))
        default: try subject.encode(to: self)
        }
    }

    func inside(_ key: some CodingKey, _ node: EncodingNode) -> ValueEncoder {
        ValueEncoder(node: node, codingPath: codingPath + [key])
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.become(.map)
        return KeyedEncodingContainer(Keyed(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.become(.list)
        return Unkeyed(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }
}

/// A value that is being written: containers may be filled in any order.
final class EncodingNode {
    enum Kind {
        case scalar
        case list
        case map
    }

    private var kind = Kind.scalar
    private var scalar = Value.null
    private var children: [(name: String, node: EncodingNode)] = []

    var count: Int { children.count }

    func set(_ value: Value) {
        kind = .scalar
        scalar = value
    }

    func become(_ kind: Kind) { self.kind = kind }

    func child(_ name: String = "") -> EncodingNode {
        let node = EncodingNode()
        children.append((name, node))
        return node
    }

    var value: Value {
        switch kind {
        case .scalar: scalar
        case .list: .list(children.map(\.node.value))
        case .map: .map(ValueMap(children.map { ($0.name, $0.node.value) }))
        }
    }
}

extension ValueEncoder {
    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: ValueEncoder

        var codingPath: [any CodingKey] { encoder.codingPath }

        private func inside(_ key: Key) -> ValueEncoder {
            encoder.inside(key, encoder.node.child(key.stringValue))
        }

        func encodeNil(forKey key: Key) { inside(key).node.set(.null) }
        func encode(_ value: Bool, forKey key: Key) { inside(key).node.set(.bool(value)) }
        func encode(_ value: String, forKey key: Key) { inside(key).node.set(.string(value)) }
        func encode(_ value: Double, forKey key: Key) { inside(key).node.set(.double(value)) }
        func encode(_ value: Float, forKey key: Key) {
            inside(key).node.set(.double(Double(value)))
        }
        func encode(_ value: some FixedWidthInteger & Encodable, forKey key: Key) {
            inside(key).node.set(Value(integer: value))
        }
        func encode(_ value: some Encodable, forKey key: Key) throws {
            try inside(key).encode(value)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> {
            inside(key).container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            inside(key).unkeyedContainer()
        }
        func superEncoder() -> any Encoder {
            encoder.inside(ValueDecoder.Index.superKey, encoder.node.child("super"))
        }
        func superEncoder(forKey key: Key) -> any Encoder { inside(key) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let encoder: ValueEncoder

        var codingPath: [any CodingKey] { encoder.codingPath }
        var count: Int { encoder.node.count }

        private func next() -> ValueEncoder {
            let index = ValueDecoder.Index(count)
            return encoder.inside(index, encoder.node.child())
        }

        func encodeNil() { next().node.set(.null) }
        func encode(_ value: Bool) { next().node.set(.bool(value)) }
        func encode(_ value: String) { next().node.set(.string(value)) }
        func encode(_ value: Double) { next().node.set(.double(value)) }
        func encode(_ value: Float) { next().node.set(.double(Double(value))) }
        func encode(_ value: some FixedWidthInteger & Encodable) {
            next().node.set(Value(integer: value))
        }
        func encode(_ value: some Encodable) throws { try next().encode(value) }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) -> KeyedEncodingContainer<Nested> {
            next().container(keyedBy: type)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }
        func superEncoder() -> any Encoder { next() }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: ValueEncoder

        var codingPath: [any CodingKey] { encoder.codingPath }

        func encodeNil() { encoder.node.set(.null) }
        func encode(_ value: Bool) { encoder.node.set(.bool(value)) }
        func encode(_ value: String) { encoder.node.set(.string(value)) }
        func encode(_ value: Double) { encoder.node.set(.double(value)) }
        func encode(_ value: Float) { encoder.node.set(.double(Double(value))) }
        func encode(_ value: some FixedWidthInteger & Encodable) {
            encoder.node.set(Value(integer: value))
        }
        func encode(_ value: some Encodable) throws { try encoder.encode(value) }
    }
}

extension Value {
    fileprivate init(integer: some FixedWidthInteger) {
        if let number = Int64(exactly: integer) {
            self = .int(number)
        } else if let number = UInt64(exactly: integer) {
            self = .uint(number)
        } else {
            self = .double(Double(integer))
        }
    }
}
