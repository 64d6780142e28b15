import Definition
import Execution
import Foundation
import Testing
import Values
import WorkflowLanguage

@testable import PawlCommand

/// Every code that somebody can meet is explained, once, in the program and in the reference.
@Suite struct Explanations {
    private static func codes(_ subject: CodeExplanation.Subject) -> [String] {
        CodeExplanation.all.filter { $0.subject == subject }.map(\.code)
    }

    @Test func everyCodeIsExplainedOnce() {
        for subject in CodeExplanation.Subject.allCases {
            let codes = Self.codes(subject)
            #expect(!codes.isEmpty && Set(codes).count == codes.count, "\(subject)")
        }
        for explanation in CodeExplanation.all {
            for text in [
                explanation.meaning, explanation.when, explanation.advice, explanation.example,
            ] {
                #expect(!text.isEmpty, "\(explanation.code)")
            }
        }
        // That those of enumerations are all there, the compiler sees.
        #expect(Set(Self.codes(.diagnostic)) == Set(Diagnostic.Code.allCases.map(\.rawValue)))
        #expect(Set(Self.codes(.blocker)) == Set(Blocker.Kind.allCases.map(\.rawValue)))
    }

    /// Codes that stand in the sources as texts.
    @Test func whatTheSourcesSayIsExplained() throws {
        let known = Set(CodeExplanation.all.map(\.code))
        var found = Set<String>()
        for target in ["Server", "Execution", "Engine"] {
            for text in try Self.sources(of: target) {
                found.formUnion(text.matches(of: #/\bcode: "([a-z-]+)"/#).map { String($0.1) })
            }
        }
        #expect(found.count > 10)
        #expect(found.subtracting(known).isEmpty)
        var named = Set<String>()
        for target in ["Execution", "Engine", "Adapters"] {
            for text in try Self.sources(of: target) {
                named.formUnion(
                    text.matches(of: #/CallError\(\s*name: "([a-z-]+)"/#).map { String($0.1) })
            }
        }
        #expect(named.count > 10)
        #expect(named.subtracting(Self.codes(.error)).isEmpty)
    }

    /// `Failure(status: 7` and what problems come to.
    @Test func everyExitStatusIsExplained() throws {
        var statuses = Set(Problem.Code.allCases.map { String($0.exitStatus) })
        for text in try Self.sources(of: "PawlCommand") {
            statuses.formUnion(
                text.matches(of: #/(?:status: |ExitCode\()(\d+)\b/#).map { String($0.1) }
                    .filter { $0.count < 3 })
        }
        #expect(statuses.subtracting(Self.codes(.exit)).isEmpty)
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func sources(of target: String) throws -> [String] {
        let folder = root.appending(path: "Sources/\(target)")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return try paths.filter { $0.hasSuffix(".swift") }.map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }
    }

    // MARK: The reference

    private static func table(
        _ subject: CodeExplanation.Subject, _ header: [String] = ["code", "means", "when", "do"]
    ) -> String {
        let rows = CodeExplanation.all.filter { $0.subject == subject }.map { explanation in
            let status =
                subject == .problem
                ? Problem.Code(rawValue: explanation.code).map { " (exits \($0.exitStatus))" } ?? ""
                : ""
            let cells = [
                "`\(explanation.code)`\(status)", explanation.meaning, explanation.when,
                explanation.advice,
            ]
            return header.count == 3 ? [cells[0], cells[1], cells[3]] : cells
        }
        return ([header, header.map { _ in "---" }] + rows).map { cells in
            "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
        }.joined()
    }

    @Test func theReferenceSaysTheSame() throws {
        try Self.expect(
            "errors.md",
            [
                ("problems", Self.table(.problem)), ("receipts", Self.table(.receipt)),
                ("incidents", Self.table(.incident)), ("errors", Self.table(.error)),
                ("findings", Self.table(.diagnostic)), ("exits", Self.table(.exit)),
            ])
        try Self.expect(
            "blockers.md",
            [("blockers", Self.table(.blocker, ["kind", "what it means", "what moves it"]))])
    }

    /// What stands between `<!-- made: NAME -->` and `<!-- end -->`; REWRITE=1 writes it.
    private static func expect(_ page: String, _ parts: [(name: String, text: String)]) throws {
        let file = root.appending(path: "docs/reference/\(page)")
        let text = try String(contentsOf: file, encoding: .utf8)
        var made = text
        for part in parts {
            let begin = "<!-- made: \(part.name) -->\n"
            let start = try #require(made.range(of: begin), "\(page) lacks \(begin)").upperBound
            let end = try #require(
                made.range(of: "<!-- end -->", range: start..<made.endIndex)
            ).lowerBound
            made.replaceSubrange(start..<end, with: part.text)
        }
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try made.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(made == text, "\(page) is made from code; REWRITE=1 rewrites it")
        }
    }

    // MARK: The command

    @Test func aCodeOfSeveralThingsIsExplainedAsEach() throws {
        let found = try CodeExplanation.of("suspended")
        #expect(found.map(\.subject) == [.blocker, .incident])
        let text = try #require(found.first).text(width: 60, style: .plain)
        #expect(text.hasPrefix("suspended  blocker\n  means  "))
        #expect(text.contains("\n  see    docs/reference/blockers.md\n"))
        #expect(
            text.components(separatedBy: "\n").prefix(4).allSatisfy { $0.count <= 60 }, "\(text)")
        #expect(try CodeExplanation.of("Suspended") == found)
    }

    @Test(arguments: [
        ("stuck-stat", "did you mean `pawl explain stuck-state`?"),
        ("Call.Exhauste", "did you mean `pawl explain call.exhausted`?"),
        ("stuck", "did you mean `pawl explain stuck-state`?"),
        ("zzzzzzzzzzzz", "`pawl explain` lists them all"),
    ])
    func anUnknownCodeNamesTheNearest(code: String, fix: String) {
        let failure = #expect(throws: Failure.self) { try CodeExplanation.of(code) }
        #expect(failure?.status == 3 && failure?.fix == fix)
    }

    @Test func linksAreForPages() {
        #expect("see [a page](a.md), and [b](b.md)".withoutLinks == "see a page, and b")
        #expect("a [b] (c)".withoutLinks == "a [b] (c)")
    }
}
