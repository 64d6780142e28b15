import CEL
import Execution
import Statechart
import Values

/// A test that an analyst can write: a workflow, fakes for its tasks, and steps in virtual time. A
/// plain value; running it is somebody else's business.
package struct Scenario: Sendable, Hashable {
    package let name: String
    package let description: String
    /// The workflow under test.
    package let workflow: String
    /// An older version that it starts on; nil: the one of the folder.
    package let version: Int?
    /// Other workflows to load: children, receivers of its events.
    package let also: [String]
    /// The virtual time at which it begins.
    package let at: Timestamp
    /// nil: nothing is started by command, a step sends the start event.
    package let start: Start?
    /// Who starts it, and who sends where a step does not say. nil: the system.
    package let actor: Actor?
    /// The operator's overrides of the workflow's params.
    package let params: ValueMap
    /// In document order.
    package let fakes: [TaskFake]
    /// Records that stand in the store before anything happens, in document order.
    package let records: [RecordSeed]
    /// Attachments that were put before anything happens, in document order.
    package let files: [PutFile]
    package let steps: [ScenarioStep]

    package init(
        name: String, description: String = "", workflow: String, version: Int? = nil,
        also: [String] = [],
        at: Timestamp = Scenario.standardTime, start: Start?, actor: Actor? = nil,
        params: ValueMap = ValueMap(), fakes: [TaskFake] = [], records: [RecordSeed] = [],
        files: [PutFile] = [], steps: [ScenarioStep]
    ) {
        self.name = name
        self.description = description
        self.workflow = workflow
        self.version = version
        self.also = also
        self.at = at
        self.start = start
        self.actor = actor
        self.params = params
        self.fakes = fakes
        self.records = records
        self.files = files
        self.steps = steps
    }

    /// A Monday morning: 2026-01-05T09:00:00Z.
    package static let standardTime = Timestamp(seconds: 1_767_603_600)
}

/// An attachment that somebody put; its content is nobody's business here.
package struct PutFile: Sendable, Hashable {
    /// What steps call it: `${files.photo}` is the reference to it.
    package let name: String
    package let attachment: Attachment
    package let type: MediaType
    /// nil: whoever the scenario's actor is.
    package let actor: Actor?

    package init(_ name: String, attachment: Attachment, type: MediaType, actor: Actor?) {
        self.name = name
        self.attachment = attachment
        self.type = type
        self.actor = actor
    }
}

extension Scenario {
    /// The command that starts the instance.
    package struct Start: Sendable, Hashable {
        package let key: String
        package let input: Value

        package init(key: String, input: Value) {
            self.key = key
            self.input = input
        }
    }
}

/// One step, with its place for messages.
package struct ScenarioStep: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case send(ScenarioSend)
        /// A person decides a task.
        case decide(ScenarioDecision)
        /// Lets virtual time pass, firing what becomes due on the way, in order.
        case advance(Duration)
        /// A timestamp, or a template over `input context params now` that gives one.
        case advanceTo(Template)
        case expect(ScenarioExpectation)
        /// Cancels the instance, by its own logic if it has any.
        case cancel(reason: String)
        /// Another version takes the instance over.
        /// - code: of the refusal that is expected; nil: it does.
        case migrate(to: Int, code: String?)
        /// The engine stops without warning and starts again on what was committed.
        case crash
    }

    package let kind: Kind
    package let location: SourceLocation

    package init(_ kind: Kind, location: SourceLocation) {
        self.kind = kind
        self.location = location
    }
}

/// What a person says of a task, and whether it is taken.
package struct ScenarioDecision: Sendable, Hashable {
    package let outcome: String
    /// nil: the instance under test.
    package let to: InstanceName?
    /// Where the instance has several open.
    package let task: Int64?
    /// Over `input context params now` of the instance under test.
    package let form: Template
    package let comment: String
    package let actor: Actor?
    /// The code of the problem that is expected; nil: it is taken.
    package let code: String?

    package init(
        outcome: String, to: InstanceName? = nil, task: Int64? = nil,
        form: Template = .literal(.map(ValueMap())), comment: String = "", actor: Actor? = nil,
        code: String? = nil
    ) {
        self.outcome = outcome
        self.to = to
        self.task = task
        self.form = form
        self.comment = comment
        self.actor = actor
        self.code = code
    }
}

/// An event, and what its sender must be told.
package struct ScenarioSend: Sendable, Hashable {
    package let event: String
    /// nil: the instance under test.
    package let to: InstanceName?
    /// Over `input context params now` of the instance under test.
    package let data: Template
    package let actor: Actor?
    /// The event's id, to send one twice; nil: a fresh one.
    package let id: String?
    package let receipt: ReceiptKind?
    /// The receipt's code, for what is rejected.
    package let code: String?

    package init(
        event: String, to: InstanceName? = nil, data: Template = .literal(.map(ValueMap())),
        actor: Actor? = nil, id: String? = nil, receipt: ReceiptKind? = nil, code: String? = nil
    ) {
        self.event = event
        self.to = to
        self.data = data
        self.actor = actor
        self.id = id
        self.receipt = receipt
        self.code = code
    }

    package enum ReceiptKind: String, Sendable, Hashable, CaseIterable {
        case applied
        case kept
        case ignored
        case rejected
        case duplicate
    }
}
