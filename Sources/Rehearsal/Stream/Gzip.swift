import Sabotage

/// Files that gzip has packed (RFC 1952): one member after the other, each with a checksum of what it unpacks to.
package enum Gzip {
    /// Why some bytes cannot be unpacked, and where: bytes from 0.
    package struct Failure: Error, Hashable {
        package let message: String
        package let offset: Int
    }

    private static let mark: [UInt8] = [0x1F, 0x8B]

    /// Whether they begin as such a file does; no text in UTF-8 does.
    package static func isPacked(_ bytes: [UInt8]) -> Bool { bytes.starts(with: mark) }

    /// - Parameter limit: bytes that may come out.
    package static func unpack(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        var output: [UInt8] = []
        var position = 0
        repeat {
            let start = try header(bytes, at: position)
            var inflate = Inflate(bytes, from: start, limit: limit - output.count)
            position = try inflate.run()
            let sum = try number(bytes, at: position)
            guard sum == checksum(inflate.output) || isMutant(.tornStreamTaken) else {
                throw Failure(message: "the checksum is another", offset: position)
            }
            guard
                try number(bytes, at: position + 4)
                    == UInt32(truncatingIfNeeded: inflate.output.count)
            else { throw Failure(message: "the length is another", offset: position + 4) }
            position += 8
            output += inflate.output
            // Tapes and some programs fill up with zeros.
        } while bytes[position...].contains(where: { $0 != 0 })
        return output
    }

    /// - Returns: the place of the first byte behind a member's header.
    private static func header(_ bytes: [UInt8], at start: Int) throws(Failure) -> Int {
        func byte(_ offset: Int) throws(Failure) -> UInt8 {
            guard offset < bytes.count else {
                throw Failure(message: "it ends too early", offset: bytes.count)
            }
            return bytes[offset]
        }
        guard try byte(start) == mark[0], try byte(start + 1) == mark[1] else {
            throw Failure(message: "what follows is not packed by gzip", offset: start)
        }
        guard try byte(start + 2) == 8 else {
            throw Failure(message: "it is packed in an unknown way", offset: start + 2)
        }
        let flags = try byte(start + 3)
        var position = start + 10
        // Another program's members, the file's name, a comment, the header's checksum.
        if flags & 0x04 != 0 {
            position += 2 + Int(try byte(position)) + Int(try byte(position + 1)) << 8
        }
        for flag: UInt8 in [0x08, 0x10] where flags & flag != 0 {
            while try byte(position) != 0 { position += 1 }
            position += 1
        }
        if flags & 0x02 != 0 { position += 2 }
        _ = try byte(position)
        return position
    }

    /// Four bytes, the lowest first.
    private static func number(_ bytes: [UInt8], at offset: Int) throws(Failure) -> UInt32 {
        guard offset + 4 <= bytes.count else {
            throw Failure(message: "it ends too early", offset: bytes.count)
        }
        return (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }

    /// CRC-32 of ISO 3309.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes { sum = table[Int((sum ^ UInt32(byte)) & 0xFF)] ^ sum >> 8 }
        return ~sum
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { (sum: UInt32, _: Int) -> UInt32 in
            sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1
        }
    }
}
