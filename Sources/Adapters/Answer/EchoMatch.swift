/// One text held against bytes in which each of its characters may be written as it is or escaped: as `%41`, `\u0041`,
/// `\x41`, `\/`, `&#65;`, `&#x41;`, `&amp;`, and a blank as `+`.
struct EchoMatch {
    let needle: [UInt8]
    let bytes: [UInt8]

    /// Where the rest of the needle ends that stands at `place`; nil: it does not. A character that begins an escape may
    /// also be meant as itself: both are tried.
    func end(from index: Int, at place: Int) -> Int? {
        var (index, place) = (index, place)
        while index < needle.count {
            guard place < bytes.count else { return nil }
            let isSame = bytes[place] == needle[index]
            if let (written, next) = escape(at: place), needle[index...].starts(with: written) {
                if isSame, let end = end(from: index + 1, at: place + 1) { return end }
                (index, place) = (index + written.count, next)
            } else if isSame {
                (index, place) = (index + 1, place + 1)
            } else {
                return nil
            }
        }
        return place
    }

    /// What is written at `place` in another way than as itself, in UTF-8, and what comes after it.
    private func escape(at place: Int) -> (bytes: [UInt8], next: Int)? {
        switch bytes[place] {
        case UInt8(ascii: "%"):
            return number(at: place + 1, digits: 2).map { ([UInt8($0)], place + 3) }
        case UInt8(ascii: "+"):
            return ([UInt8(ascii: " ")], place + 1)
        case UInt8(ascii: "\\"):
            return backslash(at: place)
        case UInt8(ascii: "&"):
            return entity(at: place)
        default:
            return nil
        }
    }

    private func backslash(at place: Int) -> (bytes: [UInt8], next: Int)? {
        guard place + 1 < bytes.count else { return nil }
        switch bytes[place + 1] {
        case UInt8(ascii: "u"):
            guard let unit = number(at: place + 2, digits: 4) else { return nil }
            // Two of them are one character beyond the first plane.
            if unit & 0xFC00 == 0xD800, place + 7 < bytes.count, bytes[place + 6] == bytes[place],
                bytes[place + 7] == UInt8(ascii: "u"),
                let low = number(at: place + 8, digits: 4), low & 0xFC00 == 0xDC00
            {
                let code = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
                return utf8(code).map { ($0, place + 12) }
            }
            return utf8(unit).map { ($0, place + 6) }
        case UInt8(ascii: "x"):
            return number(at: place + 2, digits: 2).map { ([UInt8($0)], place + 4) }
        case let byte:
            return ([byte], place + 2)
        }
    }

    private func entity(at place: Int) -> (bytes: [UInt8], next: Int)? {
        let limit = min(place + 10, bytes.count)
        guard let end = bytes[place..<limit].firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
        let code: UInt32? =
            switch name {
            case "amp": 0x26
            case "lt": 0x3C
            case "gt": 0x3E
            case "quot": 0x22
            case "apos": 0x27
            case _ where name.hasPrefix("#x") || name.hasPrefix("#X"):
                UInt32(name.dropFirst(2), radix: 16)
            case _ where name.hasPrefix("#"): UInt32(name.dropFirst())
            default: nil
            }
        return code.flatMap(utf8).map { ($0, end + 1) }
    }

    private func utf8(_ code: UInt32) -> [UInt8]? {
        Unicode.Scalar(code).map { Array(String($0).utf8) }
    }

    /// In hexadecimal.
    private func number(at place: Int, digits: Int) -> UInt32? {
        guard place + digits <= bytes.count else { return nil }
        var number: UInt32 = 0
        for byte in bytes[place..<(place + digits)] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: return nil
            }
            number = number << 4 | UInt32(digit)
        }
        return number
    }
}
