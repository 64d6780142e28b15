import Values

/// The math extension.
enum MathFunction: String, Sendable, CaseIterable {
    case greatest = "math.greatest"
    case least = "math.least"
    case ceil = "math.ceil"
    case floor = "math.floor"
    case round = "math.round"
    case trunc = "math.trunc"
    case abs = "math.abs"
    case sign = "math.sign"
    case sqrt = "math.sqrt"
    case isNaN = "math.isNaN"
    case isInf = "math.isInf"
    case isFinite = "math.isFinite"
    case bitAnd = "math.bitAnd"
    case bitOr = "math.bitOr"
    case bitXor = "math.bitXor"
    case bitNot = "math.bitNot"
    case bitShiftLeft = "math.bitShiftLeft"
    case bitShiftRight = "math.bitShiftRight"

    var arity: ClosedRange<Int> {
        switch self {
        case .greatest, .least: 1...64
        case .ceil, .floor, .round, .trunc, .abs, .sign, .sqrt, .isNaN, .isInf, .isFinite, .bitNot:
            1...1
        case .bitAnd, .bitOr, .bitXor, .bitShiftLeft, .bitShiftRight: 2...2
        }
    }

    func apply(_ arguments: [Value]) throws(EvaluationError) -> Value {
        let result: Value? =
            switch self {
            case .greatest: extreme(arguments, .greater)
            case .least: extreme(arguments, .less)
            case .abs: try absolute(arguments[0])
            case .sign: sign(arguments[0])
            case .sqrt: arguments[0].doubleValue.map { .double($0.squareRoot()) }
            case .bitAnd, .bitOr, .bitXor: bits(arguments[0], arguments[1])
            case .bitNot: complement(arguments[0])
            case .bitShiftLeft, .bitShiftRight: try shift(arguments[0], arguments[1])
            case .ceil, .floor, .round, .trunc, .isNaN, .isInf, .isFinite: double(arguments[0])
            }
        guard let result else { throw EvaluationError.noOverload(rawValue, arguments) }
        return result
    }

    /// Of the arguments, or of the one list given; the first of equals.
    private func extreme(_ arguments: [Value], _ wanted: Ordering) -> Value? {
        var candidates = arguments
        if arguments.count == 1, case .list(let list) = arguments[0] { candidates = list }
        guard var best = candidates.first, best.doubleValue != nil else { return nil }
        for candidate in candidates.dropFirst() {
            guard candidate.doubleValue != nil, let ordering = Ordering(candidate, best) else {
                return nil
            }
            if ordering == wanted { best = candidate }
        }
        return best
    }

    private func double(_ value: Value) -> Value? {
        guard case .double(let number) = value else { return nil }
        return switch self {
        case .ceil: .double(number.rounded(.up))
        case .floor: .double(number.rounded(.down))
        case .round: .double(number.rounded(.toNearestOrAwayFromZero))
        case .trunc: .double(number.rounded(.towardZero))
        case .isNaN: .bool(number.isNaN)
        case .isInf: .bool(number.isInfinite)
        case .isFinite: .bool(number.isFinite)
        default: nil
        }
    }

    private func absolute(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .uint: return value
        case .double(let number): return .double(number.magnitude)
        case .int(let number):
            guard let positive = Int64(exactly: number.magnitude) else {
                throw EvaluationError(.overflow, "integer overflow")
            }
            return .int(positive)
        default: return nil
        }
    }

    private func sign(_ value: Value) -> Value? {
        switch value {
        case .int(let number): .int(number.signum())
        case .uint(let number): .uint(number.signum())
        case .double(let number):
            .double(number.isNaN || number == 0 ? number : number < 0 ? -1 : 1)
        default: nil
        }
    }

    private func bits(_ a: Value, _ b: Value) -> Value? {
        switch (a, b) {
        case (.int(let x), .int(let y)): .int(bits(x, y))
        case (.uint(let x), .uint(let y)): .uint(bits(x, y))
        default: nil
        }
    }

    private func bits<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
        switch self {
        case .bitAnd: x & y
        case .bitOr: x | y
        default: x ^ y
        }
    }

    private func complement(_ value: Value) -> Value? {
        switch value {
        case .int(let number): .int(~number)
        case .uint(let number): .uint(~number)
        default: nil
        }
    }

    /// Bits that leave are lost; from the left come zeros.
    private func shift(_ value: Value, _ by: Value) throws(EvaluationError) -> Value? {
        guard case .int(let distance) = by else { return nil }
        guard distance >= 0 else {
            throw EvaluationError(.invalidArgument, "\(rawValue): the distance is negative")
        }
        return switch value {
        case .int(let number): .int(Int64(bitPattern: shift(UInt64(bitPattern: number), distance)))
        case .uint(let number): .uint(shift(number, distance))
        default: nil
        }
    }

    private func shift(_ bits: UInt64, _ distance: Int64) -> UInt64 {
        self == .bitShiftLeft ? bits << distance : bits >> distance
    }
}
