import Values

extension Template {
    private static let depthLimit = 64

    static func parse(_ value: Value, pointer: String, depth: Int) throws(TemplateError) -> Node {
        guard depth <= depthLimit else {
            throw TemplateError(
                message: "nested deeper than \(depthLimit) levels", pointer: pointer, offset: 0)
        }
        switch value {
        case .string(let text):
            return try parse(text, pointer: pointer)
        case .list(let list):
            var nodes: [Node] = []
            for (position, element) in list.enumerated() {
                nodes.append(
                    try parse(element, pointer: "\(pointer)/\(position)", depth: depth + 1))
            }
            return collapse(.list(nodes), of: value)
        case .map(let map):
            var entries: [Entry] = []
            for (key, element) in map.entries {
                let below = pointer + "/" + key.plainKey.pointerToken
                entries.append(
                    Entry(key: key, node: try parse(element, pointer: below, depth: depth + 1)))
            }
            return collapse(.map(entries), of: value)
        default: return .literal(value)
        }
    }

    /// A structure without expressions is one literal.
    private static func collapse(_ node: Node, of value: Value) -> Node {
        let nodes: [Node] =
            switch node {
            case .list(let nodes): nodes
            case .map(let entries): entries.map(\.node)
            case .literal, .expression, .text: []
            }
        var literals: [Value] = []
        for case .literal(let literal) in nodes { literals.append(literal) }
        guard literals.count == nodes.count else { return node }
        if case .map(let entries) = node {
            var map = ValueMap(minimumCapacity: entries.count)
            for (entry, literal) in zip(entries, literals) { map[entry.key] = literal }
            return .literal(.map(map))
        }
        return .literal(.list(literals))
    }

    private static func parse(_ text: String, pointer: String) throws(TemplateError) -> Node {
        let bytes = Array(text.utf8)
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var position = 0
        while position < bytes.count {
            let rest = bytes[position...]
            if rest.starts(with: "$${".utf8) {
                literal.append(contentsOf: "${".utf8)
                position += 3
            } else if rest.starts(with: "${".utf8) {
                if !literal.isEmpty {
                    pieces.append(.literal(String(decoding: literal, as: UTF8.self)))
                }
                literal = []
                let (expression, end) = try self.expression(
                    in: bytes, at: position, pointer: pointer)
                pieces.append(.expression(expression))
                position = end
            } else {
                literal.append(bytes[position])
                position += 1
            }
        }
        let tail = String(decoding: literal, as: UTF8.self)
        if pieces.isEmpty { return .literal(.string(tail)) }
        if pieces.count == 1, tail.isEmpty, case .expression(let only) = pieces[0] {
            return .expression(only)
        }
        return .text(tail.isEmpty ? pieces : pieces + [.literal(tail)])
    }

    /// The expression behind the `${` at `start`, and the position behind its `}`.
    private static func expression(
        in bytes: [UInt8], at start: Int, pointer: String
    ) throws(TemplateError) -> (Expression, Int) {
        do throws(ParseError) {
            guard let end = try Lexer.closingBrace(in: bytes, from: start + 2) else {
                throw ParseError(message: "'${' without its '}'", offset: start, length: 2)
            }
            let source = String(decoding: bytes[(start + 2)..<end], as: UTF8.self)
            return (try parse(source, at: start + 2), end + 1)
        } catch {
            throw TemplateError(message: error.message, pointer: pointer, offset: error.offset)
        }
    }

    /// Errors are placed in the whole string.
    private static func parse(_ source: String, at offset: Int) throws(ParseError) -> Expression {
        do throws(ParseError) {
            return try Expression(parsing: source)
        } catch {
            throw ParseError(
                message: error.message, offset: error.offset + offset, length: error.length)
        }
    }
}
