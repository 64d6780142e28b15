import Values

/// A recursive-descent parser; the grammar is the one of the CEL specification, "Syntax".
struct Parser {
    /// Levels that an expression may have.
    static let depthLimit = 200
    static let sizeLimit = 64 << 10

    let source: [UInt8]
    let container: String
    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    /// The names of the macro variables in sight; the index is the slot.
    var scope: [String] = []
    private(set) var slotCount = 0
    /// Whether the expression builds lists or maps, whose size must be watched.
    private(set) var constructs = false
    /// What is wrong but must not fail before evaluation: unknown functions, bad patterns.
    var issues: [ParseError] = []

    init(_ text: String, container: String) throws(ParseError) {
        source = Array(text.utf8)
        self.container = container
        guard source.count <= Self.sizeLimit else {
            throw ParseError(
                message: "the expression is longer than \(Self.sizeLimit) bytes", offset: 0,
                length: 0)
        }
        tokens = try Lexer.tokens(of: source)
    }

    mutating func wholeExpression() throws(ParseError) -> Node {
        let node = try expression()
        guard case .end = token.kind else { throw unexpected("an operator or the end") }
        return node
    }

    // MARK: Tokens

    var token: Token { tokens[min(position, tokens.count - 1)] }

    func token(ahead: Int) -> Token { tokens[min(position + ahead, tokens.count - 1)] }

    mutating func advance() {
        position = min(position + 1, tokens.count - 1)
    }

    func isAt(_ symbol: Symbol, ahead: Int = 0) -> Bool {
        if case .symbol(symbol) = token(ahead: ahead).kind { true } else { false }
    }

    mutating func skip(_ symbol: Symbol) -> Bool {
        guard isAt(symbol) else { return false }
        advance()
        return true
    }

    @discardableResult
    mutating func expect(_ symbol: Symbol) throws(ParseError) -> Span {
        let span = token.span
        guard skip(symbol) else { throw unexpected("'\(symbol.rawValue)'") }
        return span
    }

    func unexpected(_ wanted: String) -> ParseError {
        ParseError("\(wanted) is expected, not \(token.text(in: source))", at: token.span)
    }

    // MARK: Nodes

    func make(_ kind: Node.Kind, _ span: Span, over parts: Node...) throws(ParseError) -> Node {
        try make(kind, span, over: parts)
    }

    func make(_ kind: Node.Kind, _ span: Span, over parts: [Node]) throws(ParseError) -> Node {
        let depth = 1 + (parts.map(\.depth).max() ?? 0)
        guard depth <= Self.depthLimit else { throw tooDeep(span) }
        return Node(kind: kind, span: span, depth: depth)
    }

    private func tooDeep(_ span: Span) -> ParseError {
        ParseError("nested deeper than \(Self.depthLimit) levels", at: span)
    }

    mutating func noteConstruction() {
        constructs = true
    }

    mutating func declare(_ name: String) -> Int {
        scope.append(name)
        slotCount = max(slotCount, scope.count)
        return scope.count - 1
    }

    // MARK: Operators, loosest first

    mutating func expression() throws(ParseError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit / 2 else { throw tooDeep(token.span) }
        let condition = try disjunction()
        guard skip(.question) else { return condition }
        let first = try disjunction()
        try expect(.colon)
        let second = try expression()
        return try make(
            .conditional(condition, first, second), condition.span.union(second.span),
            over: condition, first, second)
    }

    private mutating func disjunction() throws(ParseError) -> Node {
        let first = try conjunction()
        guard isAt(.or) else { return first }
        var parts = [first]
        while skip(.or) { parts.append(try conjunction()) }
        return try make(.or(parts), first.span.union(parts[parts.count - 1].span), over: parts)
    }

    private mutating func conjunction() throws(ParseError) -> Node {
        let first = try relation()
        guard isAt(.and) else { return first }
        var parts = [first]
        while skip(.and) { parts.append(try relation()) }
        return try make(.and(parts), first.span.union(parts[parts.count - 1].span), over: parts)
    }

    private mutating func relation() throws(ParseError) -> Node {
        var left = try sum()
        while case .symbol(let symbol) = token.kind, let build = Self.relation(symbol) {
            advance()
            let right = try sum()
            left = try make(
                build(left, right), left.span.union(right.span), over: left, right)
        }
        return left
    }

    private static func relation(_ symbol: Symbol) -> ((Node, Node) -> Node.Kind)? {
        switch symbol {
        case .equal: { .equal($0, $1) }
        case .notEqual: { .notEqual($0, $1) }
        case .in: { .contained($0, in: $1) }
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            Comparison(rawValue: symbol.rawValue).map { comparison in
                { .compare(comparison, $0, $1) }
            }
        default: nil
        }
    }

    private mutating func sum() throws(ParseError) -> Node {
        var left = try product()
        while let operation = arithmetic([.plus, .minus]) {
            let right = try product()
            left = try make(
                .arithmetic(operation, left, right), left.span.union(right.span), over: left, right)
        }
        return left
    }

    private mutating func product() throws(ParseError) -> Node {
        var left = try unary()
        while let operation = arithmetic([.times, .divide, .remainder]) {
            let right = try unary()
            left = try make(
                .arithmetic(operation, left, right), left.span.union(right.span), over: left, right)
        }
        return left
    }

    private mutating func arithmetic(_ symbols: [Symbol]) -> Arithmetic? {
        guard case .symbol(let symbol) = token.kind, symbols.contains(symbol) else { return nil }
        advance()
        return Arithmetic(rawValue: symbol.rawValue)
    }

    private mutating func unary() throws(ParseError) -> Node {
        let start = token.span
        guard isAt(.not) || isAt(.minus) else { return try member() }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit / 2 else { throw tooDeep(start) }
        if skip(.not) {
            let operand = try unary()
            return try make(.not(operand), start.union(operand.span), over: operand)
        }
        if let number = negativeNumber(token(ahead: 1)) {
            let span = start.union(token(ahead: 1).span)
            advance()
            advance()
            return try suffixes(of: Node(kind: .literal(number), span: span, depth: 1), path: nil)
        }
        advance()
        let operand = try unary()
        return try make(.negate(operand), start.union(operand.span), over: operand)
    }

    private func negativeNumber(_ token: Token) -> Value? {
        switch token.kind {
        case .integer(let magnitude) where magnitude <= UInt64(Int64.max) + 1:
            .int(Int64(bitPattern: 0 &- magnitude))
        case .double(let number): .double(-number)
        default: nil
        }
    }
}
