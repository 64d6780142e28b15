import Definition
import Engine
import Execution
import Guest
import Values

extension Pawl {
    /// Starts an instance, or finds the one under that key. On the disk when it returns, so that a repeat with the same
    /// input is harmless. Cancelling the task takes nothing back: repeat, and learn what became of it.
    ///
    /// - Parameters:
    ///   - key: the business's own name for it, 1 to 200 printable characters. Never a fresh UUID: a repeat must say
    ///     the same.
    ///   - input: what the workflow's `input` describes.
    ///   - principal: whose deed its history says it is.
    /// - Returns: its handle, which knows whether it was made now.
    /// - Throws: `.unknownWorkflow`; `.invalid` with pointers into the input; `.keyConflict` when the key names one
    ///   that was started with another input; `.unavailable`, `.overloaded`, `.cancelled`, `.storeUntrusted`.
    @discardableResult
    public func start<Input, Output>(
        _ workflow: Workflow<Input, Output>, key: String, input: Input,
        as principal: Principal = .host
    ) async throws(Problem) -> Instance<Input, Output> {
        let command = StartCommand(
            name: InstanceName(workflow: workflow.name, key: key),
            input: try value(input, "the input of \(workflow.name)"), actor: try principal.actor())
        let front = front
        let isNew = try await asking { () async throws(Problem) in try await front.start(command) }
        return Instance(self, workflow.name, key, isNew: isNew)
    }

    /// A handle on an instance that may or may not be there: nothing is read.
    public func instance<Input, Output>(
        _ workflow: Workflow<Input, Output>, key: String
    ) -> Instance<Input, Output> {
        Instance(self, workflow.name, key, isNew: false)
    }

    /// Sends an event to every instance that it concerns: those that the key expression of its declaration finds, and
    /// those that it starts. On the disk when it returns.
    ///
    /// - Parameters:
    ///   - key: by which the instances are found.
    ///   - data: what the event's `data` describes.
    ///   - id: the sender's own name for this event, 1 to 256 bytes; an instance applies it once. It has no default:
    ///     a made-up id would make each repeat a second event.
    ///   - principal: compared with the event's `from`.
    /// - Returns: what became of it at each, in order of workflow names; empty when it concerned nobody and is not
    ///   kept. A rejection is an answer, not an error.
    /// - Throws: `.unknownEvent`, `.invalid` with pointers into the data, `.forbidden`, `.eventConflict`,
    ///   `.unavailable`, `.overloaded`, `.cancelled`, `.storeUntrusted`.
    @discardableResult
    public func send<Data>(
        _ event: Event<Data>, key: String, data: Data, id: String, as principal: Principal = .host
    ) async throws(Problem) -> [Delivery] {
        try await deliver(
            event.name, data, id: id, to: .correlate(key: key, workflow: nil), principal
        ).map { Delivery($0) }
    }

    /// Instances, the newest first.
    ///
    /// - Parameters:
    ///   - limit: 1 to 500.
    ///   - cursor: where the page before ended; nil: from the newest.
    /// - Throws: `.invalid` where a search attribute is asked for that no workflow has; `.unavailable`, `.storeUntrusted`.
    public func list(
        _ filter: Filter = .all, limit: Int = 50, after cursor: Cursor? = nil
    ) async throws(Problem) -> Page<Snapshot> {
        try check()
        let page = try front.inspector.views(
            InstanceFilter(terms: filter.terms), before: cursor.map { InstanceID($0.number) },
            count: min(max(limit, 1), 500))
        let next = page.hasMore ? page.views.last.map { Cursor($0.row.id.rawValue) } : nil
        return Page(page.views.map { Snapshot($0) }, total: page.total, next: next)
    }

    func deliver(
        _ event: String, _ data: some ValueConvertible, id: String,
        to address: EventCommand.Address,
        _ principal: Principal
    ) async throws(Problem) -> [Engine::Delivery] {
        guard (1...256).contains(id.utf8.count) else {
            throw Problem(
                .invalid, "an event's id is 1 to 256 bytes",
                fix: "use the sender's own name for it, which a repeat says again")
        }
        let command = EventCommand(
            address: address,
            event: InboundEvent(
                id: id, name: event, data: try value(data, "the data of \(event)"),
                sender: try principal.actor()))
        let front = front
        return try await asking { () async throws(Problem) in try await front.send(command) }
    }

    private func value(
        _ subject: some ValueConvertible, _ what: String
    ) throws(Problem) -> Value {
        do throws(ValueMismatch) {
            return try subject.value
        } catch {
            throw Problem(mismatch: error, what)
        }
    }
}

extension Problem {
    init(mismatch: ValueMismatch, _ what: String) {
        self.init(
            .invalid, "\(what) does not fit: \(mismatch)",
            errors: [Detail(pointer: mismatch.pointer, detail: mismatch.message)])
    }
}
