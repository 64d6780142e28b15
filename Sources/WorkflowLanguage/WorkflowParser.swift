import Definition
import Statechart
import Values

/// A `workflow.yaml`. Declarations first, then the outline of the states, then each state, then
/// lints.
struct WorkflowParser {
    var reader: Reader
    /// nil: the file is read by itself.
    let neighbours: Neighbours?
    var scope = Scope([])
    var declared = Declarations()
    var outline = Outline()
    var chart = Chart(count: 0)
    /// Names in `on`, with their states, and names in `raise`.
    var awaited: [(name: String, state: StateIndex, key: YAMLNode)] = []
    var raised: [(name: String, node: YAMLNode)] = []
    var transitionReads: [TransitionReads] = []
    var stateReads: [StateReads] = []
    /// Where an `assign` stands that may give null.
    var nullAssignments: Set<SourceLocation> = []

    /// What the rest of the file may name.
    struct Declarations {
        var contextNames: [String] = []
        var input = Schema.any
        var context = Schema.any
        var startEvent: String?
        var events: [EventDeclaration] = []
        var eventKeys: [YAMLNode] = []
        var retries: [(name: String, policy: RetryPolicy)] = []
        var mails: [(name: String, fields: Fields)] = []

        func event(_ name: String) -> EventDeclaration? { events.first { $0.name == name } }
    }

    static let headWords = [
        "workflow", "version", "description", "start", "input", "context", "params", "search",
        "persons", "events", "retries", "mails", "output", "retention", "migrate",
    ]
    /// Words that the root shares with every state.
    static let rootWords = [
        "initial", "states", "tags", "expect", "on", "after", "always", "entry", "exit", "invoke",
    ]

    init(reader: Reader, beside neighbours: Neighbours? = nil) {
        self.reader = reader
        self.neighbours = neighbours
    }

    mutating func parse(_ node: YAMLNode) -> WorkflowDefinition? {
        let fields = reader.fields(
            node, of: "a workflow", words: Self.headWords + Self.rootWords)
        guard node.isMap else { return nil }
        let name = reader.name(
            reader.required("workflow", in: fields, of: "a workflow"), "a workflow", .identifier)
        let version = reader.integer(
            reader.required("version", in: fields, of: "a workflow"), "'version'", minimum: 1)
        let shapes = readShapes(fields)
        let start = startRule(fields["start"])
        checkPublicEntry(fields["start"], input: shapes.input)
        readDeclarations(fields)
        let search = searchAttributes(fields["search"])
        let persons = persons(fields["persons"], search)
        let retention = retention(fields["retention"])
        let output = reader.template(fields["output"], "'output'", in: scope.withoutEvent)
        let description = reader.string(fields["description"], "'description'") ?? ""
        let isCompiled = compile(fields)
        let migrations = isCompiled ? migrations(fields["migrate"], to: version) : []
        guard isCompiled, let name, let version, !reader.hasErrors else { return nil }
        let machine = chart.machine(outline)
        lint(machine)
        let definition = WorkflowDefinition(
            name: name, version: version, description: description,
            contentHash: reader.contentHash(of: node),
            start: start, input: shapes.input, context: shapes.context, params: shapes.params,
            output: output, search: search, retention: retention, events: declared.events,
            machine: machine, invocations: chart.invocations, stateFacts: chart.facts,
            persons: persons, migrations: migrations)
        checkPersons(of: definition, fields)
        return reader.hasErrors ? nil : definition
    }

    /// What is known of the data; all expressions below are held against it.
    private mutating func readShapes(
        _ fields: Fields
    ) -> (input: Schema, context: Schema, params: Schema) {
        let input = reader.schema(fields["input"], "'input'") ?? .any
        let context = reader.members(fields["context"], "context", isOpen: true) ?? .any
        let params = reader.members(fields["params"], "params", isOpen: false) ?? .any
        scope = .workflow(input: input, context: context, params: params)
        declared.contextNames = context.propertyNames ?? []
        declared.context = context
        declared.input = input
        return (input, context, params)
    }

    private mutating func compile(_ fields: Fields) -> Bool {
        guard let states = reader.required("states", in: fields, of: "a workflow") else {
            return false
        }
        drawOutline(root: fields, states: states)
        chart = Chart(count: outline.states.count)
        for state in outline.states.indices { compileState(state) }
        checkEvents()
        return true
    }
}
