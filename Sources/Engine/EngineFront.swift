import Definition
import Execution
import Values

/// What an engine is to those who use it, whether the wall's time moves it or a virtual one.
package protocol EngineFront: Sendable {
    var catalog: Catalog { get }
    /// The present moment's reads.
    var inspector: Inspector { get }
    /// Where erasures are written down beside the database; nil: nowhere.
    var erasureLog: (any ErasureLog)? { get }
    /// Durable when it returns (G1).
    func ask(_ request: Request) async -> Reply
    /// Changes of one instance from now on, newest only; ends with the engine.
    /// - Parameter isWanted: the others wake nobody.
    func changes(
        of name: InstanceName, where isWanted: @escaping @Sendable (InstanceChange) -> Bool
    ) -> AsyncStream<InstanceChange>
    /// The instance once the goal came true, can no longer come true, or the time is over.
    func wait(
        for name: InstanceName, until goal: Goal, atMost limit: Duration
    ) async throws(Problem) -> (view: InstanceView, isMet: Bool)
}

extension EngineFront {
    package var erasureLog: (any ErasureLog)? { nil }

    /// Durable when it returns (G1).
    /// - Returns: false when an instance of that name was there already, with the same input.
    package func start(_ command: StartCommand) async throws(Problem) -> Bool {
        try await start(named: command).isNew
    }

    /// - Returns: what runs by it: under the key of an earlier start, what that one has started.
    package func start(
        named command: StartCommand
    ) async throws(Problem) -> (name: InstanceName, isNew: Bool) {
        switch await ask(.start(command)) {
        case .started(let name, let isNew): return (name, isNew)
        case .receipts, .schedule, .preview, .removed: return (command.name, false)
        case .refused(let problem): throw problem
        }
    }

    package func send(_ command: EventCommand) async throws(Problem) -> [Delivery] {
        try await deliveries(.event(command))
    }

    /// What a person does to an instance.
    /// - Parameter seen: the revision that they have looked at; it is refused as stale at any other.
    package func operate(
        _ name: InstanceName, _ input: Input, seen: Int64? = nil
    ) async throws(Problem) -> [Delivery] {
        try await deliveries(.operate(name, input, isDry: false, seen: seen))
    }

    /// What the same input would do now.
    package func preview(
        _ name: InstanceName, _ input: Input, seen: Int64? = nil
    ) async throws(Problem) -> Preview? {
        switch await ask(.operate(name, input, isDry: true, seen: seen)) {
        case .preview(let preview): return preview
        case .receipts(let deliveries):
            let receipt = deliveries.first?.receipt
            throw Problem(
                .notApplicable, receipt?.message ?? "it would be refused",
                fix: "`pawl why \(name.pasted)` says what it waits for")
        case .started, .schedule, .removed: return nil
        case .refused(let problem): throw problem
        }
    }

    /// - Returns: what it did, or with `isDry` would do.
    package func act(
        onScheduleOf workflow: String, _ action: ScheduleAction, actor: Actor, isDry: Bool = false
    ) async throws(Problem) -> ScheduleEffect {
        switch await ask(
            .schedule(workflow: workflow, action, actor: actor, isDry: isDry))
        {
        case .schedule(let effect): return effect
        case .refused(let problem): throw problem
        case .started, .receipts, .preview, .removed:
            throw Problem(.internalError, "the schedule of \(workflow) gave no answer")
        }
    }

    /// What a person does to an adapter.
    package func act(
        onAdapter adapter: String, _ action: PauseAction, actor: Actor
    ) async throws(Problem) {
        _ = try await deliveries(.adapter(adapter, action, actor: actor))
    }

    /// What a person does to a workflow, with all its instances.
    package func act(
        onWorkflow workflow: String, _ action: PauseAction, actor: Actor
    ) async throws(Problem) {
        _ = try await deliveries(.workflow(workflow, action, actor: actor))
    }

    /// Durable when it returns, and then no call of the scope is sent.
    /// - Returns: its number.
    package func holdMoney(
        _ scope: MoneyScope, reason: String, by actor: Actor
    ) async throws(Problem) -> Int64 {
        if let problem = scope.problem(in: catalog) { throw problem }
        let number = try await nextNumber(of: MoneyHold.counter)
        _ = try await deliveries(.money(.hold(number, scope, reason: reason), actor: actor))
        return number
    }

    package func releaseMoney(
        _ number: Int64, reason: String, by actor: Actor
    ) async throws(Problem) {
        _ = try await deliveries(.money(.release(number, reason: reason), actor: actor))
    }

    /// Puts back what is in the archive.
    /// - Parameter until: it does not go again before.
    package func restore(
        _ document: InstanceDocument, until: Timestamp, actor: Actor
    ) async throws(Problem) {
        _ = try await deliveries(.restore(document, until: until, actor: actor))
    }

    private func deliveries(_ request: Request) async throws(Problem) -> [Delivery] {
        switch await ask(request) {
        case .receipts(let deliveries): return deliveries
        case .started(let name, _): return [Delivery(name: name, receipt: Receipt(.applied))]
        case .schedule, .preview, .removed: return []
        case .refused(let problem): throw problem
        }
    }

    /// Changes records from outside any instance.
    package func update(_ update: RecordUpdate) async throws(Problem) {
        if case .refused(let problem) = await ask(.update(update)) { throw problem }
    }
}
