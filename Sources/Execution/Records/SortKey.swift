import Values

/// Values as bytes that sort as the values do, so that a store compares bytes and knows no rule.
///
/// A key is its parts one behind the other. Each begins with a tag of its kind and ends by itself, so that whole keys
/// sort by their parts and the beginning of a key is the beginning of all that share its first parts. The form is in
/// databases: what changes it changes `IndexDeclaration.form`, and every index is built anew.
package enum SortKey {
    /// Longer texts are in no index: a key is a small thing.
    package static let maximumText = 512
    /// Above every key.
    package static let end: [UInt8] = [0xFF]

    private enum Tag {
        static let bool: UInt8 = 0x10
        static let number: UInt8 = 0x20
        static let time: UInt8 = 0x30
        static let text: UInt8 = 0x40
        static let place: UInt8 = 0x50
    }

    /// nil: null, lists, maps and what is too long sort nowhere.
    package static func encode(_ value: Value, isDescending: Bool = false) -> [UInt8]? {
        guard let bytes = ascending(value.plain) else { return nil }
        return isDescending ? bytes.map { ~$0 } : bytes
    }

    private static func ascending(_ value: Value) -> [UInt8]? {
        switch value {
        case .bool(let flag): return [Tag.bool, flag ? 1 : 0]
        case .int(let number):
            let double = Double(number)
            // Beyond 53 bits several integers share a double: how far this one is from it.
            let rest = Int128(number) - (Int128(exactly: double) ?? Int128(number))
            return numeric(double, UInt16(clamping: rest + 0x8000))
        case .double(let number): return number.isNaN ? nil : numeric(number, 0x8000)
        case .string(let text):
            if let time = Timestamp(rfc3339: text), sameUTF8(time.rfc3339, text) {
                return self.time(time)
            }
            return self.text(text)
        case .null, .uint, .bytes, .list, .map, .timestamp, .duration, .type, .optional:
            return nil
        }
    }

    private static func numeric(_ double: Double, _ rest: UInt16) -> [UInt8] {
        // Minus zero is zero.
        let bits = (double == 0 ? 0 : double).bitPattern
        let sortable = bits >> 63 == 1 ? ~bits : bits | 1 << 63
        return [Tag.number] + bytes(sortable) + [UInt8(rest >> 8), UInt8(rest & 0xFF)]
    }

    private static func time(_ time: Timestamp) -> [UInt8] {
        let nanoseconds = UInt32(bitPattern: time.nanoseconds)
        return [Tag.time] + bytes(UInt64(bitPattern: time.seconds) ^ 1 << 63)
            + (0..<4).map { UInt8(truncatingIfNeeded: nanoseconds >> (24 - 8 * $0)) }
    }

    /// Ends with two zeros; a zero within is followed by 255.
    private static func text(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= maximumText else { return nil }
        var result: [UInt8] = [Tag.text]
        result.reserveCapacity(text.utf8.count + 3)
        for byte in text.utf8 {
            result.append(byte)
            if byte == 0 { result.append(0xFF) }
        }
        return result + [0, 0]
    }

    // MARK: Places

    package static func encode(_ code: UInt64) -> [UInt8] { [Tag.place] + bytes(code) }

    /// Of a key whose last part is a place.
    package static func place(of key: [UInt8]) -> UInt64? {
        guard key.count >= 9, key[key.count - 9] == Tag.place else { return nil }
        return key.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    // MARK: Ranges

    /// Above every key that begins with this one, below every other that follows.
    package static func after(_ prefix: [UInt8]) -> [UInt8] {
        var key = prefix
        while let last = key.popLast() {
            if last < 0xFF { return key + [last + 1] }
        }
        return end
    }

    package static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.lexicographicallyPrecedes(right)
    }
}
