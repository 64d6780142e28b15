import Definition
import Execution
import Values

/// The terms of a list of the audit: `actor:operator/olga deed:task.decide target:loan since:2026-11-01`; all must hold.
package struct AuditFilter: Sendable {
    package enum Term: Sendable, Hashable {
        /// `role/subject`, or the subject, or the role.
        case actor(ExactText)
        case principal(ExactText)
        /// A deed, or the first word of several: `task`.
        case deed(ExactText)
        /// `loan/7`, a workflow, an adapter, a kind of thing.
        case target(ExactText)
        case request(ExactText)
        case since(Timestamp)
        case until(Timestamp)
    }

    package private(set) var terms: [Term] = []

    package static let names = [
        "actor", "principal", "deed", "target", "request", "since", "until",
    ]
    private static let maximumTerms = 16

    package init() {}

    package init(parsing text: String, now: Timestamp) throws(Problem) {
        for word in try FilterWord.words(of: text) {
            guard terms.count < Self.maximumTerms else {
                throw Problem(
                    .invalid, "the filter has more than \(Self.maximumTerms) terms",
                    fix: "leave some out; all that are left must hold")
            }
            guard let (name, value) = word.text.cut(at: ":"), !value.isEmpty else {
                throw Self.unknown(word.text)
            }
            terms.append(try Self.term(name, value, now))
        }
    }

    private static func term(
        _ name: String, _ value: String, _ now: Timestamp
    ) throws(Problem) -> Term {
        switch name {
        case "actor": return .actor(ExactText(value))
        case "principal": return .principal(ExactText(value))
        case "target": return .target(ExactText(value))
        case "request": return .request(ExactText(value))
        case "since": return .since(try moment(value, now))
        case "until": return .until(try moment(value, now))
        case "deed":
            let known = AuditDeed.allCases.map(\.rawValue)
            guard known.contains(where: { $0 == value || $0.hasPrefix(value + ".") }) else {
                throw Problem(
                    .invalid, "there is no deed \(value.shortened(to: 100))",
                    fix: nearestName(to: value, among: known).map { "did you mean \($0)?" }
                        ?? "known: \(known.joined(separator: ", "))")
            }
            return .deed(ExactText(value))
        default: throw unknown(name)
        }
    }

    /// A moment, a day, or how long ago: `7d`.
    private static func moment(_ text: String, _ now: Timestamp) throws(Problem) -> Timestamp {
        if let span = Duration(parsing: text), span > .zero { return now - span }
        if let moment = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") {
            return moment
        }
        throw Problem(
            .invalid, "\(text.shortened(to: 100)) is no moment",
            fix: "write it like 2026-11-01, 2026-11-01T09:00:00Z or 7d")
    }

    private static func unknown(_ name: String) -> Problem {
        Problem(
            .invalid, "the filter has no word `\(name.shortened(to: 100))`",
            fix: "known: \(names.map { $0 + ":" }.joined(separator: ", "))")
    }

    package func matches(_ reading: AuditReading) -> Bool {
        terms.allSatisfy { term in
            switch term {
            case .actor(let text):
                [reading.actor, reading.role, reading.row[.subject].words ?? ""]
                    .contains(exactly: text.text)
            case .principal(let text):
                [reading.row[.principal].words ?? "", reading.proof ?? ""]
                    .contains(exactly: text.text)
            case .deed(let text):
                sameUTF8(reading.deed, text.text) || reading.deed.hasPrefix(text.text + ".")
            case .target(let text):
                [
                    reading.target ?? "", reading.kind ?? "", reading.place ?? "",
                    reading.row[.key].words ?? "",
                ].contains(exactly: text.text)
            case .request(let text): sameUTF8(reading.request, text.text)
            case .since(let moment): reading.row.at >= moment
            case .until(let moment): reading.row.at < moment
            }
        }
    }

    /// Nothing older can match.
    func isBefore(_ row: AuditRow) -> Bool {
        terms.contains { if case .since(let moment) = $0 { row.at < moment } else { false } }
    }
}

extension Inspector {
    /// Rows looked at for one answer: whoever filters is told how far it came, and goes on from there.
    private static let looked = 20_000
    private static let page = 1_000

    package struct AuditPage: Sendable {
        /// The newest first.
        package internal(set) var rows: [AuditReading] = []
        /// Below which it goes on; nil: there is no more.
        package internal(set) var next: Int64?
        /// Of the whole chain.
        package internal(set) var last: Int64 = 0
    }

    package func audit(
        _ filter: AuditFilter, before sequence: Int64?, count: Int
    ) throws(Problem) -> AuditPage {
        var page = AuditPage()
        do throws(StoreError) {
            page.last = try store.audit(before: nil, count: 1).first?.sequence ?? 0
            var before = sequence
            var looked = 0
            while true {
                let rows = try store.audit(before: before, count: Self.page)
                for row in rows {
                    if filter.isBefore(row) { return page }
                    guard page.rows.count < count else {
                        page.next = row.sequence + 1
                        return page
                    }
                    let reading = AuditReading(row)
                    if filter.matches(reading) { page.rows.append(reading) }
                }
                guard rows.count == Self.page, let last = rows.last else { return page }
                before = last.sequence
                looked += rows.count
                if looked >= Self.looked {
                    page.next = last.sequence
                    return page
                }
            }
        } catch {
            throw .store(error)
        }
    }

    /// In order of their places, for whoever walks the chain.
    package func audit(after sequence: Int64, count: Int) throws(Problem) -> [AuditReading] {
        do throws(StoreError) {
            return try store.audit(after: sequence, count: count).map { AuditReading($0) }
        } catch {
            throw .store(error)
        }
    }
}
