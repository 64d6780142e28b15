import Values

/// FNV-1a, 64 bits: the same in every process, unlike Swift's own hashing. Not for secrets.
package struct StableHash: Sendable {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package init(_ text: String) { combine(text) }

    package mutating func combine(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    /// As JSON would be, whatever the order of members.
    package mutating func combine(_ value: Value) {
        switch value {
        case .map(let map):
            combine("{")
            let entries = map.entries.map { (name: "\($0.key)", value: $0.value) }
            for entry in entries.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            ) {
                combine(entry.name)
                combine(":")
                combine(entry.value)
            }
            combine("}")
        case .list(let list):
            combine("[")
            for element in list {
                combine(element)
                combine(",")
            }
            combine("]")
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type,
            .optional:
            combine(JSON.string(value))
        }
    }

    package var hexadecimal: String { value.padded(to: 16, radix: 16) }
}
