import Assembly
import Definition
import Foundation
import Scenarios
import Schedule
import Statechart
import Values
import WorkflowLanguage

/// What is to be said about some files.
struct Findings {
    private(set) var workflows: [WorkflowDefinition] = []
    /// Those of them that nobody asked about; the others may start them.
    private(set) var beside: [String] = []
    private(set) var adapters: [AdapterManifest] = []
    /// How many.
    private(set) var scenarios = 0
    private(set) var exchanges: [ExchangeFile] = []
    private(set) var diagnostics: [Diagnostic] = []
    private var calendars: [BusinessCalendar] = []
    /// Of calendar durations that name none.
    private let zone: String?
    private let now: Timestamp
    private var isEachRight = true
    /// By the names that diagnostics use.
    private var sources: [ExactText: String] = [:]

    init(zone: String?, now: Timestamp) {
        self.zone = zone
        self.now = now
    }

    mutating func read(_ path: String) throws(Problem) {
        let text = try TextFile.read(path)
        sources[path] = text
        switch OwnedFile(path).folder {
        case "scenarios": readScenario(text, path)
        case "exchanges": readExchange(text, path)
        case "calendars":
            let parsed = WorkflowLanguage.parseCalendar(
                text, name: Project.calendarName(path) ?? "", file: path, now: now)
            add(parsed)
            calendars += [parsed.value].compactMap(\.self)
        case "versions":
            // What it was published with, warnings and all, is not to be mended any more.
            let parsed = WorkflowLanguage.parseWorkflow(text, file: path)
            diagnostics += parsed.errors
            if !parsed.errors.isEmpty { isEachRight = false }
        default: readDefinition(text, path)
        }
    }

    /// A workflow of the same project. What is wrong within it is said where it is checked itself; what keeps it from
    /// being read keeps the others from being checked.
    mutating func readBeside(_ path: String) throws(Problem) {
        let text = try TextFile.read(path)
        let parsed = WorkflowLanguage.parseWorkflow(text, file: path)
        diagnostics += parsed.errors
        if !parsed.errors.isEmpty {
            sources[path] = text
            isEachRight = false
        }
        guard let value = parsed.value, !workflows.contains(where: { $0.name == value.name }) else {
            return
        }
        workflows.append(value)
        beside.append(Self.file(of: value.name))
    }

    /// As checks of all workflows together name it.
    private static func file(of workflow: String) -> String {
        "workflows/\(workflow)/workflow.yaml"
    }

    private mutating func readDefinition(_ text: String, _ path: String) {
        if text.lines.contains(where: { $0.hasPrefix("adapter:") }) {
            let parsed = WorkflowLanguage.parseAdapter(text, file: path)
            add(parsed)
            if let value = parsed.value { adapters.append(value) }
        } else {
            let parsed = WorkflowLanguage.parseWorkflow(text, file: path)
            add(parsed)
            guard let value = parsed.value else { return }
            workflows.append(value)
            sources[Self.file(of: value.name)] = text
        }
    }

    private mutating func add<T>(_ parsed: Parsed<T>) {
        diagnostics += parsed.diagnostics
        if !parsed.errors.isEmpty { isEachRight = false }
    }

    private mutating func readScenario(_ text: String, _ path: String) {
        let file = OwnedFile(path)
        guard file.name.hasSuffix(".yaml") else {
            note(
                .warning, .invalidName,
                "'pawl test' runs .yaml files only; rename it to end with .yaml", path)
            return
        }
        scenarios += 1
        let read = ScenarioFile(path: path, text: text)
        diagnostics += read.diagnostics
        guard let workflow = read.scenario?.workflow, workflow != file.owner else { return }
        let index = text.lines.firstIndex { $0.hasPrefix("workflow:") } ?? 0
        note(
            .warning, .unknownWorkflow,
            "a scenario of '\(workflow)' stands in the folder of '\(file.owner)'; "
                + "move it to \(workflow)/scenarios", path, line: index + 1)
    }

    private mutating func readExchange(_ text: String, _ path: String) {
        do throws(Problem) {
            let adapter = OwnedFile(path).owner
            exchanges.append(try ExchangeFile(path: path, adapter: adapter, text: text))
        } catch {
            let fix = error.fix.map { "; \($0)" } ?? ""
            note(.error, .invalidValue, error.message + fix, path)
        }
    }

    /// Only once each definition is right by itself: what is missing in one would be reported in others.
    mutating func checkTogether() {
        guard isEachRight else { return }
        diagnostics += WorkflowLanguage.check(
            workflows, adapters: adapters, calendars: Calendars(calendars, zone: zone)
        ).filter { !beside.contains($0.file) }
        for exchange in exchanges {
            for failure in exchange.failures(adapters: adapters) {
                note(.error, .invalidValue, failure, exchange.path)
            }
        }
    }

    private mutating func note(
        _ severity: Diagnostic.Severity, _ code: Diagnostic.Code, _ message: String,
        _ path: String, line: Int = 1
    ) {
        diagnostics.append(
            Diagnostic(
                severity: severity, code: code, message: message, file: path,
                location: SourceLocation(line: line, column: 1)))
    }

    var rendered: String {
        diagnostics.map { $0.rendered(source: sources[$0.file] ?? "") }.joined(separator: "\n\n")
    }
}
