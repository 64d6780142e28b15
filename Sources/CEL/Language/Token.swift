struct Token: Sendable {
    enum Kind: Sendable {
        case identifier(String)
        /// A field name in backquotes.
        case quoted(String)
        /// Without sign, so that the smallest int can be written.
        case integer(UInt64)
        case uint(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case symbol(Symbol)
        case end
    }

    let kind: Kind
    let span: Span

    /// For messages.
    func text(in source: [UInt8]) -> String {
        if case .end = kind { return "the end" }
        return "'" + String(decoding: source[span.offset..<span.end], as: UTF8.self) + "'"
    }
}

enum Symbol: String, Sendable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case and = "&&"
    case or = "||"
    case less = "<"
    case greater = ">"
    case not = "!"
    case question = "?"
    case colon = ":"
    case dot = "."
    case comma = ","
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case remainder = "%"
    case `in` = "in"
}
