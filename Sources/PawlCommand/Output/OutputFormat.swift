import Access
import ArgumentParser
import Values

/// How data is printed.
enum OutputFormat: String, Sendable, Hashable, CaseIterable, ExpressibleByArgument {
    case table
    case json
    case jsonl
    case yaml
    case csv
    case name

    /// Read by programs, which get every character as it is.
    var isExact: Bool { self == .json || self == .jsonl }
    /// Read by programs, unless a terminal shows it.
    var isForPipes: Bool { self == .csv || self == .name }
}

extension Value {
    /// Of a string, on one line that a terminal shows and does not obey.
    var shown: String? { stringValue?.printable }
    var shownJSON: String { JSON.string(self).printable }
}

extension OutputFormat {
    /// One resource. `card` draws it for people.
    func text(_ value: Value, card: (Value) -> String) -> String {
        switch self {
        case .table: card(value)
        case .json: JSON.pretty(value)
        case .jsonl: JSON.string(value)
        case .yaml: YAMLText.document(value)
        case .csv: CSVText.table([value])
        case .name: value["name"]?.stringValue ?? value["instance"]?.stringValue ?? ""
        }
    }

    /// A list of resources, and whether there are more.
    func text(_ listing: Listing, table: ([Value]) -> String) -> String {
        switch self {
        case .json: JSON.pretty(listing.document)
        case .yaml: YAMLText.document(listing.document)
        default: text(listing.rows, table: table)
        }
    }

    /// A list of resources.
    func text(_ values: [Value], table: ([Value]) -> String) -> String {
        switch self {
        case .table: values.isEmpty ? "" : table(values)
        case .json: JSON.pretty(.list(values))
        case .jsonl: values.map { JSON.string($0) + "\n" }.joined()
        case .yaml: YAMLText.document(.list(values))
        case .csv: CSVText.table(values)
        case .name:
            values.map { ($0["name"] ?? $0["instance"])?.stringValue ?? "" }
                .map { $0 + "\n" }.joined()
        }
    }
}

/// YAML that any reader takes for the same data: plain strings only where nothing could be mistaken.
enum YAMLText {
    static func document(_ value: Value) -> String { lines(value).joined(separator: "\n") + "\n" }

    private static func lines(_ value: Value) -> [String] {
        switch value.plain {
        case .map(let map) where !map.isEmpty:
            return map.entries.flatMap { key, value in
                member(scalar(.string(key.stringValue ?? "")) + ":", value)
            }
        case .list(let list) where !list.isEmpty:
            return list.flatMap { element in
                let inner = lines(element)
                return inner.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
            }
        case .map: return ["{}"]
        case .list: return ["[]"]
        default: return [scalar(value)]
        }
    }

    private static func member(_ key: String, _ value: Value) -> [String] {
        switch value.plain {
        case .map(let map) where !map.isEmpty: [key] + lines(value).map { "  " + $0 }
        case .list(let list) where !list.isEmpty: [key] + lines(value).map { "  " + $0 }
        default: ["\(key) \(lines(value).first ?? "null")"]
        }
    }

    private static func scalar(_ value: Value) -> String {
        guard case .string(let text) = value else { return value.shownJSON }
        return isPlain(text) ? text : value.shownJSON
    }

    private static let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isASCIILetter, !words.contains(text.lowercased())
        else { return false }
        return text.utf8.allSatisfy {
            $0.isASCIILetter || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E
                || $0 == 0x2F
        }
    }
}

extension UInt8 {
    fileprivate var isASCIILetter: Bool {
        (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}

/// RFC 4180, with one column for each member that some row has; nested data as JSON.
enum CSVText {
    static func table(_ rows: [Value]) -> String {
        var names: [String] = []
        for name in rows.flatMap({ $0.mapValue?.keys.compactMap(\.stringValue) ?? [] })
        where !names.contains(name) {
            names.append(name)
        }
        return text([names] + rows.map { row in names.map { cell(row[$0]) } }, lineEnd: "\r\n")
    }

    /// Rows of texts, each with the line end behind it.
    static func text(_ rows: [[String]], lineEnd: String) -> String {
        rows.map { $0.map(field).joined(separator: ",") + lineEnd }.joined()
    }

    private static func cell(_ value: Value?) -> String {
        switch value?.plain {
        case nil, .null: ""
        case .string(let text): text
        case .list(let list) where list.allSatisfy({ $0.stringValue != nil }):
            list.compactMap(\.stringValue).joined(separator: " ")
        case .some(let value): JSON.string(value)
        }
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\""
            + text.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}
