/// SHA-256 (FIPS 180-4), for content hashes and signatures.
package enum SHA256 {
    /// Lower-case hex of the hash of the text's UTF-8 bytes.
    package static func hex(of text: String) -> String { hex(of: Array(text.utf8)) }

    package static func hex(of bytes: [UInt8]) -> String {
        var stream = Stream()
        stream.update(bytes)
        return stream.hex()
    }

    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        var stream = Stream()
        stream.update(bytes)
        return stream.bytes()
    }

    /// HMAC (RFC 2104): that who knows the key has said the message.
    package static func hmac(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > 64 ? digest(of: key) : key
        block += [UInt8](repeating: 0, count: 64 - block.count)
        let inner = digest(of: block.map { $0 ^ 0x36 } + message)
        return digest(of: block.map { $0 ^ 0x5C } + inner)
    }

    private static func text(_ state: [UInt32]) -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for word in state {
            for shift in stride(from: 28, through: 0, by: -4) {
                text.append(digits[Int((word >> UInt32(shift)) & 15)])
            }
        }
        return text
    }

    /// The end of a message of `count` bytes: a one bit, zeros, and its length in bits, in whole 64-byte blocks.
    private static func padded(_ rest: [UInt8], of count: UInt64) -> [UInt8] {
        var message = rest
        message.append(0x80)
        while message.count % 64 != 56 { message.append(0) }
        let bits = count &* 8
        for shift in stride(from: 56, through: 0, by: -8) {
            message.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        return message
    }

    /// Of bytes that come piece by piece.
    package struct Stream: Sendable {
        private var state = SHA256.initial
        /// Less than a block.
        private var rest: [UInt8] = []
        private var count: UInt64 = 0

        package init() {}

        package mutating func update(_ bytes: [UInt8]) {
            count &+= UInt64(bytes.count)
            rest += bytes
            let whole = rest.count / 64 * 64
            for start in stride(from: 0, to: whole, by: 64) {
                SHA256.compress(&state, rest[start..<(start + 64)])
            }
            rest.removeFirst(whole)
        }

        package consuming func hex() -> String { SHA256.text(end()) }

        fileprivate consuming func bytes() -> [UInt8] {
            end().flatMap { word in
                stride(from: 24, through: 0, by: -8).map {
                    UInt8(truncatingIfNeeded: word >> UInt32($0))
                }
            }
        }

        private consuming func end() -> [UInt32] {
            let end = SHA256.padded(rest, of: count)
            for start in stride(from: 0, to: end.count, by: 64) {
                SHA256.compress(&state, end[start..<(start + 64)])
            }
            return state
        }
    }

    private static func compress(_ state: inout [UInt32], _ block: ArraySlice<UInt8>) {
        let w = schedule(block)
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for i in 0..<64 {
            let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let first = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ constants[i] &+ w[i]
            let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let second = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        for (i, word) in [a, b, c, d, e, f, g, h].enumerated() { state[i] = state[i] &+ word }
    }

    private static func schedule(_ block: ArraySlice<UInt8>) -> [UInt32] {
        var w: [UInt32] = []
        w.reserveCapacity(64)
        for start in stride(from: block.startIndex, to: block.endIndex, by: 4) {
            w.append(block[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) })
        }
        for i in 16..<64 {
            let s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >> 3)
            let s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >> 10)
            w.append(w[i - 16] &+ s0 &+ w[i - 7] &+ s1)
        }
        return w
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    private static let initial: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]

    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
