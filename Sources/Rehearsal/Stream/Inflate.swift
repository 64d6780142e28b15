/// Unpacks DEFLATE (RFC 1951) from a place in some bytes on.
///
/// Bits are taken from the lowest of each byte; a code is looked up by as many bits as the longest one has, so that each
/// symbol takes one step. Every length and distance is checked against what there is.
struct Inflate {
    private let bytes: [UInt8]
    private let limit: Int
    /// The next byte that is not in `bits` yet.
    private var position: Int
    private var bits: UInt64 = 0
    private var bitCount = 0
    private(set) var output: [UInt8] = []

    /// - Parameters:
    ///   - start: the first byte of the packed data.
    ///   - limit: bytes that may come out.
    init(_ bytes: [UInt8], from start: Int, limit: Int) {
        self.bytes = bytes
        self.limit = limit
        position = start
    }

    /// Unpacks up to the end of the last block.
    /// - Returns: the place of the first byte behind it.
    mutating func run() throws(Gzip.Failure) -> Int {
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try stored()
            case 1: try coded(Self.fixedLiterals, Self.fixedDistances)
            case 2:
                let (literals, distances) = try codes()
                try coded(literals, distances)
            default: throw failure("a block is of no known kind")
            }
        }
        return position - bitCount / 8
    }

    private func failure(_ message: String) -> Gzip.Failure {
        Gzip.Failure(message: message, offset: position - bitCount / 8)
    }

    // MARK: Bits

    private mutating func fill() {
        while bitCount <= 48, position < bytes.count {
            bits |= UInt64(bytes[position]) << UInt64(bitCount)
            position += 1
            bitCount += 8
        }
    }

    private mutating func take(_ count: Int) throws(Gzip.Failure) -> Int {
        if bitCount < count { fill() }
        guard bitCount >= count else { throw failure("it ends too early") }
        let value = Int(bits & ((1 << UInt64(count)) - 1))
        bits >>= UInt64(count)
        bitCount -= count
        return value
    }

    private mutating func symbol(_ code: HuffmanCode) throws(Gzip.Failure) -> Int {
        if bitCount < code.width { fill() }
        guard let (symbol, length) = code.symbol(for: bits), length <= bitCount else {
            throw failure(
                bitCount < code.width ? "it ends too early" : "a code is none of its block's")
        }
        bits >>= UInt64(length)
        bitCount -= length
        return symbol
    }

    // MARK: Blocks

    private mutating func stored() throws(Gzip.Failure) {
        _ = try take(bitCount % 8)
        let count = try take(16)
        guard try take(16) == ~count & 0xFFFF else {
            throw failure("a stored block's length is wrong")
        }
        try room(for: count)
        // Whole bytes only are left of what was read ahead.
        position -= bitCount / 8
        (bits, bitCount) = (0, 0)
        guard count <= bytes.count - position else { throw failure("it ends too early") }
        output += bytes[position..<(position + count)]
        position += count
    }

    private mutating func coded(
        _ literals: HuffmanCode, _ distances: HuffmanCode
    ) throws(Gzip.Failure) {
        while true {
            let symbol = try symbol(literals)
            switch symbol {
            case 0..<256:
                try room(for: 1)
                output.append(UInt8(symbol))
            case 256: return
            default:
                let index = symbol - 257
                guard index < Self.lengths.count else { throw failure("a length is unknown") }
                let length = Self.lengths[index] + (try take(Self.lengthBits[index]))
                try copy(length, distance: try distance(distances))
            }
        }
    }

    private mutating func distance(_ code: HuffmanCode) throws(Gzip.Failure) -> Int {
        let index = try symbol(code)
        guard index < Self.distances.count else { throw failure("a distance is unknown") }
        return Self.distances[index] + (try take(Self.distanceBits[index]))
    }

    private mutating func copy(_ length: Int, distance: Int) throws(Gzip.Failure) {
        guard distance <= output.count else {
            throw failure("a distance reaches before the beginning")
        }
        try room(for: length)
        let start = output.count - distance
        // What is copied may overlap what it is copied to.
        for offset in 0..<length { output.append(output[start + offset]) }
    }

    private func room(for count: Int) throws(Gzip.Failure) {
        guard count <= limit - output.count else {
            throw failure("it unpacks to more than \(limit) bytes")
        }
    }

    /// The codes that stand before a block.
    private mutating func codes() throws(Gzip.Failure) -> (HuffmanCode, HuffmanCode) {
        let literals = try take(5) + 257
        let distances = try take(5) + 1
        let count = try take(4) + 4
        guard literals <= 286, distances <= 30 else { throw failure("a block has too many codes") }
        var widths = [UInt8](repeating: 0, count: Self.order.count)
        for place in Self.order.prefix(count) { widths[place] = UInt8(try take(3)) }
        let code = try made(widths)
        var all: [UInt8] = []
        while all.count < literals + distances {
            let symbol = try symbol(code)
            switch symbol {
            case 0..<16: all.append(UInt8(symbol))
            case 16:
                guard let last = all.last else { throw failure("nothing is there to be repeated") }
                all += [UInt8](repeating: last, count: try take(2) + 3)
            case 17: all += [UInt8](repeating: 0, count: try take(3) + 3)
            default: all += [UInt8](repeating: 0, count: try take(7) + 11)
            }
        }
        guard all.count == literals + distances else { throw failure("a repetition is too long") }
        guard all[256] > 0 else { throw failure("a block cannot end") }
        return (try made(Array(all[..<literals])), try made(Array(all[literals...])))
    }

    private func made(_ widths: [UInt8]) throws(Gzip.Failure) -> HuffmanCode {
        guard let code = HuffmanCode(widths) else {
            throw failure("a block's codes contradict each other")
        }
        return code
    }

    // MARK: Tables of the RFC, sections 3.2.5 to 3.2.7

    private static let lengths = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
        131, 163, 195, 227, 258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distances = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
        2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
    ]
    private static let distanceBits = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12,
        13, 13,
    ]
    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    private static let fixedLiterals =
        HuffmanCode(
            [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
                + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)) ?? .empty
    private static let fixedDistances =
        HuffmanCode([UInt8](repeating: 5, count: 30)) ?? .empty
}

