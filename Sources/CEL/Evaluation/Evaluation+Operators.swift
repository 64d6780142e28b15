import Values

extension Evaluation {
    /// `&&` and `||`: one operand that decides makes up for any that fail.
    mutating func junction(_ parts: [Node], stop: Bool) throws(EvaluationError) -> Value {
        var failure: EvaluationError?
        for part in parts {
            do throws(EvaluationError) {
                if try condition(part) == stop { return .bool(stop) }
            } catch {
                if error.kind == .budgetExceeded { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!stop)
    }

    mutating func condition(_ node: Node) throws(EvaluationError) -> Bool {
        let value = try evaluate(node)
        guard case .bool(let flag) = value else {
            throw EvaluationError(
                .noSuchOverload, "\(text(of: node.span)) is \(value.article), a bool is needed",
                at: node.span)
        }
        return flag
    }

    mutating func not(_ operand: Node, _ span: Span) throws(EvaluationError) -> Value {
        .bool(!(try condition(operand)))
    }

    mutating func conditional(
        _ test: Node, _ first: Node, _ second: Node
    ) throws(EvaluationError) -> Value {
        try condition(test) ? try evaluate(first) : try evaluate(second)
    }

    mutating func compare(
        _ comparison: Comparison, _ a: Node, _ b: Node, _ span: Span
    ) throws(EvaluationError) -> Value {
        let left = try evaluate(a)
        let right = try evaluate(b)
        try charge(left.bulk, at: span)
        guard let ordering = Ordering(left, right) else {
            throw EvaluationError.noOverload(comparison.rawValue, left, right).placed(at: span)
        }
        return .bool(comparison.holds(ordering))
    }

    mutating func equal(_ a: Node, _ b: Node) throws(EvaluationError) -> Bool {
        let left = try evaluate(a)
        return try equals(left, try evaluate(b), a.span)
    }

    mutating func contained(
        _ element: Node, _ container: Node, _ span: Span
    ) throws(EvaluationError) -> Bool {
        let wanted = try evaluate(element)
        let value = try evaluate(container)
        switch value {
        case .map(let map): return map[wanted] != nil
        case .list(let list):
            for candidate in list {
                try charge(1, at: span)
                if try equals(wanted, candidate, span) { return true }
            }
            return false
        default: throw EvaluationError.noOverload("in", wanted, value).placed(at: span)
        }
    }

    mutating func negate(_ operand: Node, _ span: Span) throws(EvaluationError) -> Value {
        let value = try evaluate(operand)
        switch value {
        case .int(let number):
            let (result, overflow) = Int64(0).subtractingReportingOverflow(number)
            guard !overflow else { throw EvaluationError(.overflow, "integer overflow", at: span) }
            return .int(result)
        case .double(let number): return .double(-number)
        default: throw EvaluationError.noOverload("-", value).placed(at: span)
        }
    }

    mutating func arithmetic(
        _ operation: Arithmetic, _ a: Node, _ b: Node, _ span: Span
    ) throws(EvaluationError) -> Value {
        let left = try evaluate(a)
        let right = try evaluate(b)
        if operation == .add { try charge(left.bulk + right.bulk, at: span) }
        do throws(EvaluationError) {
            return try operation.apply(left, right)
        } catch {
            throw error.placed(at: span)
        }
    }
}

extension Arithmetic {
    /// Checked arithmetic; kinds never mix.
    func apply(_ a: Value, _ b: Value) throws(EvaluationError) -> Value {
        switch (a, b) {
        case (.int(let x), .int(let y)): return .int(try integer(x, y))
        case (.uint(let x), .uint(let y)): return .uint(try integer(x, y))
        case (.double(let x), .double(let y)) where self != .remainder:
            return .double(double(x, y))
        default: break
        }
        switch self {
        case .add:
            if let sum = try Self.sum(a, b) { return sum }
        case .subtract:
            if let difference = try Self.difference(a, b) { return difference }
        case .multiply, .divide, .remainder: break
        }
        throw EvaluationError.noOverload(rawValue, a, b)
    }

    private func integer<T: FixedWidthInteger>(_ x: T, _ y: T) throws(EvaluationError) -> T {
        let (result, overflow) =
            switch self {
            case .add: x.addingReportingOverflow(y)
            case .subtract: x.subtractingReportingOverflow(y)
            case .multiply: x.multipliedReportingOverflow(by: y)
            case .divide: x.dividedReportingOverflow(by: y)
            case .remainder: x.remainderReportingOverflow(dividingBy: y)
            }
        guard overflow else { return result }
        if y == 0, self == .divide || self == .remainder {
            throw EvaluationError(.divideByZero, "division by zero")
        }
        throw EvaluationError(.overflow, "integer overflow")
    }

    private func double(_ x: Double, _ y: Double) -> Double {
        switch self {
        case .add: x + y
        case .subtract: x - y
        case .multiply: x * y
        case .divide: x / y
        case .remainder: .nan
        }
    }

    private static func sum(_ a: Value, _ b: Value) throws(EvaluationError) -> Value? {
        switch (a, b) {
        case (.string(let x), .string(let y)): .string(x + y)
        case (.bytes(let x), .bytes(let y)): .bytes(x + y)
        case (.list(let x), .list(let y)): .list(x + y)
        case (.timestamp(let x), .duration(let y)): .timestamp(try inRange(x.adding(y)))
        case (.duration(let x), .timestamp(let y)): .timestamp(try inRange(y.adding(x)))
        case (.duration(let x), .duration(let y)):
            .duration(
                try inRange(Duration(checkedNanoseconds: x.wholeNanoseconds + y.wholeNanoseconds)))
        default: nil
        }
    }

    private static func difference(_ a: Value, _ b: Value) throws(EvaluationError) -> Value? {
        switch (a, b) {
        case (.timestamp(let x), .duration(let y)): .timestamp(try inRange(x.subtracting(y)))
        case (.timestamp(let x), .timestamp(let y)): .duration(try difference(x, y))
        case (.duration(let x), .duration(let y)):
            .duration(
                try inRange(Duration(checkedNanoseconds: x.wholeNanoseconds - y.wholeNanoseconds)))
        default: nil
        }
    }

    /// The conformance tests want an error beyond 64 bits of nanoseconds, about 292 years.
    private static func difference(
        _ x: Timestamp, _ y: Timestamp
    ) throws(EvaluationError) -> Duration {
        let span = x - y
        return try inRange(Int64(exactly: span.wholeNanoseconds) == nil ? nil : span)
    }

    private static func inRange<T>(_ value: T?) throws(EvaluationError) -> T {
        guard let value else {
            throw EvaluationError(.overflow, "the time is beyond the range of CEL")
        }
        return value
    }
}
