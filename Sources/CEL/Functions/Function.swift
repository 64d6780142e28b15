import Values

/// A function that expressions may call, found by its name while parsing. Each family of functions
/// has a file of its own that says what they do.
enum Function: Sendable {
    case conversion(ConversionFunction)
    case text(TextFunction)
    case time(TimeFunction)
    case list(ListFunction)
    case math(MathFunction)
    case optional(OptionalFunction)

    enum Style: Sendable {
        /// `name(x)`, also `namespace.name(x)`.
        case global
        /// `x.name(y)`; x is the first argument.
        case receiver
    }

    static let namespaces: Set<ExactText> = [
        "math", "optional", "strings", "base64", "lists", "cel",
    ]

    static let typeNames: Set<ExactText> = [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
        "optional_type", "google.protobuf.Timestamp", "google.protobuf.Duration",
    ]

    static func find(_ name: String, _ style: Style) -> Function? {
        style == .global ? globals[name] : receivers[name]
    }

    /// In a fixed order.
    static func names(_ style: Style) -> [String] {
        all.filter { $0.styles.contains(style) }.map(\.name)
    }

    private static let all: [Function] =
        ConversionFunction.allCases.map(Function.conversion)
        + TextFunction.allCases.map(Function.text) + TimeFunction.allCases.map(Function.time)
        + ListFunction.allCases.map(Function.list) + MathFunction.allCases.map(Function.math)
        + OptionalFunction.allCases.map(Function.optional)

    private static let globals = table(.global)
    private static let receivers = table(.receiver)

    private static func table(_ style: Style) -> [ExactText: Function] {
        var table: [ExactText: Function] = [:]
        for function in all where function.styles.contains(style) {
            table[function.name] = function
        }
        return table
    }

    var name: String {
        switch self {
        case .conversion(let function): function.rawValue
        case .text(let function): function.rawValue
        case .time(let function): function.rawValue
        case .list(let function): function.rawValue
        case .math(let function): function.rawValue
        case .optional(let function): function.rawValue
        }
    }

    /// How many arguments it takes, a receiver included.
    var arity: ClosedRange<Int> {
        switch self {
        case .conversion: 1...1
        case .text(let function): function.arity
        case .time: 1...2
        case .list(let function): function.arity
        case .math(let function): function.arity
        case .optional(let function): function.arity
        }
    }

    private var styles: [Style] {
        switch self {
        case .conversion, .math: [.global]
        case .text(.matches), .list(.size): [.global, .receiver]
        case .text(.quote), .text(.encode), .text(.decode), .text(.money), .list(.range):
            [.global]
        case .optional(.of), .optional(.none), .optional(.ofNonZeroValue): [.global]
        case .text, .time, .list, .optional: [.receiver]
        }
    }

    /// Whether its result can hold more than its arguments do.
    var constructs: Bool {
        if case .list = self { true } else { false }
    }

    func arityMessage(given: Int) -> String {
        let wanted =
            arity.lowerBound == arity.upperBound
            ? "\(arity.lowerBound)" : "\(arity.lowerBound) to \(arity.upperBound)"
        return "'\(name)' takes \(wanted) arguments (the receiver included), not \(given)"
    }
}
