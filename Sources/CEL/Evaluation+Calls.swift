extension Evaluation {
    mutating func call(
        _ function: Function, _ nodes: [Node], _ span: Span
    ) throws(EvaluationError) -> Value {
        guard function.arity.contains(nodes.count) else {
            throw EvaluationError(
                .noSuchOverload, function.arityMessage(given: nodes.count), at: span)
        }
        if case .optional(let alternative) = function, alternative.isAlternative {
            return try self.alternative(alternative, nodes, span)
        }
        var arguments: [Value] = []
        arguments.reserveCapacity(nodes.count)
        for node in nodes {
            let value = try evaluate(node)
            try charge(value.bulk, at: span)
            arguments.append(value)
        }
        do throws(EvaluationError) {
            return try apply(function, arguments, span)
        } catch {
            throw error.placed(at: span)
        }
    }

    private mutating func apply(
        _ function: Function, _ arguments: [Value], _ span: Span
    ) throws(EvaluationError) -> Value {
        switch function {
        case .conversion(let function): return try function.apply(arguments[0])
        case .time(let function):
            return try function.apply(arguments[0], zone: arguments.dropFirst().first)
        case .math(let function): return try function.apply(arguments)
        case .optional(let function): return try function.apply(arguments)
        case .list(let function): return try apply(function, arguments, span)
        case .text(.matches): return try matches(arguments, span)
        case .text(.replace), .text(.join), .text(.format):
            guard case .text(let function) = function else { break }
            let result = try function.apply(arguments)
            try charge(result.bulk, at: span)
            return result
        case .text(let function): return try function.apply(arguments)
        }
        throw EvaluationError.noOverload(function.name, arguments)
    }

    /// `or` and `orValue` evaluate their second operand only if they need it.
    private mutating func alternative(
        _ function: OptionalFunction, _ nodes: [Node], _ span: Span
    ) throws(EvaluationError) -> Value {
        let value = try evaluate(nodes[0])
        guard case .optional(let inner) = value else {
            throw EvaluationError.noOverload(function.rawValue, value).placed(at: span)
        }
        guard let inner else { return try evaluate(nodes[1]) }
        return function == .orValue ? inner : value
    }

    // MARK: Patterns

    mutating func matches(
        _ operand: Node, _ regex: Regex, _ span: Span
    ) throws(EvaluationError) -> Value {
        let value = try evaluate(operand)
        guard case .string(let text) = value else {
            throw EvaluationError.noOverload("matches", value).placed(at: span)
        }
        return .bool(try matches(text, regex, span))
    }

    private mutating func matches(
        _ arguments: [Value], _ span: Span
    ) throws(EvaluationError) -> Value {
        guard case .string(let text) = arguments[0], case .string(let pattern) = arguments[1] else {
            throw EvaluationError.noOverload("matches", arguments)
        }
        try charge(pattern.utf8.count, at: span)
        return .bool(try matches(text, try compiled(pattern), span))
    }

    private func compiled(_ pattern: String) throws(EvaluationError) -> Regex {
        do throws(Regex.Failure) {
            return try Regex(pattern)
        } catch {
            throw EvaluationError(.invalidArgument, error.message)
        }
    }

    /// At worst every letter visits every instruction.
    private mutating func matches(
        _ text: String, _ regex: Regex, _ span: Span
    ) throws(EvaluationError) -> Bool {
        let (cost, overflow) = text.utf8.count.multipliedReportingOverflow(by: regex.size)
        try charge(overflow ? .max : cost >> 4, at: span)
        return regex.matches(text)
    }
}
