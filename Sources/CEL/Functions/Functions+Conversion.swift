import Values

/// The conversions of the standard, named as their types; `escapeHtml`: any value as text that is safe between tags and in
/// quoted attributes; and `unescaped`, which says of a text that it is markup already.
enum ConversionFunction: String, Sendable, CaseIterable {
    case int, uint, double, string, bytes, bool, type, dyn, timestamp, duration, escapeHtml,
        unescaped

    func apply(_ value: Value) throws(EvaluationError) -> Value {
        let result: Value? =
            switch self {
            case .int: try toInt(value)
            case .uint: try toUint(value)
            case .double: try toDouble(value)
            case .string: try toString(value)
            case .bytes: toBytes(value)
            case .bool: try toBool(value)
            case .type: .type(value.typeName)
            case .dyn: value
            case .timestamp: try toTimestamp(value)
            case .duration: try toDuration(value)
            case .escapeHtml: .string(value.interpolated.escapedHTML)
            case .unescaped: value.stringValue.map { .string($0) }
            }
        guard let result else { throw EvaluationError.noOverload(rawValue, value) }
        return result
    }

    private func outOfRange(_ value: Value) -> EvaluationError {
        EvaluationError(.overflow, "\(JSON.string(value)) is beyond the range of \(rawValue)")
    }

    private func unreadable(_ text: String) -> EvaluationError {
        EvaluationError(.invalidArgument, "\(JSON.string(.string(text))) is no \(rawValue)")
    }

    private func required<T>(
        _ value: T?, or failure: @autoclosure () -> EvaluationError
    ) throws(EvaluationError) -> T {
        guard let value else { throw failure() }
        return value
    }

    /// Doubles are cut towards zero; both ends of the range are excluded, as doubles there are not
    /// exact.
    private func toInt(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .int: return value
        case .uint(let number):
            return .int(try required(Int64(exactly: number), or: outOfRange(value)))
        case .double(let number):
            guard number > -0x1p63, number < 0x1p63 else { throw outOfRange(value) }
            return .int(Int64(number))
        case .string(let text): return .int(try required(Int64(text), or: unreadable(text)))
        case .timestamp(let instant): return .int(instant.seconds)
        default: return nil
        }
    }

    private func toUint(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .uint: return value
        case .int(let number):
            return .uint(try required(UInt64(exactly: number), or: outOfRange(value)))
        case .double(let number):
            guard number >= 0, number < 0x1p64 else { throw outOfRange(value) }
            return .uint(UInt64(number))
        case .string(let text): return .uint(try required(UInt64(text), or: unreadable(text)))
        default: return nil
        }
    }

    private func toDouble(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .string(let text): .double(try required(Double(text), or: unreadable(text)))
        default: value.doubleValue.map(Value.double)
        }
    }

    private func toString(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw EvaluationError(.invalidArgument, "the bytes are not valid UTF-8")
            }
            return .string(text)
        default: return value.celText.map(Value.string)
        }
    }

    private func toBytes(_ value: Value) -> Value? {
        switch value {
        case .string(let text): .bytes(Array(text.utf8))
        case .bytes: value
        default: nil
        }
    }

    private func toBool(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .bool: return value
        case .string(let text):
            switch text {
            case "1", "t", "true", "TRUE", "True": return .bool(true)
            case "0", "f", "false", "FALSE", "False": return .bool(false)
            default: throw unreadable(text)
            }
        default: return nil
        }
    }

    private func toTimestamp(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .timestamp: return value
        case .int(let seconds):
            return .timestamp(
                try required(Timestamp(checkedSeconds: seconds, 0), or: outOfRange(value)))
        case .string(let text):
            return .timestamp(try required(Timestamp(rfc3339: text), or: unreadable(text)))
        default: return nil
        }
    }

    private func toDuration(_ value: Value) throws(EvaluationError) -> Value? {
        switch value {
        case .duration: return value
        case .string(let text):
            return .duration(try required(Duration(parsing: text), or: unreadable(text)))
        default: return nil
        }
    }
}

extension Value {
    /// What `string()` makes of a scalar; nil for kinds that have no such text.
    var celText: String? {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .double(let number): number.celText
        case .bool(let flag): flag ? "true" : "false"
        case .timestamp(let instant): instant.rfc3339
        case .duration(let span): span.celString
        case .null, .bytes, .list, .map, .type, .optional: nil
        }
    }
}

extension Double {
    /// The shortest text that reads back as this number, without `.0`.
    var celText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        let text = description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension String {
    fileprivate var escapedHTML: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
