import Values

/// One way in which a function may be called. Parameters of one number stand for one type.
struct Signature: Sendable {
    let arguments: [CELType]
    let result: CELType

    init(_ arguments: [CELType], _ result: CELType) {
        self.arguments = arguments
        self.result = result
    }

    /// One more than the highest number of a parameter.
    var parameterCount: Int {
        (arguments + [result]).map(Self.highest).max().map { $0 + 1 } ?? 0
    }

    private static func highest(_ type: CELType) -> Int {
        if case .parameter(let index) = type { return index }
        return type.parameters.map(highest).max() ?? -1
    }
}

extension Function {
    /// In the order in which they are tried.
    var signatures: [Signature] {
        switch self {
        case .conversion(let function): function.signatures
        case .text(let function): function.signatures
        case .time(let function): function.signatures
        case .list(let function): function.signatures
        case .math(let function): function.signatures
        case .optional(let function): function.signatures
        }
    }
}

private let anything = CELType.parameter(0)

private func from(_ types: CELType..., to result: CELType) -> [Signature] {
    types.map { Signature([$0], result) }
}

extension ConversionFunction {
    fileprivate var signatures: [Signature] {
        switch self {
        case .int: from(.int, .uint, .double, .string, .timestamp, to: .int)
        case .uint: from(.uint, .int, .double, .string, to: .uint)
        case .double: from(.double, .int, .uint, .string, to: .double)
        case .string:
            from(
                .string, .int, .uint, .double, .bool, .bytes, .timestamp, .duration, to: .string)
        case .bytes: from(.bytes, .string, to: .bytes)
        case .bool: from(.bool, .string, to: .bool)
        case .timestamp: from(.timestamp, .int, .string, to: .timestamp)
        case .duration: from(.duration, .string, to: .duration)
        case .type: [Signature([anything], .type(anything))]
        case .dyn: [Signature([anything], .dyn)]
        case .escapeHtml: [Signature([anything], .string)]
        case .unescaped: from(.string, to: .string)
        }
    }
}

extension TextFunction {
    fileprivate var signatures: [Signature] {
        switch self {
        case .contains, .startsWith, .endsWith, .matches:
            [Signature([.string, .string], .bool)]
        case .charAt: [Signature([.string, .int], .string)]
        case .indexOf, .lastIndexOf:
            [
                Signature([.string, .string], .int),
                Signature([.string, .string, .int], .int),
            ]
        case .lowerAscii, .upperAscii, .trim, .quote: from(.string, to: .string)
        case .replace:
            [
                Signature([.string, .string, .string], .string),
                Signature([.string, .string, .string, .int], .string),
            ]
        case .split:
            [
                Signature([.string, .string], .list(.string)),
                Signature([.string, .string, .int], .list(.string)),
            ]
        case .substring:
            [
                Signature([.string, .int], .string),
                Signature([.string, .int, .int], .string),
            ]
        case .join:
            [
                Signature([.list(.string)], .string),
                Signature([.list(.string), .string], .string),
            ]
        case .format: [Signature([.string, .list(.dyn)], .string)]
        case .reverse:
            [Signature([.string], .string), Signature([.list(anything)], .list(anything))]
        case .money: [Signature([.int, .string], .string)]
        case .encode: from(.bytes, to: .string)
        case .decode: from(.string, to: .bytes)
        }
    }
}

extension TimeFunction {
    fileprivate var signatures: [Signature] {
        let moments = [Signature([.timestamp], .int), Signature([.timestamp, .string], .int)]
        return switch self {
        case .getHours, .getMinutes, .getSeconds, .getMilliseconds:
            moments + [Signature([.duration], .int)]
        case .getFullYear, .getMonth, .getDayOfYear, .getDayOfMonth, .getDate, .getDayOfWeek:
            moments
        }
    }
}

extension ListFunction {
    fileprivate var signatures: [Signature] {
        let elements = CELType.list(anything)
        return switch self {
        case .size:
            [
                Signature([.string], .int), Signature([.bytes], .int), Signature([elements], .int),
                Signature([.map(key: anything, value: .parameter(1))], .int),
            ]
        case .distinct, .sort: [Signature([elements], elements)]
        case .flatten:
            [
                Signature([.list(elements)], elements), Signature([elements], .list(.dyn)),
                Signature([elements, .int], .list(.dyn)),
            ]
        case .sum:
            [CELType.int, .uint, .double, .duration].map { Signature([.list($0)], $0) }
        case .slice: [Signature([elements, .int, .int], elements)]
        case .first, .last: [Signature([elements], .optional(anything))]
        case .merge:
            [
                Signature(
                    [
                        .map(key: anything, value: .parameter(1)),
                        .map(key: anything, value: .parameter(1)),
                    ], .map(key: anything, value: .parameter(1)))
            ]
        case .range: from(.int, to: .list(.int))
        }
    }
}

extension MathFunction {
    private static let numbers: [CELType] = [.int, .uint, .double]

    fileprivate var signatures: [Signature] {
        switch self {
        // Of as many as one likes; `TypeCheck` knows them.
        case .greatest, .least: []
        case .ceil, .floor, .round, .trunc: from(.double, to: .double)
        case .isNaN, .isInf, .isFinite: from(.double, to: .bool)
        case .abs, .sign: Self.numbers.map { Signature([$0], $0) }
        case .sqrt: from(.double, .int, .uint, to: .double)
        case .bitAnd, .bitOr, .bitXor:
            [CELType.int, .uint].map { Signature([$0, $0], $0) }
        case .bitNot: [CELType.int, .uint].map { Signature([$0], $0) }
        case .bitShiftLeft, .bitShiftRight:
            [CELType.int, .uint].map { Signature([$0, .int], $0) }
        }
    }
}

extension OptionalFunction {
    fileprivate var signatures: [Signature] {
        let some = CELType.optional(anything)
        return switch self {
        case .of, .ofNonZeroValue: [Signature([anything], some)]
        case .none: [Signature([], some)]
        case .hasValue: [Signature([some], .bool)]
        case .value: [Signature([some], anything)]
        case .or: [Signature([some, some], some)]
        case .orValue: [Signature([some, anything], anything)]
        }
    }
}

extension Arithmetic {
    /// Kinds never mix, but for moments and durations.
    var signatures: [Signature] {
        let numbers = [CELType.int, .uint, .double].map { Signature([$0, $0], $0) }
        return switch self {
        case .add:
            numbers + [
                Signature([.string, .string], .string), Signature([.bytes, .bytes], .bytes),
                Signature([.list(anything), .list(anything)], .list(anything)),
                Signature([.timestamp, .duration], .timestamp),
                Signature([.duration, .timestamp], .timestamp),
                Signature([.duration, .duration], .duration),
            ]
        case .subtract:
            numbers + [
                Signature([.timestamp, .duration], .timestamp),
                Signature([.timestamp, .timestamp], .duration),
                Signature([.duration, .duration], .duration),
            ]
        case .multiply, .divide: numbers
        case .remainder: [CELType.int, .uint].map { Signature([$0, $0], $0) }
        }
    }
}
