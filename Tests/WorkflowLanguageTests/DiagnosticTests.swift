import Definition
import Foundation
import Schedule
import Statechart
import Testing
import Values

@testable import WorkflowLanguage

@Suite struct DiagnosticTests {
    @Test(arguments: Fixtures.names(in: "diagnostics/workflow"))
    func workflowSaysWhatIsWrongAndWhere(name: String) throws {
        let text = try Fixtures.text("diagnostics/workflow/\(name).yaml")
        let parsed = WorkflowLanguage.parseWorkflow(text, file: "\(name).yaml")
        try expect(parsed.diagnostics, text, "diagnostics/workflow/\(name).txt", code: name)
        #expect((parsed.value == nil) == !parsed.errors.isEmpty)
    }

    @Test(arguments: Fixtures.names(in: "diagnostics/adapter"))
    func adapterSaysWhatIsWrongAndWhere(name: String) throws {
        let text = try Fixtures.text("diagnostics/adapter/\(name).yaml")
        let parsed = WorkflowLanguage.parseAdapter(text, file: "\(name).yaml")
        #expect(parsed.value == nil)
        try expect(parsed.diagnostics, text, "diagnostics/adapter/\(name).txt", code: name)
    }

    @Test(arguments: Fixtures.names(in: "diagnostics/scenario"))
    func scenarioSaysWhatIsWrongAndWhere(name: String) throws {
        let text = try Fixtures.text("diagnostics/scenario/\(name).yaml")
        let parsed = WorkflowLanguage.parseScenario(text, file: "\(name).yaml")
        #expect(parsed.value == nil)
        try expect(parsed.diagnostics, text, "diagnostics/scenario/\(name).txt", code: name)
    }

    @Test(arguments: Fixtures.names(in: "diagnostics/catalog"))
    func catalogSaysWhatDoesNotFitTogether(name: String) throws {
        let project = try ProjectText(try Fixtures.text("diagnostics/catalog/\(name).yaml"))
        let found = project.findings
        if let code = Diagnostic.Code(rawValue: name) {
            #expect(found.contains { $0.code == code })
        }
        let text = found.map { $0.rendered(source: project.text(of: $0)) + "\n" }
        try Fixtures.expectGolden(
            text.joined(separator: "\n"), "diagnostics/catalog/\(name).txt")
    }

    @Test(arguments: Fixtures.names(in: "diagnostics/calendar"))
    func calendarSaysWhatIsWrongAndWhere(name: String) throws {
        let text = try Fixtures.text("diagnostics/calendar/\(name).yaml")
        let parsed = WorkflowLanguage.parseCalendar(
            text, name: "company", file: "\(name).yaml",
            now: Timestamp(rfc3339: "2026-06-01T00:00:00Z"))
        try expect(parsed.diagnostics, text, "diagnostics/calendar/\(name).txt", code: name)
    }

    @Test func everyCodeHasACase() {
        let cases = ["workflow", "adapter", "scenario", "catalog", "calendar"].flatMap {
            Fixtures.names(in: "diagnostics/\($0)")
        }
        // Too large for files; see LimitTests.
        let generated = ["yaml-size", "yaml-depth", "chart-size"]
        for code in Diagnostic.Code.allCases {
            #expect((cases + generated).contains(code.rawValue), "no case for \(code.rawValue)")
        }
    }

    @Test func frameStandsUnderThePlace() {
        let diagnostic = Diagnostic(
            severity: .error, code: .unknownTarget, message: "there is no state 'x'",
            file: "order.yaml", location: SourceLocation(line: 2, column: 5), length: 3)
        #expect(
            diagnostic.rendered(source: "one\n\tö: abc: d\nthree") == """
                order.yaml:2:5: error: there is no state 'x' [unknown-target]
                 2 | \tö: abc: d
                   | \t   ^~~
                """)
    }

    private func expect(
        _ diagnostics: [Diagnostic], _ text: String, _ golden: String, code: String
    ) throws {
        if let code = Diagnostic.Code(rawValue: code) {
            #expect(diagnostics.contains { $0.code == code })
        }
        try Fixtures.expectGolden(rendered(diagnostics, text), golden)
    }
}

/// The files of a project in one text, with `---` between them.
private struct ProjectText {
    private var workflows: [SourceFile<WorkflowDefinition>] = []
    private var adapters: [SourceFile<AdapterManifest>] = []
    private var calendars: [BusinessCalendar] = []
    private var scenarios: [String] = []

    init(_ text: String) throws {
        for part in text.components(separatedBy: "---\n") {
            if part.hasPrefix("# calendar ") {
                let name = String(part.prefix { $0 != "\n" }.dropFirst(11))
                let parsed = WorkflowLanguage.parseCalendar(part, name: name, file: "calendar.yaml")
                calendars.append(try #require(parsed.value))
            } else if part.hasPrefix("adapter:") {
                let value = try #require(
                    WorkflowLanguage.parseAdapter(part, file: "adapter.yaml").value)
                let file = "adapters/\(value.name)/adapter.yaml"
                adapters.append(SourceFile(value, file: file, text: part))
            } else if part.hasPrefix("scenario:") {
                scenarios.append(part)
            } else {
                let value = try #require(
                    WorkflowLanguage.parseWorkflow(part, file: "workflow.yaml").value)
                let file = "workflows/\(value.name)/workflow.yaml"
                workflows.append(SourceFile(value, file: file, text: part))
            }
        }
    }

    var findings: [Diagnostic] {
        let neighbours = Neighbours(
            workflows: workflows.map(\.value), adapters: adapters.map(\.value))
        return scenarios.flatMap {
            WorkflowLanguage.parseScenario($0, file: "scenario.yaml", beside: neighbours)
                .diagnostics
        }
            + WorkflowLanguage.check(
                workflows, adapters: adapters, calendars: Calendars(calendars))
    }

    func text(of finding: Diagnostic) -> String {
        let files = workflows.map { ($0.file, $0.text) } + adapters.map { ($0.file, $0.text) }
        return files.first { $0.0 == finding.file }?.1 ?? scenarios.first ?? ""
    }
}
