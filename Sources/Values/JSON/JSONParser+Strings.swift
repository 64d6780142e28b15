import LinearRegex

// Strings and their escapes.
extension JSONParser {
    mutating func string() throws(Failure) -> String {
        position += 1
        let start = position
        var seen: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try text(start..<position, isASCII: seen < 0x80)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw failure("a control character must be escaped") }
            seen |= byte
            position += 1
        }
        throw failure("the string does not end")
    }

    private func text(_ range: Range<Int>, isASCII: Bool) throws(Failure) -> String {
        let slice = UnsafeBufferPointer(rebasing: bytes[range])
        if isASCII { return String(decoding: slice, as: UTF8.self) }
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw Failure(message: "the string is not valid UTF-8", offset: range.lowerBound)
        }
        return text
    }

    /// The slow way, from the first backslash on.
    private mutating func escapedString(from start: Int) throws(Failure) -> String {
        var buffer = Array(bytes[start..<position])
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: buffer, as: UTF8.self) else {
                    throw Failure(message: "the string is not valid UTF-8", offset: start)
                }
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &buffer)
            case ..<0x20:
                throw failure("a control character must be escaped")
            default:
                buffer.append(byte)
                position += 1
            }
        }
        throw failure("the string does not end")
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(Failure) {
        guard let letter = next else { throw failure("the string does not end") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(letter)
        case UInt8(ascii: "b"): buffer.append(8)
        case UInt8(ascii: "f"): buffer.append(12)
        case UInt8(ascii: "n"): buffer.append(10)
        case UInt8(ascii: "r"): buffer.append(13)
        case UInt8(ascii: "t"): buffer.append(9)
        case UInt8(ascii: "u"): buffer.append(contentsOf: Array(String(try codePoint()).utf8))
        default:
            position -= 1
            throw failure("there is no such escape")
        }
    }

    /// Four hexadecimal digits, or two times four for a surrogate pair.
    private mutating func codePoint() throws(Failure) -> Unicode.Scalar {
        let start = position
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, bytes.count - position >= 2, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            let second = try hexadecimal()
            if (0xDC00..<0xE000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return scalar
            }
        }
        position = start
        throw failure("a lone surrogate is no character")
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = hexadecimalDigit(byte) else {
                throw failure("four hexadecimal digits are expected")
            }
            value = value << 4 | digit
            position += 1
        }
        return value
    }
}
