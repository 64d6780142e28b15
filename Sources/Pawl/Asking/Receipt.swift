import Engine
import Execution
import Values

/// What became of an event at one instance. A rejection is an answer of the business, not an error.
public struct Receipt: Sendable, Hashable, CustomStringConvertible {
    /// In which way; new ones may be added.
    @nonexhaustive
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// Some transition took it.
        case applied
        /// The instance keeps it until a state takes it or its time to live is over.
        case kept
        /// The step that it leads to fails, or it waits behind one that does: nothing of it happened yet.
        case held
        /// No transition applied, and the workflow says that this is no harm.
        case ignored
        /// The workflow refuses it now; the code says why.
        case rejected
        /// The instance had this id before, and nothing happened again; the code is the first one's outcome.
        case duplicate
    }

    /// In which way.
    public let outcome: Outcome
    /// The workflow's own word for a rejection, `too-late`; nil where there is none.
    public let code: String?
    /// A sentence for people; nil where there is nothing to add.
    public let message: String?

    /// `applied`, `rejected (too-late)`.
    public var description: String { outcome.rawValue + (code.map { " (\($0))" } ?? "") }

    init(_ receipt: Execution.Receipt) {
        outcome = Outcome(rawValue: receipt.outcome.rawValue) ?? .held
        code = receipt.code
        message = receipt.message
    }
}

/// What became of an event at each instance that its key concerns.
public struct Delivery: Sendable, Hashable {
    /// The instance's workflow.
    public let workflow: String
    /// The instance's key.
    public let key: String
    /// What became of it there.
    public let receipt: Receipt

    init(_ delivery: Engine::Delivery) {
        workflow = delivery.name.workflow
        key = delivery.name.key
        receipt = Receipt(delivery.receipt)
    }
}
