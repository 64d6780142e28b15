import CEL
import Statechart
import Values

/// A machine made from an SCXML document, with what the machine leaves to its caller.
struct ImportedChart {
    struct Invoke {
        let id: String
        let parameters: [(name: String, value: Expression)]
        let chart: ImportedChart
    }

    let machine: Machine
    /// By their index in the machine.
    let invocations: [Invoke]
    /// The data that the document declares.
    let variables: [String]

    /// Everything declared and nothing bound. The expressions of `<data>` are evaluated by the first actions.
    var initialData: ValueMap {
        ValueMap(variables.map { ($0, Value.null) } + [(SCXMLImporter.configuration, .list([]))])
    }

    init(importing document: XMLNode) throws {
        var importer = try SCXMLImporter(document)
        self = try importer.chart()
    }

    init(machine: Machine, invocations: [Invoke], variables: [String]) {
        self.machine = machine
        self.invocations = invocations
        self.variables = variables
    }
}

/// Why a document is no chart of ours; any one fails the run.
enum ImportFailure: Error {
    case unknownElement(String, SourceLocation)
    case unknownState(String, SourceLocation)
    case noExpression(String, String, SourceLocation)
    case missing(String, of: String, SourceLocation)
}
