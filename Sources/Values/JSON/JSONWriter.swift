/// Writes values as JSON, compact or indented.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private let indented: Bool
    private var depth = 0

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    init(indented: Bool, capacity: Int = 256) {
        self.indented = indented
        bytes.reserveCapacity(capacity)
    }

    mutating func write(_ value: Value) {
        switch value {
        case .null: append("null")
        case .bool(let flag): flag ? append("true") : append("false")
        case .int(let number): write(number)
        case .uint(let number): write(number)
        case .double(let number): number.isFinite ? append(number.description) : append("null")
        case .string(let text): write(text)
        case .list(let list): write(list)
        case .map(let map): write(map)
        case .optional(let value): write(value ?? .null)
        case .bytes, .timestamp, .duration, .type: write(value.plain)
        }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// `"name":`
    mutating func writeName(_ name: StaticString) {
        bytes.append(UInt8(ascii: "\""))
        append(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        write(number.magnitude)
    }

    /// The last digit first, into the tail of a buffer as long as the longest number.
    private mutating func write(_ number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    private mutating func write(_ list: [Value]) {
        open(UInt8(ascii: "["))
        for (position, element) in list.enumerated() {
            separate(isFirst: position == 0)
            write(element)
        }
        close(UInt8(ascii: "]"), isEmpty: list.isEmpty)
    }

    private mutating func write(_ map: ValueMap) {
        open(UInt8(ascii: "{"))
        // By index: an entry has two members to copy.
        for position in map.entries.indices {
            separate(isFirst: position == 0)
            write(map.entries[position].key.plainKey)
            bytes.append(UInt8(ascii: ":"))
            if indented { bytes.append(32) }
            write(map.entries[position].value)
        }
        close(UInt8(ascii: "}"), isEmpty: map.isEmpty)
    }

    private mutating func open(_ bracket: UInt8) {
        bytes.append(bracket)
        depth += 1
    }

    private mutating func close(_ bracket: UInt8, isEmpty: Bool) {
        depth -= 1
        if !isEmpty { breakLine() }
        bytes.append(bracket)
    }

    private mutating func separate(isFirst: Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        breakLine()
    }

    private mutating func breakLine() {
        guard indented else { return }
        bytes.append(10)
        for _ in 0..<(2 * depth) { bytes.append(32) }
    }

    mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { escape($0) }
        if done == nil { Array(text.utf8).withUnsafeBufferPointer { escape($0) } }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Copies runs of ordinary bytes at once.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<position]))
                escape(byte)
                start = position + 1
            }
            position += 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 8: bytes.append(UInt8(ascii: "b"))
        case 9: bytes.append(UInt8(ascii: "t"))
        case 10: bytes.append(UInt8(ascii: "n"))
        case 12: bytes.append(UInt8(ascii: "f"))
        case 13: bytes.append(UInt8(ascii: "r"))
        case ..<0x20:
            append("u00")
            bytes.append(Self.hexadecimal[Int(byte >> 4)])
            bytes.append(Self.hexadecimal[Int(byte & 15)])
        default: bytes.append(byte)
        }
    }
}
