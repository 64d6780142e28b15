import LinearRegex

// String and bytes literals: one or three quotes, single or double, raw with r, bytes with b.
extension Lexer {
    private struct Form {
        var isRaw = false
        var isBytes = false
        var quote: UInt8
        var isTriple = false
        /// Prefix and opening quotes.
        var length: Int
    }

    /// Nil where no literal begins.
    mutating func stringLiteral() throws(ParseError) -> Token.Kind? {
        guard let form = stringForm() else { return nil }
        let start = position
        position += form.length
        var bytes: [UInt8] = []
        while !isClosing(form) {
            guard let byte = peek(), form.isTriple || (byte != 10 && byte != 13) else {
                throw failure("the string does not end", from: start)
            }
            if byte == UInt8(ascii: "\\"), !form.isRaw {
                try escape(form, into: &bytes)
            } else {
                bytes.append(byte)
                position += 1
            }
        }
        position += form.isTriple ? 3 : 1
        if form.isBytes { return .bytes(bytes) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw failure("the string is not valid UTF-8", from: start)
        }
        return .string(text)
    }

    private func stringForm() -> Form? {
        var form = Form(quote: 0, length: 0)
        prefix: while let byte = peek(form.length), form.length < 2 {
            switch byte {
            case UInt8(ascii: "r"), UInt8(ascii: "R"):
                guard !form.isRaw else { return nil }
                form.isRaw = true
            case UInt8(ascii: "b"), UInt8(ascii: "B"):
                guard !form.isBytes else { return nil }
                form.isBytes = true
            default: break prefix
            }
            form.length += 1
        }
        guard let quote = peek(form.length),
            quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
        else { return nil }
        form.quote = quote
        form.isTriple = peek(form.length + 1) == quote && peek(form.length + 2) == quote
        form.length += form.isTriple ? 3 : 1
        return form
    }

    private func isClosing(_ form: Form) -> Bool {
        guard peek() == form.quote else { return false }
        return !form.isTriple || (peek(1) == form.quote && peek(2) == form.quote)
    }

    private mutating func escape(_ form: Form, into bytes: inout [UInt8]) throws(ParseError) {
        let start = position
        position += 1
        guard let letter = peek() else { throw failure("the string does not end", from: start) }
        if let simple = simpleEscape(letter) {
            position += 1
            bytes.append(simple)
            return
        }
        let value = try codeEscape(letter, form, from: start)
        if form.isBytes {
            bytes.append(UInt8(truncatingIfNeeded: value))
        } else if let scalar = Unicode.Scalar(value) {
            bytes.append(contentsOf: String(Character(scalar)).utf8)
        } else {
            throw failure("the escape is no character", from: start)
        }
    }

    private func simpleEscape(_ letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "a"): 7
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "v"): 11
        case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "`"):
            letter
        default: nil
        }
    }

    /// `\xHH`, `\uHHHH`, `\UHHHHHHHH`, `\ooo`; a byte in bytes, else a code point.
    private mutating func codeEscape(
        _ letter: UInt8, _ form: Form, from start: Int
    ) throws(ParseError) -> UInt32 {
        switch letter {
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            position += 1
            return try digits(2, radix: 16, from: start)
        case UInt8(ascii: "u") where !form.isBytes:
            position += 1
            return try digits(4, radix: 16, from: start)
        case UInt8(ascii: "U") where !form.isBytes:
            position += 1
            return try digits(8, radix: 16, from: start)
        case UInt8(ascii: "0")...UInt8(ascii: "3"):
            return try digits(3, radix: 8, from: start)
        default:
            position += 1
            throw failure("there is no such escape", from: start)
        }
    }

    private mutating func digits(
        _ count: Int, radix: UInt32, from start: Int
    ) throws(ParseError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let byte = peek(), let digit = hexadecimalDigit(byte), digit < radix else {
                throw failure("the escape needs \(count) digits", from: start)
            }
            value = value &* radix &+ digit
            position += 1
        }
        return value
    }
}
