import Values

/// `application/x-www-form-urlencoded` (WHATWG's URL standard, section 5) of names and values. What is nested is written the
/// way that Stripe, Rails and PHP read it: a map as `a[b]=c`, a list as `a[0]=c`. Null is left out, for a form has no word for
/// it; an empty text is a value.
enum FormBody {
    static let contentType = "application/x-www-form-urlencoded"

    private static let digits = Array("0123456789ABCDEF".utf8)

    static func encode(_ value: Value) throws(Refusal) -> [UInt8] {
        guard let map = value.plain.mapValue else {
            throw .invalidInput("the form is no map of names to values")
        }
        var bytes: [UInt8] = []
        for (name, value) in map.entries {
            try append(value, named: try text(of: name), to: &bytes)
        }
        return bytes
    }

    private static func append(
        _ value: Value, named name: String, to bytes: inout [UInt8]
    ) throws(Refusal) {
        switch value {
        case .null:
            return
        case .map(let map):
            for (key, value) in map.entries {
                try append(value, named: "\(name)[\(try text(of: key))]", to: &bytes)
            }
        case .list(let list):
            for (position, value) in list.enumerated() {
                try append(value, named: "\(name)[\(position)]", to: &bytes)
            }
        case .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .optional:
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            encode(name, to: &bytes)
            bytes.append(UInt8(ascii: "="))
            encode(value.interpolated, to: &bytes)
        }
    }

    /// Brackets are the form's own: data must not be able to name another field.
    private static func text(of key: Value) throws(Refusal) -> String {
        let name = key.interpolated
        guard !name.isEmpty, !name.utf8.contains(where: { $0 == 0x5B || $0 == 0x5D }) else {
            throw .invalidInput("the form has a name that is empty, or holds a bracket: '\(name)'")
        }
        return name
    }

    private static func encode(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2A, 0x2D, 0x2E, 0x5F: bytes.append(byte)
            case 0x20: bytes.append(UInt8(ascii: "+"))
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
}
