import LinearRegex
import Values

/// Cuts CEL source, as UTF-8, into tokens.
struct Lexer {
    let source: [UInt8]
    var position: Int

    init(source: [UInt8], from position: Int = 0) {
        self.source = source
        self.position = position
    }

    /// All tokens, the last one `.end`.
    static func tokens(of source: [UInt8]) throws(ParseError) -> [Token] {
        var lexer = Lexer(source: source)
        var tokens: [Token] = []
        tokens.reserveCapacity(source.count / 3 + 2)
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if case .end = token.kind { return tokens }
        }
    }

    /// Where the `}` stands that closes an expression beginning at `start`; braces in strings and
    /// map literals don't count. Nil if there is none.
    static func closingBrace(in source: [UInt8], from start: Int) throws(ParseError) -> Int? {
        var lexer = Lexer(source: source, from: start)
        var depth = 0
        while true {
            let token = try lexer.next()
            switch token.kind {
            case .end: return nil
            case .symbol(.openBrace): depth += 1
            case .symbol(.closeBrace):
                if depth == 0 { return token.span.offset }
                depth -= 1
            default: break
            }
        }
    }

    mutating func next() throws(ParseError) -> Token {
        skipSpace()
        let start = position
        let kind = try kind()
        return Token(kind: kind, span: Span(offset: start, length: position - start))
    }

    private mutating func kind() throws(ParseError) -> Token.Kind {
        guard let byte = peek() else { return .end }
        if let literal = try stringLiteral() { return literal }
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "_"):
            return word()
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: ".") where peek(1).map(isDigit) == true: return try number()
        case UInt8(ascii: "`"): return try quotedName()
        default: return .symbol(try symbol())
        }
    }

    func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < source.count ? source[position + ahead] : nil
    }

    func failure(_ message: String, from start: Int) -> ParseError {
        ParseError(message, at: Span(offset: start, length: max(position - start, 1)))
    }

    private mutating func skipSpace() {
        while let byte = peek() {
            switch byte {
            case 9, 10, 12, 13, 32: position += 1
            case UInt8(ascii: "/") where peek(1) == byte:
                while let other = peek(), other != 10 { position += 1 }
            default: return
            }
        }
    }

    private mutating func word() -> Token.Kind {
        let start = position
        while let byte = peek(), isWord(byte) { position += 1 }
        let text = String(decoding: source[start..<position], as: UTF8.self)
        return text == "in" ? .symbol(.in) : .identifier(text)
    }

    private mutating func quotedName() throws(ParseError) -> Token.Kind {
        let start = position
        position += 1
        while let byte = peek(), isWord(byte) || " -./".utf8.contains(byte) { position += 1 }
        guard peek() == UInt8(ascii: "`"), position > start + 1 else {
            throw failure(
                "a name in backquotes is letters, digits, '_', '-', '.', '/'", from: start)
        }
        position += 1
        return .quoted(String(decoding: source[start + 1..<position - 1], as: UTF8.self))
    }

    private mutating func symbol() throws(ParseError) -> Symbol {
        let start = position
        for length in [2, 1] where position + length <= source.count {
            let text = String(decoding: source[position..<position + length], as: UTF8.self)
            if let symbol = Symbol(rawValue: text), symbol != .in {
                position += length
                return symbol
            }
        }
        let rest = String(decoding: source[position...].prefix(4), as: UTF8.self)
        let found = rest.unicodeScalars.first.map(String.init) ?? ""
        if found == "=" { throw failure("'=' is no operator; equality is '=='", from: start) }
        throw failure("'\(found)' has no meaning here", from: start)
    }
}

// MARK: - Numbers

extension Lexer {
    private mutating func number() throws(ParseError) -> Token.Kind {
        let start = position
        let kind = isHexadecimal ? try hexadecimal() : try decimal()
        if let byte = peek(), isWord(byte) {
            position += 1
            throw failure("a number must not run into a name", from: start)
        }
        return kind
    }

    private var isHexadecimal: Bool {
        peek() == UInt8(ascii: "0")
            && (peek(1) == UInt8(ascii: "x") || peek(1) == UInt8(ascii: "X"))
    }

    private mutating func hexadecimal() throws(ParseError) -> Token.Kind {
        let start = position
        position += 2
        while let byte = peek(), hexadecimalDigit(byte) != nil { position += 1 }
        let digits = String(decoding: source[start + 2..<position], as: UTF8.self)
        return try integer(UInt64(digits, radix: 16), from: start)
    }

    private mutating func decimal() throws(ParseError) -> Token.Kind {
        let start = position
        skipDigits()
        var isDouble = false
        if peek() == UInt8(ascii: "."), peek(1).map(isDigit) == true {
            isDouble = true
            position += 1
            skipDigits()
        }
        if let e = peek(), e == UInt8(ascii: "e") || e == UInt8(ascii: "E"), exponentLength > 0 {
            isDouble = true
            position += exponentLength
            skipDigits()
        }
        let text = String(decoding: source[start..<position], as: UTF8.self)
        guard isDouble else { return try integer(UInt64(text), from: start) }
        guard let value = Double(text), value.isFinite else {
            throw failure("the number is beyond the range of a double", from: start)
        }
        return .double(value)
    }

    /// Bytes up to the exponent's first digit; zero if there is none.
    private var exponentLength: Int {
        let signed = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
        let length = signed ? 2 : 1
        return peek(length).map(isDigit) == true ? length : 0
    }

    private mutating func skipDigits() {
        while let byte = peek(), isDigit(byte) { position += 1 }
    }

    private mutating func integer(_ value: UInt64?, from start: Int) throws(ParseError)
        -> Token.Kind
    {
        guard let value else { throw failure("the number is beyond 64 bits", from: start) }
        guard peek() == UInt8(ascii: "u") || peek() == UInt8(ascii: "U") else {
            return .integer(value)
        }
        position += 1
        return .uint(value)
    }
}
