import CEL
import Statechart
import Values

/// Reads nodes as plain values and collects what is wrong with them. Every reading function gives
/// nil only after it has reported an error.
struct Reader {
    let source: SourceText
    let file: String
    /// It was taken once: of its types nothing is asked that was not asked then.
    let isStored: Bool
    private(set) var diagnostics: [Diagnostic]
    /// Where the maps begin whose order means nothing.
    private(set) var unordered: Set<SourceLocation> = []
    /// All expressions that name what is there, in the order in which they were read.
    private(set) var checked: [Checked] = []

    struct Checked {
        let expression: Expression
        let node: YAMLNode
        /// Where it begins in the node's text, in bytes.
        let offset: Int
        let scope: Scope
    }

    /// More would bury the first.
    static let maximumDiagnostics = 200
    /// Of a message, in code points: it may quote the text.
    private static let maximumMessage = 500

    init(
        source: SourceText, file: String, diagnostics: [Diagnostic] = [], isStored: Bool = false
    ) {
        self.source = source
        self.file = file
        self.diagnostics = diagnostics
        self.isStored = isStored
    }

    mutating func note(_ expression: Checked) { checked.append(expression) }

    mutating func ignoreOrder(of map: YAMLNode?) {
        if let map, map.isMap { unordered.insert(map.location) }
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    mutating func error(_ code: Diagnostic.Code, _ message: String, at node: YAMLNode) {
        report(.error, code, message, node.location, node.length)
    }

    mutating func warning(_ code: Diagnostic.Code, _ message: String, at node: YAMLNode) {
        report(.warning, code, message, node.location, node.length)
    }

    mutating func report(
        _ severity: Diagnostic.Severity, _ code: Diagnostic.Code, _ message: String,
        _ location: SourceLocation, _ length: Int = 1
    ) {
        // Of each kind: many warnings must not hide an error.
        guard diagnostics.count(where: { $0.severity == severity }) < Self.maximumDiagnostics
        else { return }
        let diagnostic = Diagnostic(
            severity: severity, code: code, message: message.shortened(to: Self.maximumMessage),
            file: file, location: location, length: length)
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    /// An error at a part of a scalar; offset and length in UTF-8 bytes of its text.
    mutating func error(
        _ code: Diagnostic.Code, _ message: String, at node: YAMLNode, offset: Int, length: Int
    ) {
        report(.error, code, message, at: node, offset: offset, length: length)
    }

    mutating func warning(
        _ code: Diagnostic.Code, _ message: String, at node: YAMLNode, offset: Int, length: Int
    ) {
        report(.warning, code, message, at: node, offset: offset, length: length)
    }

    mutating func report(
        _ severity: Diagnostic.Severity, _ code: Diagnostic.Code, _ message: String,
        at node: YAMLNode, offset: Int, length: Int
    ) {
        guard let place = source.location(ofOffset: offset, in: node) else {
            return report(severity, code, message, node.location, node.length)
        }
        let part = node.text.utf8.dropFirst(max(0, offset)).prefix(max(0, length))
        let width = String(decoding: part, as: UTF8.self).unicodeScalars.count
        report(severity, code, message, place, width)
    }

    /// `; did you mean 'x'?`, else the known names while they are few.
    static func hint(_ name: String, _ known: [String]) -> String {
        if let near = nearestName(to: name, among: known) { return "; did you mean '\(near)'?" }
        guard !known.isEmpty, known.count <= 12 else { return "" }
        return "; known: \(known.joined(separator: ", "))"
    }
}

/// The entries of a map whose words were checked.
struct Fields {
    let node: YAMLNode
    let entries: [YAMLNode.Entry]

    subscript(_ word: String) -> YAMLNode? { entries.first { $0.name == word }?.value }

    func key(_ word: String) -> YAMLNode? { entries.first { $0.name == word }?.key }

    func has(_ word: String) -> Bool { self[word] != nil }
}

extension Reader {
    /// - Parameters:
    ///   - what: what the map is, for messages: "a transition".
    ///   - unsupported: words of the language that this version refuses.
    ///   - isOrdered: whether another order of the words says something else.
    mutating func fields(
        _ node: YAMLNode, of what: String, words: [String], unsupported: [String] = [],
        isOrdered: Bool = false
    ) -> Fields {
        if !isOrdered { ignoreOrder(of: node) }
        guard let entries = entries(node, of: what) else { return Fields(node: node, entries: []) }
        var kept: [YAMLNode.Entry] = []
        for entry in entries {
            if words.contains(entry.name) {
                kept.append(entry)
            } else if unsupported.contains(entry.name) {
                error(
                    .unsupported, "'\(entry.name)' is not supported in this version", at: entry.key)
            } else {
                let hint = Self.hint(entry.name, words + unsupported)
                error(.unknownWord, "\(what) has no '\(entry.name)'\(hint)", at: entry.key)
            }
        }
        return Fields(node: node, entries: kept)
    }

    /// The entries of a map with names of the author's choice.
    mutating func entries(_ node: YAMLNode, of what: String) -> [YAMLNode.Entry]? {
        if case .map(let entries) = node.kind { return entries }
        error(.wrongKind, "\(what) is a map, not \(node.kindName)", at: node)
        return nil
    }

    /// The word's value; reports it missing.
    mutating func required(_ word: String, in fields: Fields, of what: String) -> YAMLNode? {
        if let node = fields[word] { return node }
        if fields.node.isMap {
            error(.missingWord, "\(what) needs '\(word)'", at: fields.node)
        }
        return nil
    }

    mutating func string(_ node: YAMLNode?, _ what: String) -> String? {
        guard let node else { return nil }
        if let text = node.stringValue { return text }
        let advice = node.style == .plain && !node.isNull ? "; quote it" : ""
        error(.wrongKind, "\(what) is a text, not \(node.kindName)\(advice)", at: node)
        return nil
    }

    mutating func strings(_ node: YAMLNode?, _ what: String) -> [String] {
        guard let node else { return [] }
        return node.oneOrMany.compactMap { string($0, what) }
    }

    mutating func integer(_ node: YAMLNode?, _ what: String, minimum: Int) -> Int? {
        guard let node else { return nil }
        guard case .int(let number) = node.kind, let value = Int(exactly: number), value >= minimum
        else {
            error(
                .invalidValue, "\(what) is an integer of at least \(minimum), not \(node.found)",
                at: node)
            return nil
        }
        return value
    }

    mutating func number(_ node: YAMLNode?, _ what: String, in range: ClosedRange<Double>)
        -> Double?
    {
        guard let node else { return nil }
        let value: Double? =
            switch node.kind {
            case .int(let number): Double(number)
            case .double(let number): number
            case .null, .bool, .string, .list, .map: nil
            }
        if let value, range.contains(value) { return value }
        error(
            .invalidValue,
            "\(what) is a number from \(range.lowerBound) to \(range.upperBound), not \(node.found)",
            at: node)
        return nil
    }

    mutating func flag(_ node: YAMLNode?, _ what: String) -> Bool? {
        guard let node else { return nil }
        if case .bool(let value) = node.kind { return value }
        error(.wrongKind, "\(what) is true or false, not '\(node.text)'", at: node)
        return nil
    }

    /// One of a closed set of words.
    mutating func choice<T: RawRepresentable>(
        _ node: YAMLNode?, _ what: String, of choices: [T]
    ) -> T? where T.RawValue == String {
        guard let node else { return nil }
        if let match = choices.first(where: { $0.rawValue == node.text }) { return match }
        let known = choices.map(\.rawValue)
        let near = suggestion(for: node.text, among: known)
        error(
            .invalidValue,
            "\(what) is one of \(known.joined(separator: ", ")), not \(node.found)\(near)", at: node
        )
        return nil
    }

    /// A length of time that is written down; zero and more.
    mutating func duration(_ node: YAMLNode?, _ what: String) -> Duration? {
        guard let node else { return nil }
        if let duration = Duration(parsing: node.text), duration >= .zero { return duration }
        error(
            .invalidDuration,
            "\(what) is a duration like 90s, 15m, 2h, 7d or PT15M, not '\(node.text)'", at: node)
        return nil
    }

    mutating func timestamp(_ node: YAMLNode?, _ what: String) -> Timestamp? {
        guard let node else { return nil }
        if let moment = Timestamp(rfc3339: node.text) { return moment }
        error(
            .invalidTimestamp,
            "\(what) is a moment like 2026-01-05T09:00:00Z, not '\(node.text)'", at: node)
        return nil
    }
}
