import Assembly
import Definition
import Foundation
import Scenarios
import Schedule
import Statechart
import Values
import WorkflowLanguage

/// What is to be said about the files of one project.
struct Findings {
    /// How many of what was asked about.
    struct Counts: Hashable {
        var workflows = 0
        var adapters = 0
        var scenarios = 0
        var exchanges = 0
    }

    private(set) var counts = Counts()
    private(set) var diagnostics: [Diagnostic] = []
    /// By the names that diagnostics use.
    private(set) var sources: [ExactText: String] = [:]
    private var workflows: [SourceFile<WorkflowDefinition>] = []
    private var adapters: [SourceFile<AdapterManifest>] = []
    private var calendars: [BusinessCalendar] = []
    private var exchanges: [ExchangeFile] = []
    private var scenarios: [(path: String, text: String)] = []
    /// The files that nobody asked about.
    private var beside: Set<ExactText> = []
    /// Of calendar durations that name none.
    private let zone: String?
    private let now: Timestamp
    private var isEachRight = true

    private init(zone: String?, now: Timestamp) {
        self.zone = zone
        self.now = now
    }

    var definitions: [WorkflowDefinition] { workflows.map(\.value) }
    var adapterNames: [String] { adapters.map(\.value.name) }

    /// Reads and checks all files of a project.
    init(_ project: CheckedProject, zone: String?, now: Timestamp) throws(Problem) {
        self.init(zone: zone, now: now)
        for file in project.asked { try read(file) }
        for file in project.beside { try readBeside(file) }
        checkTogether()
    }

    private mutating func read(_ path: String) throws(Problem) {
        let text = try TextFile.read(path)
        sources[ExactText(path)] = text
        switch OwnedFile(path).folder {
        case "scenarios": readScenario(text, path)
        case "exchanges": readExchange(text, path)
        case "calendars": take(calendar: text, path) { $0.diagnostics }
        case "versions":
            // What it was published with, warnings and all, is not to be mended any more.
            note(WorkflowLanguage.parseStoredWorkflow(text, file: path).errors)
        default: take(definition: text, path) { $0 }
        }
    }

    /// A file of the same project. What is doubtful within it is said where it is checked itself; what keeps it from
    /// being read keeps the others from being checked.
    private mutating func readBeside(_ path: String) throws(Problem) {
        let text = try TextFile.read(path)
        sources[ExactText(path)] = text
        beside.insert(ExactText(path))
        func errors(_ found: [Diagnostic]) -> [Diagnostic] {
            found.filter { $0.severity == .error }
        }
        if OwnedFile(path).folder == "calendars" {
            take(calendar: text, path) { $0.errors }
        } else {
            take(definition: text, path, saying: errors)
        }
    }

    private mutating func take(
        calendar text: String, _ path: String,
        saying: (Parsed<BusinessCalendar>) -> [Diagnostic]
    ) {
        let parsed = WorkflowLanguage.parseCalendar(
            text, name: Project.calendarName(path) ?? "", file: path, now: now)
        note(saying(parsed))
        calendars += [parsed.value].compactMap(\.self)
    }

    private mutating func take(
        definition text: String, _ path: String, saying: ([Diagnostic]) -> [Diagnostic]
    ) {
        let isBeside = beside.contains(ExactText(path))
        if text.lines.contains(where: { $0.hasPrefix("adapter:") }) {
            let parsed = WorkflowLanguage.parseAdapter(text, file: path)
            note(saying(parsed.diagnostics))
            guard let value = parsed.value else { return }
            if !isBeside { counts.adapters += 1 }
            adapters.append(SourceFile(value, file: path, text: text))
        } else {
            let parsed = WorkflowLanguage.parseWorkflow(text, file: path)
            note(saying(parsed.diagnostics))
            guard let value = parsed.value else { return }
            if !isBeside { counts.workflows += 1 }
            workflows.append(SourceFile(value, file: path, text: text))
        }
    }

    private mutating func note(_ found: [Diagnostic]) {
        diagnostics += found
        if found.contains(where: { $0.severity == .error }) { isEachRight = false }
    }

    private mutating func readScenario(_ text: String, _ path: String) {
        let file = OwnedFile(path)
        guard file.name.hasSuffix(".yaml") else {
            note(
                .warning, .invalidName,
                "'pawl test' runs .yaml files only; rename it to end with .yaml", path)
            return
        }
        counts.scenarios += 1
        scenarios.append((path, text))
    }

    /// - Parameter neighbours: nil: something is wrong with them.
    private mutating func check(
        scenario text: String, _ path: String, beside neighbours: Neighbours?
    ) {
        let file = OwnedFile(path)
        let read = ScenarioFile(path: path, text: text, beside: neighbours)
        diagnostics += read.diagnostics
        if let scenario = read.scenario, neighbours != nil {
            let lint = ScenarioLint(scenario: scenario, adapters: adapters.map(\.value))
            for failure in lint.failures {
                note(
                    .error, .invalidValue,
                    "\(failure.subject): expected is \(failure.expected), and this is "
                        + failure.actual, path, line: failure.location.line)
            }
        }
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
            counts.exchanges += 1
        } catch {
            let fix = error.fix.map { "; \($0)" } ?? ""
            note(.error, .invalidValue, error.message + fix, path)
        }
    }

    /// Only once each definition is right by itself: what is missing in one would be reported in others.
    private mutating func checkTogether() {
        let neighbours = Neighbours(
            workflows: workflows.map(\.value), adapters: adapters.map(\.value))
        for (path, text) in scenarios {
            check(scenario: text, path, beside: isEachRight ? neighbours : nil)
        }
        guard isEachRight else { return }
        diagnostics += WorkflowLanguage.check(
            workflows, adapters: adapters, calendars: Calendars(calendars, zone: zone)
        ).filter { !beside.contains(ExactText($0.file)) }
        for exchange in exchanges {
            for failure in exchange.failures(adapters: adapters.map(\.value)) {
                note(.error, .invalidValue, failure.message, exchange.path, line: failure.line)
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
}
