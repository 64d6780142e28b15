import CEL
import Definition
import Engine
import Execution
import Statechart
import Values
import WorkflowLanguage

/// One scenario being played.
package struct ScenarioStage {
    package let scenario: Scenario
    package let catalog: Catalog
    package let operations: FakedOperations
    package let store: any Store
    package var engine: VirtualEngine<FakeWorld>
    /// The instance under test; nil until the first event starts it.
    package var subject: InstanceName?
    /// Sent so far, for the ids of those that name none.
    package var events = 0

    package init(
        scenario: Scenario, catalog: Catalog, adapters: [AdapterManifest],
        operations: FakedOperations, store: any Store
    ) throws(StoreError) {
        self.scenario = scenario
        self.catalog = catalog
        self.operations = operations
        self.store = store
        let world = FakeWorld(script: operations.script, adapters: adapters)
        engine = try VirtualEngine(catalog: catalog, store: store, world: world, now: scenario.at)
        subject = scenario.start.map { InstanceName(workflow: scenario.workflow, key: $0.key) }
    }

    package var now: Timestamp { engine.now }

    /// Until the first step that does not hold.
    package mutating func play() throws(StoreError) -> [ScenarioFailure] {
        var failures = try putFiles()
        if failures.isEmpty { failures = try start() + mistakes }
        for step in scenario.steps {
            guard failures.isEmpty else { break }
            failures = try play(step) + mistakes
        }
        return failures
    }

    /// Of the fakes, as they were used.
    private var mistakes: [ScenarioFailure] {
        engine.world.script.mistakes + operations.script.mistakes
    }

    // MARK: Steps

    private mutating func putFiles() throws(StoreError) -> [ScenarioFailure] {
        for file in scenario.files {
            let put = AttachmentChange.put(
                file.attachment.sha256, size: file.attachment.size, type: file.type,
                by: file.actor ?? scenario.actor ?? .system)
            guard case .refused(let problem) = try engine.ask(.attachment(put)) else { continue }
            return [
                ScenarioFailure(
                    at: .start, "the file \(file.name)", expected: "it is put",
                    actual: problem.sentence)
            ]
        }
        return []
    }

    private mutating func start() throws(StoreError) -> [ScenarioFailure] {
        guard let start = scenario.start, let subject else { return [] }
        let command = StartCommand(
            name: subject, input: start.input, actor: scenario.actor ?? .system)
        guard case .refused(let problem) = try engine.ask(.start(command)) else { return [] }
        return [
            ScenarioFailure(
                at: .start, "the start of \(subject)", expected: "it starts",
                actual: problem.sentence)
        ]
    }

    private mutating func play(_ step: ScenarioStep) throws(StoreError) -> [ScenarioFailure] {
        switch step.kind {
        case .send(let send): return try play(send, at: step.location)
        case .decide(let decision): return try play(decision, at: step.location)
        case .advance(let span):
            try engine.run(until: engine.now.adding(span) ?? engine.now)
        case .advanceTo(let template): return try play(until: template, at: step.location)
        case .expect(let expectation): return check(expectation, at: step.location)
        case .cancel(let reason): return try cancel(reason, at: step.location)
        case .migrate(let version, let code):
            return try migrate(to: version, code, at: step.location)
        case .crash: try crash()
        }
        return []
    }

    private mutating func play(
        until template: Template, at location: SourceLocation
    ) throws(StoreError) -> [ScenarioFailure] {
        let value: Value
        do throws(EvaluationError) {
            value = try template.evaluate(bindings)
        } catch {
            return [failure(at: location, "advanceTo", expected: "a moment", actual: error.message)]
        }
        let moment = value.timestampValue ?? value.stringValue.flatMap(Timestamp.init(rfc3339:))
        guard let moment, moment >= engine.now else {
            return [
                failure(
                    at: location, "advanceTo", expected: "a moment from \(engine.now.rfc3339) on",
                    actual: moment?.rfc3339 ?? JSON.string(value.plain))
            ]
        }
        try engine.run(until: moment)
        return []
    }

    private mutating func cancel(
        _ reason: String, at location: SourceLocation
    ) throws(StoreError) -> [ScenarioFailure] {
        guard let subject else { return [noSubject(at: location)] }
        let reply = try engine.ask(
            .operate(
                subject, .cancel(reason: reason, actor: scenario.actor ?? .system), isDry: false))
        switch reply {
        case .started, .receipts, .schedule, .preview, .removed: return []
        case .refused(let problem):
            return [failure(at: location, "cancel", expected: "accepted", actual: problem.sentence)]
        }
    }

    private mutating func migrate(
        to version: Int, _ code: String?, at location: SourceLocation
    ) throws(StoreError) -> [ScenarioFailure] {
        guard let subject else { return [noSubject(at: location)] }
        let input = Input.operate(
            .migrate(to: version), reason: "scenario", actor: scenario.actor ?? .system)
        let reply = try engine.ask(.operate(subject, input, isDry: false))
        guard case .refused(let problem) = reply else {
            guard let code else { return [] }
            return [
                failure(
                    at: location, "migrate", expected: "refused as \(code)",
                    actual: "version \(version) took it over")
            ]
        }
        if let code, sameUTF8(code, problem.code.rawValue) { return [] }
        return [
            failure(
                at: location, "migrate",
                expected: code.map { "refused as \($0)" } ?? "version \(version) takes it over",
                actual: problem.sentence)
        ]
    }

    /// What was committed is all there is; the engine sends calls again whose answers it never saw.
    private mutating func crash() throws(StoreError) {
        var world = engine.world
        world.disconnect()
        engine = try VirtualEngine(catalog: catalog, store: store, world: world, now: engine.now)
    }

    // MARK: Looking

    /// What templates of steps see.
    package var bindings: Bindings {
        let files = Value.map(
            ValueMap(scenario.files.map { ($0.name, $0.attachment.value) }))
        guard let subject, let view = try? inspector.view(subject) else {
            return ["now": .timestamp(engine.now), "files": files]
        }
        var bindings = view.definition.environment(of: view.run, now: engine.now)
        bindings["context"] = .map(view.run.snapshot.data)
        bindings["files"] = files
        return bindings
    }

    package var inspector: Inspector { Inspector(store: store, catalog: catalog, now: engine.now) }

    // MARK: Failing

    package func failure(
        at location: SourceLocation, _ what: String, expected: String, actual: String,
        of instance: InstanceName? = nil
    ) -> ScenarioFailure {
        ScenarioFailure(
            at: location, what, expected: expected, actual: actual, why: why(instance ?? subject))
    }

    package func noSubject(at location: SourceLocation) -> ScenarioFailure {
        failure(
            at: location, "the instance under test", expected: "it was started",
            actual: "nothing has started it; give the scenario a key, or send its start event first"
        )
    }

    /// Where it stands and what it waits for.
    private func why(_ name: InstanceName?) -> String? {
        guard let name else { return nil }
        guard let view = try? inspector.view(name) else { return "there is no instance \(name)" }
        let states = view.row.summary.states.listed
        return "\(name) at \(engine.now.rfc3339): \(view.run.status.rawValue), in \(states). "
            + view.why
    }
}

extension Problem {
    /// The code, what is wrong, and where.
    package var sentence: String {
        let details = errors.map { "\($0.pointer.isEmpty ? "/" : $0.pointer) \($0.detail)" }
        return (["\(code.rawValue): \(message)"] + details).joined(separator: "; ")
    }
}
