import Values

/// Optionals: values that may be missing, for fields that need not be there.
enum OptionalFunction: String, Sendable, CaseIterable {
    case of = "optional.of"
    case none = "optional.none"
    case ofNonZeroValue = "optional.ofNonZeroValue"
    case hasValue, value, or, orValue

    var arity: ClosedRange<Int> {
        switch self {
        case .none: 0...0
        case .of, .ofNonZeroValue, .hasValue, .value: 1...1
        case .or, .orValue: 2...2
        }
    }

    /// Whether the second operand is evaluated only if the first is empty.
    var isAlternative: Bool { self == .or || self == .orValue }

    func apply(_ arguments: [Value]) throws(EvaluationError) -> Value {
        switch (self, arguments.first) {
        case (.none, _): return .optional(nil)
        case (.of, let value?): return .optional(value)
        case (.ofNonZeroValue, let value?): return .optional(value.isZero ? .none : .some(value))
        case (.hasValue, .optional(let inner)?): return .bool(inner != nil)
        case (.value, .optional(let inner)?):
            guard let inner else {
                throw EvaluationError(.invalidArgument, "the optional is empty")
            }
            return inner
        default: throw EvaluationError.noOverload(rawValue, arguments)
        }
    }
}

extension Value {
    fileprivate var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let flag): !flag
        case .int(let number): number == 0
        case .uint(let number): number == 0
        case .double(let number): number == 0
        case .string(let text): text.isEmpty
        case .bytes(let bytes): bytes.isEmpty
        case .list(let list): list.isEmpty
        case .map(let map): map.isEmpty
        case .timestamp(let instant): instant == Timestamp(seconds: 0)
        case .duration(let span): span == .zero
        case .type: false
        case .optional(let inner): inner == nil
        }
    }
}
