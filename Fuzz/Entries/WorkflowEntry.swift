import Definition
import Execution
import Values
import WorkflowLanguage

/// `workflow.yaml`: diagnosed, and if it is right, run for some inputs.
enum WorkflowEntry {
    private static let start = Timestamp(seconds: 1_767_268_800)
    private static let maximumInputs = 30

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let text = bytes.text
        let parsed = WorkflowLanguage.parseWorkflow(text, file: "workflow.yaml")
        try checkDiagnostics(of: parsed, in: text)
        guard let definition = parsed.value else { return }
        _ = WorkflowLanguage.check(
            [SourceFile(definition, file: "workflow.yaml", text: text)], adapters: [])
        try live(definition)
    }

    /// Starts an instance and gives it what it declares, until it has ended or had enough.
    private static func live(_ definition: WorkflowDefinition) throws(FuzzFailure) {
        let catalog = Catalog(workflows: [definition], adapters: [], local: NoOperations())
        let input = sample(of: definition.input)
        let first = decide(
            start: StartRequest(
                id: InstanceID(1), name: InstanceName(workflow: definition.name, key: "k"),
                input: input, params: [:], parent: nil, actor: .system, kept: []),
            catalog: catalog, now: start)
        guard var run = first.run else { return }
        var now = start
        for number in 0..<maximumInputs where !run.status.isTerminal {
            let next = nextInput(number, run, definition, &now)
            let decision = decide(run, next, catalog: catalog, now: now)
            run = decision.run ?? run
        }
        let row = run.snapshot.data
        try require(Value.map(row).excess() == nil, "the context is beyond its limits")
    }

    private static func nextInput(
        _ number: Int, _ run: Run, _ definition: WorkflowDefinition, _ now: inout Timestamp
    ) -> Input {
        if number % 3 == 2, let timer = run.timers.min(by: { $0.due < $1.due }) {
            now = max(now, timer.due)
            return .timer(.chart(timer.index))
        }
        if number % 5 == 4, let activation = run.activations.first {
            return .childEnded(
                activation: activation.number, status: .completed, output: ["x": 1])
        }
        guard !definition.events.isEmpty else { return .cancel(reason: "", actor: .system) }
        let event = definition.events[number % definition.events.count]
        return .event(
            InboundEvent(
                id: "e\(number)", name: event.name, data: sample(of: event.data), sender: .system))
    }

    /// A value that may fit: the required members by their types.
    private static func sample(of schema: Schema) -> Value {
        var map = ValueMap()
        for name in schema.propertyNames ?? [] where schema.isRequired(name) {
            guard let property = schema.property(name) else { continue }
            map[name] = property.choices?.first ?? sample(ofType: property)
        }
        return .map(map)
    }

    private static func sample(ofType schema: Schema) -> Value {
        switch schema.typeNames.first {
        case "integer", "number": 1
        case "boolean": true
        case "array": []
        case "object": sample(of: schema)
        case "null": nil
        default: schema.format == "date-time" ? "2026-01-01T00:00:00Z" : "x"
        }
    }
}

/// `adapter.yaml`: diagnosed.
enum AdapterEntry {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let text = bytes.text
        let parsed = WorkflowLanguage.parseAdapter(text, file: "adapter.yaml")
        try checkDiagnostics(of: parsed, in: text)
        guard let manifest = parsed.value else { return }
        _ = WorkflowLanguage.check(
            [], adapters: [SourceFile(manifest, file: "adapter.yaml", text: text)])
    }
}

/// A scenario: diagnosed.
enum ScenarioEntry {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let text = bytes.text
        let parsed = WorkflowLanguage.parseScenario(text, file: "scenario.yaml")
        try checkDiagnostics(of: parsed, in: text)
    }
}

struct NoOperations: LocalPerformer {
    func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) -> LocalResult {
        LocalResult(.succeeded(.null))
    }
}

/// A text without a value has an error; each diagnostic has a place in the text and can be shown there.
func checkDiagnostics<T>(of parsed: Parsed<T>, in text: String) throws(FuzzFailure) {
    try require((parsed.value == nil) == !parsed.errors.isEmpty, "a value beside an error")
    try require(parsed.diagnostics.count <= 1000, "more diagnostics than anybody reads")
    for diagnostic in parsed.diagnostics.prefix(20) {
        try require(
            diagnostic.location.line >= 1 && diagnostic.location.column >= 1,
            "a diagnostic without a place: \(diagnostic.headline)")
        try require(!diagnostic.rendered(source: text).isEmpty, "a diagnostic without a text")
    }
}
