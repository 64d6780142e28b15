import CEL
import Statechart
import Values

/// A machine made from an SCXML document, with what the machine leaves to its caller.
struct ImportedChart {
    struct Invoke {
        /// The author's own id; else one is made for each invocation.
        let id: String?
        /// The member of the context that is told the id.
        let idLocation: String?
        let state: String
        /// Gives `type`, `src`, `content` and `parameters`, of each what was said.
        let order: Template
        /// What is invoked, where it stands in the document.
        let chart: ImportedChart?
        let forwardsAll: Bool
        /// The same states with one transition: `<finalize>`, for the event `invocationDone`.
        let finalizer: Machine?
    }

    let machine: Machine
    /// By their index in the machine.
    let invocations: [Invoke]
    /// The data that the document declares; with late binding, that of the whole document.
    let variables: [String]
    /// `_name`.
    let name: String?
    /// Documents that are values of data.
    let documents: [ImportedChart]

    /// Everything declared and nothing bound. The expressions of `<data>` are evaluated by the first actions.
    var initialData: ValueMap {
        ValueMap(
            variables.map { ($0, Value.null) } + [
                (SCXMLImporter.configuration, .list([])), (SCXMLImporter.bound, .list([])),
                (SCXMLImporter.sends, 0),
            ])
    }

    /// - Parameter documents: where files are that the document refers to; nil: it refers to none.
    init(importing document: XMLNode, among documents: SCXMLDocuments? = nil) throws {
        var importer = try SCXMLImporter(document, among: documents)
        self = try importer.chart()
    }

    init(
        machine: Machine, invocations: [Invoke], variables: [String], name: String?,
        documents: [ImportedChart]
    ) {
        self.machine = machine
        self.invocations = invocations
        self.variables = variables
        self.name = name
        self.documents = documents
    }
}

/// Why a document is no chart of ours; any one fails the run.
enum ImportFailure: Error {
    case unknownElement(String, SourceLocation)
    case unknownState(String, SourceLocation)
    case noExpression(String, String, SourceLocation)
    case missing(String, of: String, SourceLocation)
}
