import Foundation
import Testing
import Values

@testable import PawlCommand

/// The table of mistakes: what the goldens of all findings hold, as a page that people read.
@Suite struct MistakesTests {
    /// A finding as it stands in a golden.
    private struct Mistake: Hashable {
        let kind: String
        let severity: String
        let code: String
        let message: String
        /// What is marked in the source; empty where that is no word.
        let written: String
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Which goldens tell of what, as the page has them.
    private static let kinds = [
        (folder: "workflow", title: "In a workflow"),
        (folder: "catalog", title: "Between the files of a project"),
        (folder: "adapter", title: "In an adapter"),
        (folder: "calendar", title: "In a calendar"),
        (folder: "scenario", title: "In a scenario"),
        (folder: "exchange", title: "In a recorded exchange"),
    ]

    // MARK: Recorded exchanges

    private static let adapter = """
        adapter: bank
        transport: http
        url: {env: BANK_URL}
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          charge:
            request: {method: POST, path: /charges, body: {amount: '${input.amount}'}}
            input: {type: object, properties: {amount: {type: integer}}}
            output: {id: '${response.body.id}'}
            outputSchema: {type: object, properties: {id: {type: string}}}
            errors: [{status: 402, name: declined, retry: never}]
            kind: pivot

        """

    private static let exchange = """
        ### The money is taken
        # operation: charge
        # key: k-1
        # input: {"amount": 3}
        # expect: succeeded {"id": "c-1"}

        POST /charges HTTP/1.1
        Idempotency-Key: k-1

        {"amount": 3}

        HTTP/1.1 201 Created
        Content-Type: application/json

        {"id": "c-1"}

        """

    /// Each made of the right one by one change.
    private static let wrongExchanges: [(name: String, from: String, to: String)] = [
        ("no-operation", "# operation: charge\n", ""),
        ("no-input", "{\"amount\": 3}\n# expect", "{amount: 3}\n# expect"),
        ("no-answer", "HTTP/1.1 201 Created", "201 Created"),
        ("unknown-operation", "operation: charge", "operation: chrge"),
        ("another-line", "POST /charges", "POST /charge"),
        ("another-key", "Idempotency-Key: k-1", "Idempotency-Key: k-2"),
        ("another-body", "\n{\"amount\": 3}\n", "\n{\"amount\": 4}\n"),
        ("another-outcome", "201 Created", "402 Payment Required"),
    ]

    private static func exchangeFindings() async throws -> String {
        var text = ""
        try await withFolder { folder in
            try write(adapter, folder + "/adapters/bank/adapter.yaml")
            for (name, from, to) in [(name: "right", from: "", to: "")] + wrongExchanges {
                let file = folder + "/adapters/bank/exchanges/\(name).http"
                try write(name == "right" ? exchange : exchange.replacing(from, with: to), file)
            }
            var report = FindingsReport()
            for project in try CheckedProject.all(at: [folder]) {
                report.add(try Findings(project, zone: nil, now: Timestamp(seconds: 0)))
            }
            text = report.text(.text).replacing(folder + "/adapters/bank/exchanges/", with: "")
        }
        return text + "\n"
    }

