import Values

/// The functions of strings, of the standard and of its strings extension. Positions and lengths
/// count code points.
enum TextFunction: String, Sendable, CaseIterable {
    case contains, startsWith, endsWith, matches
    case charAt, indexOf, lastIndexOf, lowerAscii, upperAscii, replace, split, substring, trim
    case join, format, reverse
    /// Ours: an amount in minor units, with its currency.
    case money
    case quote = "strings.quote"
    case encode = "base64.encode"
    case decode = "base64.decode"

    var arity: ClosedRange<Int> {
        switch self {
        case .contains, .startsWith, .endsWith, .matches, .charAt, .format, .money: 2...2
        case .indexOf, .lastIndexOf, .split, .substring: 2...3
        case .replace: 3...4
        case .join: 1...2
        case .lowerAscii, .upperAscii, .trim, .reverse, .quote, .encode, .decode: 1...1
        }
    }

    func apply(_ arguments: [Value]) throws(EvaluationError) -> Value {
        switch (self, arguments[0]) {
        case (.join, .list(let list)): return try join(list, arguments)
        case (.reverse, .list(let list)): return .list(list.reversed())
        case (.money, .int(let minor)): return .string(try money(minor, arguments[1]))
        case (.encode, .bytes(let bytes)): return .string(Base64.encode(bytes))
        case (_, .string(let text)):
            if let result = try apply(text, arguments) { return result }
        default: break
        }
        throw EvaluationError.noOverload(rawValue, arguments)
    }

    /// Nil for arguments of the wrong kind.
    private func apply(_ text: String, _ arguments: [Value]) throws(EvaluationError) -> Value? {
        if arguments.count == 1 { return try alone(text) }
        switch (self, arguments[1]) {
        case (.contains, .string(let part)):
            return .bool(Search(Array(part.utf8)).first(in: Array(text.utf8)) != nil)
        case (.startsWith, .string(let part)): return .bool(text.utf8.starts(with: part.utf8))
        case (.endsWith, .string(let part)):
            return .bool(text.utf8.reversed().starts(with: part.utf8.reversed()))
        case (.indexOf, .string(let part)): return try indexOf(text, part, arguments)
        case (.lastIndexOf, .string(let part)): return try lastIndexOf(text, part, arguments)
        case (.split, .string(let separator)): return split(text, separator, arguments)
        case (.replace, .string(let old)): return replace(text, old, arguments)
        case (.charAt, .int(let position)): return .string(try charAt(text, position))
        case (.substring, .int(let start)): return try substring(text, start, arguments)
        case (.format, .list(let list)): return .string(try Format(text, list).result())
        default: return nil
        }
    }

    private func money(_ minor: Int64, _ code: Value) throws(EvaluationError) -> String {
        guard case .string(let text) = code else {
            throw EvaluationError.noOverload(rawValue, [.int(minor), code])
        }
        guard let currency = Currency(text) else {
            throw EvaluationError(
                .invalidArgument, "\(JSON.string(code)) is no currency of ISO 4217, such as EUR")
        }
        return "\(currency.text(minor)) \(text)"
    }

    private func alone(_ text: String) throws(EvaluationError) -> Value? {
        switch self {
        case .lowerAscii: return .string(text.mapASCII(65...90) { $0 + 32 })
        case .upperAscii: return .string(text.mapASCII(97...122) { $0 - 32 })
        case .trim: return .string(text.trimmed)
        case .reverse: return .string(String(scalars: text.unicodeScalars.reversed()))
        case .quote: return .string(text.quoted)
        case .decode:
            guard let bytes = Base64.decode(text) else {
                throw EvaluationError(.invalidArgument, "the text is no base64")
            }
            return .bytes(bytes)
        default: return nil
        }
    }

    private func outside(_ position: Int64, _ count: Int) -> EvaluationError {
        EvaluationError(
            .indexOutOfRange, "\(rawValue): position \(position) is outside of \(count) characters")
    }

    private func charAt(_ text: String, _ position: Int64) throws(EvaluationError) -> String {
        let scalars = Array(text.unicodeScalars)
        guard position >= 0, position <= Int64(scalars.count) else {
            throw outside(position, scalars.count)
        }
        return position == Int64(scalars.count) ? "" : String(scalars[Int(position)])
    }

    private func substring(
        _ text: String, _ start: Int64, _ arguments: [Value]
    ) throws(EvaluationError) -> Value? {
        let scalars = Array(text.unicodeScalars)
        var end = Int64(scalars.count)
        if arguments.count == 3 {
            guard case .int(let given) = arguments[2] else { return nil }
            guard given >= 0, given <= end else { throw outside(given, scalars.count) }
            end = given
        }
        guard start >= 0, start <= end else { throw outside(start, scalars.count) }
        return .string(String(scalars: scalars[Int(start)..<Int(end)]))
    }

