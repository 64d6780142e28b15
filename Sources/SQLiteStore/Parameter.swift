import Execution

/// A value of a query, where queries are put together from parts.
enum Parameter {
    case integer(Int64)
    case text(String)
    /// Text that need not be UTF-8: the end of a range.
    case bytes([UInt8])
    case value(SearchValue)
    case blob([UInt8])

    /// A number of rows; a negative one asks for none (to SQLite it would be no limit).
    static func count(_ count: Int) -> Parameter { .integer(Int64(max(count, 0))) }
}

extension Statement {
    func bind(_ parameters: [Parameter]) {
        for parameter in parameters {
            switch parameter {
            case .integer(let number): bind(number)
            case .text(let text): bind(text)
            case .bytes(let bytes): bind(text: bytes)
            case .value(let value): bind(value)
            case .blob(let bytes): bind(blob: bytes)
            }
        }
    }
}

extension InstanceName {
    var parameters: [Parameter] { [.text(workflow), .text(key)] }
}

extension CallID {
    var parameters: [Parameter] {
        [.integer(instance.rawValue), .integer(activation), .integer(dispatch)]
    }
}

extension MessageID {
    var parameters: [Parameter] { [.integer(source.rawValue), .integer(number)] }
}