    @Test func exchangesSayWhatIsWrongAndWhere() async throws {
        let found = try await Self.exchangeFindings()
        #expect(!found.contains("right.http"))
        for wrong in Self.wrongExchanges { #expect(found.contains("\(wrong.name).http:")) }
        try Self.expect(found, "Tests/PawlTests/Goldens/exchanges.txt")
    }

    // MARK: The table

    private static func mistakes() throws -> [Mistake] {
        let folder = root.appending(path: "Tests/WorkflowLanguageTests/Fixtures/diagnostics")
        var found: [Mistake] = []
        for (kind, _) in kinds {
            if kind == "exchange" {
                let golden = root.appending(path: "Tests/PawlTests/Goldens/exchanges.txt")
                found += mistakes(try String(contentsOf: golden, encoding: .utf8), kind)
                continue
            }
            let path = folder.appending(path: kind).path
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            where name.hasSuffix(".txt") {
                let text = try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
                found += mistakes(text, kind)
            }
        }
        return found
    }

    private static func mistakes(_ golden: String, _ kind: String) -> [Mistake] {
        let lines = golden.components(separatedBy: "\n")
        return lines.indices.compactMap { index in
            let head = #/^([^ ]+):\d+:\d+: (error|warning|note): (.*) \[([a-z-]+)\]$/#
            guard let match = try? head.wholeMatch(in: lines[index]) else { return nil }
            let isScenario = match.1.hasSuffix("scenario.yaml")
            return Mistake(
                kind: isScenario ? "scenario" : kind, severity: String(match.2),
                code: String(match.4), message: String(match.3),
                written: written(lines.dropFirst(index + 1).prefix(2)))
        }
    }

    /// What the marks stand under.
    private static func written(_ lines: ArraySlice<String>) -> String {
        guard let line = lines.first, let marks = lines.last, lines.count == 2,
            let start = marks.unicodeScalars.firstIndex(of: "^")
        else { return "" }
        let before = marks.unicodeScalars.distance(
            from: marks.unicodeScalars.startIndex, to: start)
        let scalars = Array(line.unicodeScalars).dropFirst(before)
        let length = marks.unicodeScalars.count - before
        let text = String(String.UnicodeScalarView(scalars.prefix(length)))
        return length > 1 ? text : ""
    }

    @Test func thereAreAtLeastEightyOfAllKinds() throws {
        let mistakes = try Self.mistakes()
        var distinct = Set<[ExactText]>()
        for mistake in mistakes {
            distinct.insert([ExactText(mistake.code), ExactText(mistake.message)])
        }
        #expect(distinct.count >= 80, "\(distinct.count)")
        for (kind, title) in Self.kinds {
            #expect(mistakes.contains { $0.kind == kind }, "\(title)")
        }
        // Whoever reads it learns what was expected, or what to do.
        for mistake in mistakes { #expect(mistake.message.count > 12, "\(mistake)") }
    }

    @Test func thePageHasEachOfThem() throws {
        let mistakes = try Self.mistakes()
        var page = """
            # Mistakes, and what is said of them

            What `pawl check` says of each mistake that its tests make, with the code under which `pawl explain` tells more. The place is that of
            the words in the first column. This page is made from those tests.

            """
        for (kind, title) in Self.kinds {
            page += "\n## \(title)\n\n| written | code | said |\n| --- | --- | --- |\n"
            var seen = Set<[ExactText]>()
            for mistake in mistakes where mistake.kind == kind {
                let key = [ExactText(mistake.code), ExactText(mistake.message)]
                guard seen.insert(key).inserted else { continue }
                let written = mistake.written.isEmpty ? "" : Self.code(mistake.written)
                let severity = mistake.severity == "error" ? "" : " (\(mistake.severity))"
                page +=
                    "| \(written) | `\(mistake.code)`\(severity) | \(Self.cell(mistake.message)) |\n"
            }
        }
        try Self.expect(page, "docs/reference/mistakes.md")
    }

    private static func cell(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
            .replacing("<", with: "&lt;").replacing("*", with: "\\*").replacing("`", with: "\\`")
            .replacing("_", with: "\\_")
    }

    private static func code(_ text: String) -> String {
        let mark = text.contains("`") ? "``" : "`"
        return mark + text.replacing("|", with: "\\|") + mark
    }

    /// `REWRITE=1` writes what came out; read the difference before it is committed.
    private static func expect(_ actual: String, _ path: String) throws {
        let file = root.appending(path: path)
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try actual.write(to: file, atomically: true, encoding: .utf8)
        }
        let wanted = (try? String(contentsOf: file, encoding: .utf8)) ?? "(no file)"
        #expect(actual == wanted, "\(path); REWRITE=1 rewrites it")
    }
}
