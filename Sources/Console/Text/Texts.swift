import Values

extension Int64 {
    /// `12,804`
    var grouped: String {
        var digits = Array(String(magnitude))
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: index)
            index -= 3
        }
        return (self < 0 ? "-" : "") + String(digits)
    }
}

/// How many a list has: `12,804`, or `10,000+` where counting stopped.
struct Total: Sendable, Hashable {
    let number: Int64
    let isLeast: Bool

    init(_ list: Value) {
        number = list["total"]?.intValue ?? 0
        isLeast = list["totalIsLeast"]?.boolValue ?? false
    }

    /// How many run on a version, or on all of them.
    init(runningOn versions: [Value]) {
        number = versions.reduce(0) { $0 + ($1["running"]?.intValue ?? 0) }
        isLeast = versions.contains { $0["runningIsLeast"]?.boolValue ?? false }
    }

    var text: String { number.grouped + (isLeast ? "+" : "") }
    var words: String { (isLeast ? "more than " : "") + number.grouped }
}

/// How long instances stay in a state.
struct Usual: Sendable, Hashable {
    let median: String
    let p95: String
    let visits: String

    init?(_ value: Value?) {
        guard let median = Self.text(value?["medianSeconds"]),
            let p95 = Self.text(value?["p95Seconds"])
        else { return nil }
        self.median = median
        self.p95 = p95
        visits = counted(value?["visits"]?.intValue ?? 0, "visit", "visits")
    }

    private static func text(_ seconds: Value?) -> String? {
        seconds?.doubleValue.map { Duration.seconds($0).shortText }
    }
}

extension String {
    /// As a sentence begins.
    var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}

/// A noun with its number: `1 cause`, `3 causes`.
func counted(_ number: Int64, _ one: String, _ many: String) -> String {
    "\(number.grouped) \(number == 1 ? one : many)"
}

/// Text in which what stands between back quotes is code: `` `bank.charge` gave up``.
struct Prose: Sendable, Hashable {
    struct Part: Sendable, Hashable {
        let text: String
        let isCode: Bool
    }

    let parts: [Part]

    init(_ text: String) {
        parts = text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { Part(text: String($1), isCode: $0 % 2 == 1) }.filter { !$0.text.isEmpty }
    }
}

/// `workflow/key` with the page that shows it.
struct InstanceLink: Sendable, Hashable {
    let workflow: String
    let key: String
    let path: String
    let name: String

    init(workflow: String, key: String) {
        self.workflow = workflow
        self.key = key
        name = "\(workflow)/\(key)"
        path = "/instances/\(workflow.urlEncoded)/\(key.urlEncoded)"
    }

    /// A workflow's name has no slash; a key may.
    init?(_ name: String?) {
        guard let name, let slash = name.firstIndex(of: "/") else { return nil }
        self.init(
            workflow: String(name[..<slash]), key: String(name[name.index(after: slash)...]))
    }

    /// Where the API has it.
    var resource: String {
        "/v1/workflows/\(workflow.urlEncoded)/instances/\(key.urlEncoded)"
    }
}

/// A mark with its word.
struct HealthMark: Sendable, Hashable {
    /// `paused blocked overdue failing waiting running done`: the class of the mark.
    let mark: String
    let word: String

    init(health: String, status: String, isPaused: Bool = false) {
        switch (isPaused ? "paused" : health, status) {
        case (_, "completed"): (mark, word) = ("done", "Completed")
        case (_, "cancelled"): (mark, word) = ("skipped", "Cancelled")
        case (_, "terminated"): (mark, word) = ("skipped", "Terminated")
        case (_, "failed"): (mark, word) = ("blocked", "Failed")
        case ("paused", _): (mark, word) = ("paused", "Paused")
        case ("blocked", _): (mark, word) = ("blocked", "Blocked")
        case ("overdue", _): (mark, word) = ("overdue", "Overdue")
        case ("failing", _): (mark, word) = ("failing", "Failing")
        case ("waiting", _): (mark, word) = ("waiting", "Waiting")
        default: (mark, word) = ("running", "Running")
        }
    }
}

/// A value of the data, as a page shows it: a line, or one for each member of a list.
struct Fact: Sendable, Hashable {
    let name: String
    /// As a form sends it back.
    let text: String
    let lines: [String]

    init(_ name: String, _ value: Value) {
        self.name = name
        text = Self.text(value)
        switch value {
        case .list(let list) where !list.isEmpty: lines = list.map(Self.line)
        case .map(let map) where map.isEmpty: lines = ["none"]
        case .list, .null: lines = ["none"]
        case .map(let map):
            lines = map.entries.map { "\($0.key.stringValue ?? ""): \(Self.text($0.value))" }
        default: lines = [text]
        }
    }

    /// With so many lines at most, none of them long: what is stored may be a megabyte, and a page must not be.
    func shortened(to count: Int) -> Fact {
        let rest = lines.count - count
        let shown = lines.prefix(rest > 1 ? count : lines.count).map { $0.shortened(to: 300) }
        return Fact(
            name: name.shortened(to: 100), text: text,
            lines: rest > 1 ? shown + ["and \(rest) more"] : shown)
    }

    private init(name: String, text: String, lines: [String]) {
        self.name = name
        self.text = text
        self.lines = lines
    }

    private static func line(_ value: Value) -> String {
        guard case .map(let map) = value else { return text(value) }
        return map.entries.map { "\($0.key.stringValue ?? ""): \(text($0.value))" }
            .joined(separator: ", ")
    }

    private static func text(_ value: Value) -> String {
        value.stringValue ?? String(decoding: JSON.encode(value), as: UTF8.self)
    }

    /// The members of a map, in order.
    static func list(_ value: Value?) -> [Fact] {
        (value?.mapValue?.entries ?? []).map { entry in
            Fact(entry.key.stringValue ?? "", entry.value)
        }
    }

    /// The same, as long as a page has room for it: so many members and so many lines of each.
    static func list(_ value: Value?, atMost count: Int) -> [Fact] {
        let facts = list(value)
        let shown = facts.prefix(count).map { $0.shortened(to: count) }
        guard facts.count > count else { return shown }
        return shown + [Fact("and \(facts.count - count) more", .string("`pawl get` shows them"))]
    }
}
