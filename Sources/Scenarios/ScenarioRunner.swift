import Definition
import Engine
import Execution
import Statechart
import Values
import WorkflowLanguage

// Scenarios: a workflow's own tests, run by the engine itself.
//
// Theory of operation. `ScenarioRunner` loads the workflows that a scenario names and puts the real engine
// machine on virtual time over a store in memory. What the engine calls outside is answered by `FakeWorld`;
// in-process operations run for real unless the scenario fakes them (`FakedOperations`). Both take their
// answers from a `TaskScript`, which also counts. `ScenarioStage` plays one step after the other and stops
// at the first that does not hold, because what comes after it would only repeat the news; `ExpectationCheck`
// compares one `expect` with what is. Nothing here decides anything that the engine decides in production.
//
// Coverage: every transition of the loaded charts begins with a mark, an entry that it leaves in the
// instance's history (`Machine.marked`), so that what was taken is read from the store and never guessed.

/// Runs scenarios on a project's workflows.
package struct ScenarioRunner: Sendable {
    private let workflows: [WorkflowDefinition]
    /// On which a scenario may start, to migrate.
    private let earlier: [WorkflowDefinition]
    private let adapters: [AdapterManifest]
    private let local: any LocalPerformer
    private let calendars: Calendars
    private let makeStore: @Sendable () -> any Store

    /// - Parameters:
    ///   - earlier: older versions of them; what of these was visited is not counted.
    ///   - local: what in-process tasks without a fake run.
    ///   - makeStore: an empty one for each scenario.
    package init(
        workflows: [WorkflowDefinition], earlier: [WorkflowDefinition] = [],
        adapters: [AdapterManifest], local: any LocalPerformer, calendars: Calendars = Calendars(),
        makeStore: @escaping @Sendable () -> any Store
    ) {
        self.workflows = workflows.map(\.marked)
        self.earlier = earlier
        self.adapters = adapters
        self.local = local
        self.calendars = calendars
        self.makeStore = makeStore
    }

    /// Of schedules and calendar durations that name none, in a scenario without a param `zone`.
    package static let standardZone = "UTC"

    /// Events for workflows that the scenario does not load go nowhere.
    package func run(_ scenario: Scenario) -> ScenarioResult {
        let names = [scenario.workflow] + scenario.also
        let known = workflows.map(\.name)
        for name in names where !known.contains(name) {
            let failure = ScenarioFailure(
                at: .start, "workflow \(name)", expected: "one of \(known.listed)",
                actual: nearestName(to: name, among: known).map { "did you mean \($0)?" }
                    ?? "unknown")
            return ScenarioResult(failures: [failure])
        }
        let mistakes = ScenarioLint(scenario: scenario, adapters: adapters).failures
        guard mistakes.isEmpty else { return ScenarioResult(failures: mistakes) }
        let loaded = workflows.filter { names.contains($0.name) }
        guard let version = scenario.version else { return play(scenario, loaded, beside: earlier) }
        let own = earlier.filter { sameUTF8($0.name, scenario.workflow) }
        guard let start = (own + loaded).first(where: { $0.isVersion(version, of: scenario) })
        else {
            let known = own.map { "\($0.version)" }
            let failure = ScenarioFailure(
                at: .start, "version \(version)", expected: "one of \(known.listed)",
                actual: "it is not in the folder `versions` beside workflow.yaml")
            return ScenarioResult(failures: [failure])
        }
        // What starts is the older one; the others are there to migrate to.
        let others = loaded.filter { !sameUTF8($0.name, scenario.workflow) }
        return play(
            scenario, others + [start],
            beside: (own + loaded).filter {
                sameUTF8($0.name, scenario.workflow) && $0.version != version
            })
    }

    /// - Parameter kept: versions on which nothing starts.
    private func play(
        _ scenario: Scenario, _ loaded: [WorkflowDefinition], beside kept: [WorkflowDefinition]
    ) -> ScenarioResult {
        let operations = FakedOperations(
            local, script: TaskScript(scenario.fakes, adapters: adapters))
        let zone = scenario.params["zone"]?.stringValue ?? Self.standardZone
        let catalog = Catalog(
            workflows: loaded, kept: kept, adapters: adapters, local: operations,
            params: [ExactText(scenario.workflow): scenario.params],
            zone: zone, calendars: calendars.inZone(zone))
        let store = makeStore()
        var failures: [ScenarioFailure] = []
        var coverage = Coverage()
        do throws(StoreError) {
            try store.commit([scenario.seeding])
            var stage = try ScenarioStage(
                scenario: scenario, catalog: catalog, adapters: adapters, operations: operations,
                store: store)
            failures = try stage.play()
            coverage = try Coverage(reading: store, now: stage.now)
        } catch {
            failures.append(
                ScenarioFailure(
                    at: .start, "the engine", expected: "it goes on", actual: "it stopped: \(error)"
                ))
        }
        return ScenarioResult(failures: failures, coverage: coverage)
    }
}

package struct ScenarioResult: Sendable, Hashable {
    /// Of the first step that did not hold.
    package let failures: [ScenarioFailure]
    package let coverage: Coverage

    package var passed: Bool { failures.isEmpty }

    package init(failures: [ScenarioFailure], coverage: Coverage = Coverage()) {
        self.failures = failures
        self.coverage = coverage
    }
}

/// Something that is not as the scenario says.
package struct ScenarioFailure: Sendable, Hashable {
    /// In the scenario's file.
    package let location: SourceLocation
    /// What was looked at: `status`, `context.price`, `calls of notices.send`.
    package let subject: String
    package let expected: String
    package let actual: String
    /// Where the instance stood and why; nil where there is none.
    package let why: String?

    package init(
        at location: SourceLocation, _ subject: String, expected: String, actual: String,
        why: String? = nil
    ) {
        self.location = location
        self.subject = subject
        self.expected = expected
        self.actual = actual
        self.why = why
    }
}

extension SourceLocation {
    /// What concerns the scenario as a whole.
    package static let start = SourceLocation(line: 1, column: 1)
}

extension WorkflowDefinition {
    fileprivate func isVersion(_ version: Int, of scenario: Scenario) -> Bool {
        self.version == version && sameUTF8(name, scenario.workflow)
    }
}

extension Scenario {
    /// The records that stand in the store before anything happens.
    fileprivate var seeding: Commit {
        var commit = Commit()
        commit.records = records.map {
            RecordWrite(
                collection: $0.collection, id: $0.id, group: $0.group ?? "", expectedRevision: 0,
                body: $0.body)
        }
        return commit
    }
}

extension [String] {
    package var listed: String { isEmpty ? "nothing" : joined(separator: ", ") }
}