    private func indexOf(
        _ text: String, _ part: String, _ arguments: [Value]
    ) throws(EvaluationError) -> Value? {
        let scalars = Array(text.unicodeScalars)
        var start: Int64 = 0
        if arguments.count == 3 {
            guard case .int(let given) = arguments[2] else { return nil }
            guard given >= 0, given <= Int64(scalars.count) else {
                throw outside(given, scalars.count)
            }
            start = given
        }
        let found = Search(Array(part.unicodeScalars)).first(in: scalars, from: Int(start))
        return .int(Int64(found ?? -1))
    }

    private func lastIndexOf(
        _ text: String, _ part: String, _ arguments: [Value]
    ) throws(EvaluationError) -> Value? {
        let scalars = Array(text.unicodeScalars)
        let wanted = Array(part.unicodeScalars)
        var last = Int64(scalars.count)
        if arguments.count == 3 {
            guard case .int(let given) = arguments[2] else { return nil }
            guard given >= 0, given <= last else { throw outside(given, scalars.count) }
            last = given
        }
        let end = min(Int(last) + wanted.count, scalars.count)
        let backwards = Array(scalars[..<end].reversed())
        guard let found = Search(wanted.reversed()).first(in: backwards) else { return .int(-1) }
        return .int(Int64(end - found - wanted.count))
    }

    private func join(_ list: [Value], _ arguments: [Value]) throws(EvaluationError) -> Value {
        var separator = ""
        if arguments.count == 2 {
            guard case .string(let given) = arguments[1] else {
                throw EvaluationError.noOverload(rawValue, arguments)
            }
            separator = given
        }
        var result = ""
        for (position, element) in list.enumerated() {
            guard case .string(let text) = element else {
                throw EvaluationError(
                    .noSuchOverload, "join: element \(position) is \(element.article), not a string"
                )
            }
            if position > 0 { result += separator }
            result += text
        }
        return .string(result)
    }

    private func limit(_ arguments: [Value], at position: Int) -> Int?? {
        guard arguments.count > position else { return .some(nil) }
        guard case .int(let limit) = arguments[position] else { return nil }
        return .some(limit < 0 ? nil : Int(clamping: limit))
    }

    private func split(_ text: String, _ separator: String, _ arguments: [Value]) -> Value? {
        guard let limit = limit(arguments, at: 2) else { return nil }
        if limit == 0 { return .list([]) }
        if limit == 1 { return .list([.string(text)]) }
        return .list(text.parts(separatedBy: separator, limit: limit ?? .max).map(Value.string))
    }

    private func replace(_ text: String, _ old: String, _ arguments: [Value]) -> Value? {
        guard case .string(let new) = arguments[2], let limit = limit(arguments, at: 3) else {
            return nil
        }
        let count = limit ?? .max
        guard count > 0 else { return .string(text) }
        guard !old.isEmpty else { return .string(text.interleaved(with: new, count: count)) }
        let pieces = text.parts(separatedBy: old, limit: count == .max ? count : count + 1)
        return .string(pieces.joined(separator: new))
    }
}

extension String {
    init<S: Sequence>(scalars: S) where S.Element == Unicode.Scalar {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }

    func mapASCII(_ range: ClosedRange<UInt8>, _ change: (UInt8) -> UInt8) -> String {
        String(decoding: utf8.map { range.contains($0) ? change($0) : $0 }, as: UTF8.self)
    }

    var trimmed: String {
        let scalars = unicodeScalars
        let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
        let rest = scalars[start...]
        guard let last = rest.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(rest[...last])
    }

    /// Pieces between the separators, at most that many; an empty separator cuts every character.
    func parts(separatedBy separator: String, limit: Int) -> [String] {
        guard !separator.isEmpty else { return characters(limit: limit) }
        let text = Array(utf8)
        let search = Search(Array(separator.utf8))
        var parts: [String] = []
        var start = 0
        while parts.count + 1 < limit, let found = search.first(in: text, from: start) {
            parts.append(String(decoding: text[start..<found], as: UTF8.self))
            start = found + separator.utf8.count
        }
        parts.append(String(decoding: text[start...], as: UTF8.self))
        return parts
    }

    private func characters(limit: Int) -> [String] {
        let scalars = Array(unicodeScalars)
        guard scalars.count > limit else { return scalars.map { String($0) } }
        return scalars[..<(limit - 1)].map { String($0) } + [
            String(scalars: scalars[(limit - 1)...])
        ]
    }

    /// What replacing the empty string means: the text between all characters and at both ends.
    func interleaved(with text: String, count: Int) -> String {
        var result = ""
        var left = count
        for scalar in unicodeScalars {
            if left > 0 { result += text }
            left -= left > 0 ? 1 : 0
            result.unicodeScalars.append(scalar)
        }
        return left > 0 ? result + text : result
    }

    /// As a literal in double quotes.
    var quoted: String {
        var result = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\u{7}": result += "\\a"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{B}": result += "\\v"
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
