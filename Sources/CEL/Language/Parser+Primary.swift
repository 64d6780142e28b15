import Values

// Literals, names, lists, maps, and what may follow them: fields, indices, calls.
extension Parser {
    private static let reserved: Set<ExactText> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return", "var", "void", "while",
    ]

    mutating func member() throws(ParseError) -> Node {
        let start = token
        switch start.kind {
        case .identifier(let name): return try named(name, absolute: false, start.span)
        case .symbol(.dot): return try absoluteName()
        default: return try suffixes(of: try primary(start), path: nil)
        }
    }

    private mutating func primary(_ start: Token) throws(ParseError) -> Node {
        switch start.kind {
        case .integer(let magnitude):
            guard let number = Int64(exactly: magnitude) else {
                throw ParseError("the number is beyond a signed 64-bit integer", at: start.span)
            }
            return literal(.int(number))
        case .uint(let number): return literal(.uint(number))
        case .double(let number): return literal(.double(number))
        case .string(let text): return literal(.string(text))
        case .bytes(let bytes): return literal(.bytes(bytes))
        case .symbol(.openParenthesis): return try parenthesised()
        case .symbol(.openBracket): return try listLiteral()
        case .symbol(.openBrace): return try mapLiteral()
        case .symbol, .end, .identifier, .quoted: throw unexpected("a value")
        }
    }

    private mutating func literal(_ value: Value) -> Node {
        defer { advance() }
        return Node(kind: .literal(value), span: token.span, depth: 1)
    }

    private mutating func parenthesised() throws(ParseError) -> Node {
        try expect(.openParenthesis)
        let node = try expression()
        try expect(.closeParenthesis)
        return node
    }

    private mutating func listLiteral() throws(ParseError) -> Node {
        noteConstruction()
        let start = try expect(.openBracket)
        var elements: [Node.Element] = []
        while !isAt(.closeBracket) {
            let isOptional = skip(.question)
            elements.append(Node.Element(node: try expression(), isOptional: isOptional))
            guard skip(.comma) else { break }
        }
        let end = try expect(.closeBracket)
        return try make(.list(elements), start.union(end), over: elements.map(\.node))
    }

    private mutating func mapLiteral() throws(ParseError) -> Node {
        noteConstruction()
        let start = try expect(.openBrace)
        var pairs: [Node.Pair] = []
        while !isAt(.closeBrace) {
            let isOptional = skip(.question)
            let key = try expression()
            try expect(.colon)
            pairs.append(Node.Pair(key: key, value: try expression(), isOptional: isOptional))
            guard skip(.comma) else { break }
        }
        let end = try expect(.closeBrace)
        return try make(.map(pairs), start.union(end), over: pairs.flatMap { [$0.key, $0.value] })
    }

    /// `.name` refers to the outermost name, whatever container or macro variable hides it.
    private mutating func absoluteName() throws(ParseError) -> Node {
        let start = try expect(.dot)
        guard case .identifier(let name) = token.kind else { throw unexpected("a name") }
        return try named(name, absolute: true, start.union(token.span))
    }

    private mutating func named(
        _ name: String, absolute: Bool, _ span: Span
    ) throws(ParseError) -> Node {
        switch name {
        case "true": return try suffixes(of: literal(.bool(true)), path: nil)
        case "false": return try suffixes(of: literal(.bool(false)), path: nil)
        case "null": return try suffixes(of: literal(.null), path: nil)
        default: break
        }
        guard !Self.reserved.contains(name) else {
            throw ParseError("'\(name)' is a reserved word", at: span)
        }
        advance()
        if isAt(.openParenthesis) {
            return try suffixes(of: try globalCall(name, span), path: nil)
        }
        if !absolute, let slot = scope.lastIndex(where: { sameUTF8($0, name) }) {
            let node = Node(kind: .local(slot, name: name), span: span, depth: 1)
            return try suffixes(of: node, path: nil)
        }
        let path = Path(names: [name], container: absolute ? "" : container)
        let variable = Node.Name(name: name, qualified: path.candidates)
        return try suffixes(of: Node(kind: .variable(variable), span: span, depth: 1), path: path)
    }

    /// A chain of names that could be one dotted name in the bindings.
    struct Path {
        var names: [String]
        let container: String

        var joined: String { names.joined(separator: ".") }

        /// Innermost container first.
        var candidates: [String] {
            let outer = container.split(separator: ".").map(String.init)
            return (0...outer.count).reversed().map { count in
                (outer.prefix(count) + names).joined(separator: ".")
            }
        }
    }

    mutating func suffixes(of first: Node, path firstPath: Path?) throws(ParseError) -> Node {
        var node = first
        var path = firstPath
        while true {
            if isAt(.dot) {
                advance()
                node = try field(of: node, path: &path)
            } else if isAt(.openBracket) {
                node = try index(of: node)
                path = nil
            } else {
                return node
            }
        }
    }

    private mutating func index(of node: Node) throws(ParseError) -> Node {
        try expect(.openBracket)
        let isOptional = skip(.question)
        let key = try expression()
        let span = node.span.union(try expect(.closeBracket))
        let kind: Node.Kind = isOptional ? .optionalIndex(node, key) : .index(node, key)
        return try make(kind, span, over: node, key)
    }

    private mutating func field(of node: Node, path: inout Path?) throws(ParseError) -> Node {
        let isOptional = skip(.question)
        let span = node.span.union(token.span)
        let name: String
        switch token.kind {
        case .identifier(let text): name = text
        case .quoted(let text):
            name = text
            path = nil
        default: throw unexpected("a field name")
        }
        let nameSpan = token.span
        advance()
        if isOptional {
            path = nil
            return try make(.optionalSelect(node, field: name), span, over: node)
        }
        if isAt(.openParenthesis) {
            let namespace = path?.joined
            path = nil
            return try call(name, nameSpan, on: node, namespace: namespace)
        }
        path?.names.append(name)
        if let path, Function.typeNames.contains(path.joined) {
            return Node(kind: .literal(.type(path.joined)), span: span, depth: 1)
        }
        let selected = Node.Name(name: name, qualified: path?.candidates ?? [])
        return try make(.select(node, selected), span, over: node)
    }
}
