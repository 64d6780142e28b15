import LinearRegex
import Values

// Calls of functions, and macros, which look like calls.
extension Parser {
    /// `name(…)`; the name is consumed.
    mutating func globalCall(_ name: String, _ start: Span) throws(ParseError) -> Node {
        if name == "has" { return try hasMacro(start) }
        let arguments = try arguments()
        let span = start.union(arguments.span)
        return try call(name, .global, arguments.nodes, span, nameSpan: start)
    }

    /// `node.name(…)`, where `namespace` is the node as a dotted name, if it is one.
    mutating func call(
        _ name: String, _ nameSpan: Span, on node: Node, namespace: String?
    ) throws(ParseError) -> Node {
        if let namespace, Function.namespaces.contains(namespace) {
            let qualified = "\(namespace).\(name)"
            if qualified == "cel.bind" { return try bindMacro(node.span) }
            let arguments = try arguments()
            let span = node.span.union(arguments.span)
            return try call(
                qualified, .global, arguments.nodes, span, nameSpan: node.span.union(nameSpan))
        }
        if let macro = try macro(name, on: node) { return macro }
        let arguments = try arguments()
        let span = node.span.union(arguments.span)
        return try call(name, .receiver, [node] + arguments.nodes, span, nameSpan: nameSpan)
    }

    private mutating func call(
        _ name: String, _ style: Function.Style, _ arguments: [Node], _ span: Span, nameSpan: Span
    ) throws(ParseError) -> Node {
        guard let function = Function.find(name, style) else {
            let hint = suggestion(for: name, among: Function.names(style))
            issues.append(ParseError("unknown function '\(name)'\(hint)", at: nameSpan))
            return try make(.unknownCall(name: name, arguments), span, over: arguments)
        }
        if !function.arity.contains(arguments.count) {
            issues.append(ParseError(function.arityMessage(given: arguments.count), at: span))
        } else if case .text(.matches) = function, let regex = literalPattern(arguments[1]) {
            return try make(.matches(arguments[0], regex), span, over: arguments)
        }
        if function.constructs { noteConstruction() }
        return try make(.call(function, arguments), span, over: arguments)
    }

    /// The pattern, if it is written out; a bad one becomes an issue and fails when evaluated.
    private mutating func literalPattern(_ node: Node) -> Regex? {
        guard case .literal(.string(let pattern)) = node.kind else { return nil }
        do throws(Regex.Failure) {
            return try Regex(pattern)
        } catch {
            issues.append(ParseError(error.message, at: node.span))
            return nil
        }
    }

    /// The arguments in parentheses, and the span of those.
    private mutating func arguments() throws(ParseError) -> (nodes: [Node], span: Span) {
        let start = try expect(.openParenthesis)
        var nodes: [Node] = []
        while !isAt(.closeParenthesis) {
            nodes.append(try expression())
            guard skip(.comma) else { break }
        }
        return (nodes, start.union(try expect(.closeParenthesis)))
    }

    // MARK: Macros

    private mutating func hasMacro(_ start: Span) throws(ParseError) -> Node {
        let arguments = try arguments()
        let span = start.union(arguments.span)
        guard arguments.nodes.count == 1,
            case .select(let operand, let field) = arguments.nodes[0].kind
        else { throw ParseError("has() wants one field, as in has(input.name)", at: span) }
        return try make(.has(operand, field: field.name), span, over: operand)
    }

    private mutating func bindMacro(_ start: Span) throws(ParseError) -> Node {
        try expect(.openParenthesis)
        let name = try variableName(of: "cel.bind")
        try expect(.comma)
        let value = try expression()
        try expect(.comma)
        let slot = declare(name)
        let body = try expression()
        scope.removeLast()
        let span = start.union(try expect(.closeParenthesis))
        noteConstruction()
        return try make(.bind(slot: slot, value, in: body), span, over: value, body)
    }

    private mutating func macro(_ name: String, on node: Node) throws(ParseError) -> Node? {
        switch name {
        case "all", "exists", "map", "filter", "sortBy", "transformList", "transformMap",
            "transformMapEntry":
            guard let kind = Comprehension.Kind(rawValue: name) else { return nil }
            return try comprehension(kind, name, on: node)
        case "exists_one", "existsOne": return try comprehension(.existsOne, name, on: node)
        case "optMap", "optFlatMap": return try optionalMap(name, on: node)
        default: return nil
        }
    }

    private mutating func variableName(of macro: String) throws(ParseError) -> String {
        guard case .identifier(let name) = token.kind else {
            throw ParseError("\(macro)() wants a variable's name first", at: token.span)
        }
        advance()
        return name
    }

    private mutating func optionalMap(_ name: String, on node: Node) throws(ParseError) -> Node {
        try expect(.openParenthesis)
        let variable = try variableName(of: name)
        try expect(.comma)
        let slot = declare(variable)
        let body = try expression()
        scope.removeLast()
        let span = node.span.union(try expect(.closeParenthesis))
        let flat = name == "optFlatMap"
        return try make(
            .optionalMap(slot: slot, node, body, flat: flat), span, over: node, body)
    }

    private mutating func comprehension(
        _ kind: Comprehension.Kind, _ name: String, on node: Node
    ) throws(ParseError) -> Node {
        if !kind.isTest { noteConstruction() }
        try expect(.openParenthesis)
        let outer = scope.count
        defer { scope.removeLast(scope.count - outer) }
        let hasTwo = kind.hasTwoVariables ?? isAtTwoVariables
        let first = try variableName(of: name)
        try expect(.comma)
        let firstSlot = declare(first)
        var secondSlot: Int?
        if hasTwo {
            let second = try variableName(of: name)
            guard !sameUTF8(first, second) else {
                throw ParseError("the two variables need two names", at: token.span)
            }
            secondSlot = declare(second)
            try expect(.comma)
        }
        var body = try expression()
        var filter: Node?
        if kind.mayFilter, skip(.comma) {
            filter = body
            body = try expression()
        }
        let span = node.span.union(try expect(.closeParenthesis))
        let loop = Comprehension(
            kind: kind, range: node, firstSlot: firstSlot, secondSlot: secondSlot, filter: filter,
            body: body)
        return try make(
            .comprehension(loop), span, over: [node, body] + (filter.map { [$0] } ?? []))
    }

    /// Whether `(` is followed by two names with commas behind each.
    private var isAtTwoVariables: Bool {
        guard case .identifier = token.kind, case .identifier = token(ahead: 2).kind else {
            return false
        }
        return isAt(.comma, ahead: 1) && isAt(.comma, ahead: 3)
    }
}

extension Comprehension.Kind {
    fileprivate var isTest: Bool { self == .all || self == .exists || self == .existsOne }

    fileprivate var mayFilter: Bool {
        self == .map || self == .transformList || self == .transformMap
            || self == .transformMapEntry
    }

    /// Nil where both forms exist.
    fileprivate var hasTwoVariables: Bool? {
        switch self {
        case .all, .exists, .existsOne: nil
        case .map, .filter, .sortBy: false
        case .transformList, .transformMap, .transformMapEntry: true
        }
    }
}