/// A prefix code as a table: by as many bits as the longest code word has, the symbol and how many of them it takes.
struct HuffmanCode {
    static let empty = HuffmanCode(width: 1, table: [0, 0])

    /// Bits of the longest word.
    let width: Int
    /// `symbol << 4 | length`; 0: no word begins so.
    private let table: [UInt16]

    private init(width: Int, table: [UInt16]) {
        self.width = width
        self.table = table
    }

    /// - Parameter lengths: of each symbol's word, in bits; 0: it has none.
    /// - Returns: nil when there are more words than bits for them. Fewer are allowed: a block without copies has no
    ///   distances, and one symbol takes one bit.
    init?(_ lengths: [UInt8]) {
        let width = max(1, Int(lengths.max() ?? 1))
        var counts = [Int](repeating: 0, count: 17)
        for length in lengths where length > 0 { counts[Int(length)] += 1 }
        var next = [Int](repeating: 0, count: 17)
        var word = 0
        for length in 1...15 {
            word = (word + (length == 1 ? 0 : counts[length - 1])) << 1
            next[length] = word
            guard word + counts[length] <= 1 << length else { return nil }
        }
        var table = [UInt16](repeating: 0, count: 1 << width)
        for (symbol, length) in lengths.enumerated() where length > 0 {
            let length = Int(length)
            // Words are sent from their highest bit on, all else from its lowest.
            let first = Self.reversed(next[length], length)
            next[length] += 1
            for place in stride(from: first, to: table.count, by: 1 << length) {
                table[place] = UInt16(symbol << 4 | length)
            }
        }
        self.init(width: width, table: table)
    }

    private static func reversed(_ word: Int, _ length: Int) -> Int {
        var (rest, result) = (word, 0)
        for _ in 0..<length {
            result = result << 1 | rest & 1
            rest >>= 1
        }
        return result
    }

    /// - Returns: nil where no word begins with these bits.
    func symbol(for bits: UInt64) -> (symbol: Int, length: Int)? {
        let entry = Int(table[Int(bits & UInt64(table.count - 1))])
        return entry == 0 ? nil : (entry >> 4, entry & 15)
    }
}
