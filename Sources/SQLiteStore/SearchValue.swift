import Values

/// The value of a search attribute as a column holds it. SQLite orders numbers (whichever kind)
/// before text before blobs, so that each kind is one range of the index; booleans are blobs of one
/// byte.
enum SearchValue {
    case integer(Int64)
    case real(Double)
    case text(String)
    case flag(Bool)

    /// nil for null, lists and maps, which no comparison finds.
    init?(_ value: Value) {
        switch value.plain {
        case .int(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .bool(let flag): self = .flag(flag)
        default: return nil
        }
    }

    /// Keeps a comparison within its own kind.
    /// - Parameter column: as the statement names it.
    func sameKind(as column: String) -> String {
        switch self {
        case .integer, .real: "\(column) < ''"
        case .text: "\(column) >= '' AND \(column) < x''"
        case .flag: "\(column) >= x''"
        }
    }
}

extension Statement {
    func bind(_ value: SearchValue) {
        switch value {
        case .integer(let number): bind(number)
        case .real(let number): bind(number)
        case .text(let text): bind(text)
        case .flag(let flag): bind(blob: [flag ? 1 : 0])
        }
    }
}
