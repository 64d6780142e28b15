// For members of `Codable` types. Coders over values take them as they are; those over text get JSON's kinds.

extension Timestamp: Codable {
    /// From RFC 3339 text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "`\(text)` is no RFC 3339 time")
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

extension Value: Codable {
    public init(from decoder: any Decoder) throws {
        if let map = try? decoder.container(keyedBy: Member.self) {
            self = .map(
                ValueMap(
                    try map.allKeys.map { ($0.stringValue, try map.decode(Value.self, forKey: $0)) }
                ))
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var elements: [Value] = []
            while !list.isAtEnd { elements.append(try list.decode(Value.self)) }
            self = .list(elements)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .int(number)
        } else if let number = try? container.decode(Double.self) {
            self = .double(number)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// As ``plain``.
    public func encode(to encoder: any Encoder) throws {
        switch plain {
        case .map(let map):
            var container = encoder.container(keyedBy: Member.self)
            for (key, value) in map.entries {
                try container.encode(value, forKey: Member(stringValue: key.plainKey))
            }
        case .list(let list):
            var container = encoder.unkeyedContainer()
            for element in list { try container.encode(element) }
        case .bool(let flag):
            var container = encoder.singleValueContainer()
            try container.encode(flag)
        case .int(let number):
            var container = encoder.singleValueContainer()
            try container.encode(number)
        case .double(let number):
            var container = encoder.singleValueContainer()
            try container.encode(number)
        case .string(let text):
            var container = encoder.singleValueContainer()
            try container.encode(text)
        case .null, .uint, .bytes, .timestamp, .duration, .type, .optional:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        }
    }

    private struct Member: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }
}
