import ArgumentParser
import Assembly
import Definition
import Engine
import Execution
import Foundation
import Guest
import Rehearsal
import Scenarios
import Values

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run a recorded event stream through the real engine on virtual time.",
        discussion: """
            The stream is JSON lines in order of time, in UTF-8, packed by gzip or not: {"at", "start", "key", "input"} starts \
            an instance, {"at", "event", "key", "data"} is an event, {"at", "decide", "key", "workflow", "form"} a decision on \
            a task; each may name its sender, "actor", and its "id".

            The engine and the SQLite file are the real ones; adapters reach the sandbox in process. Afterwards \
            `pawl ls --data DIR` and `pawl why --data DIR` read the file at its last virtual time.

            Exit status: 0; with --against 1 when the runs differ; else with --rejects 6 when anything was refused.
            """)

    @Option(help: "The recorded events, JSON lines; - is the standard input.")
    var events: String

    @Option(help: "An empty folder for the database.")
    var data: String

    @Option(
        help: "Stop at this time, before or after the last event (RFC 3339); else at that event.")
    var until: String?

    @Option(help: "Write what became of each instance to this CSV file.")
    var outcomes: String?

    @Option(
        help: ArgumentHelp(
            "Write what was refused to this file, a JSON line each: its line, id, key, event, at, code and reason.",
            valueName: "file"))
    var rejects: String?

    @Option(help: "Who acts besides the stream: a JSON list of {workflow, state, after, send, as}.")
    var actors: String?

    @Option(
        name: .customLong("by"),
        help: ArgumentHelp(
            "Tell how instances stand by this search attribute, in a table; repeat it for several. `state` alone tells of all workflows.",
            valueName: "attribute"))
    var attributes: [String] = []

    @Option(
        help: ArgumentHelp(
            "Compare with an earlier run, the folder of its database: outcomes, times in states, calls and money of each instance.",
            valueName: "folder"))
    var against: String?

    @Option(
        name: .customLong("param"),
        help: ArgumentHelp(
            "Set a param of every workflow that has it, or of one: workflow.name=value.",
            valueName: "name=value"))
    var params: [String] = []

    @Option(help: "Params and the zone as an installation sets them: its pawl.yaml.")
    var config: String?

    @OptionGroup var imports: ImportOptions

    @Option(help: "The folder of workflows.")
    var workflows = "workflows"

    @Option(help: "The folder of adapters.")
    var adapters = "adapters"

    func run() throws {
        let started = ContinuousClock.now
        let stream = try StreamFile.read(events)
        guard !stream.entries.isEmpty else {
            throw Problem(
                .malformed, "\(events) holds no events",
                fix: "write one {at, key, event, data} a line")
        }
        // Before a long run it is known that it can be written.
        if let rejects { try Self.write("", to: rejects) }
        let end = try until.map(Self.time)
        var configuration =
            try config.map { try PawlConfiguration.read($0, default: "") } ?? .init()
        let project = try load(zone: configuration.zone)
        try ParamOverrides.apply(params, to: &configuration, workflows: project.workflows)
        try checkAttributes(project.workflows)
        let earlier = try against.map { try Wiring.file($0).inspector }
        let (store, flush) = try open()
        try project.publish(into: store)
        for plan in try imports.plans(samplesIn: ".") { _ = try Wiring.bring(plan, into: store) }
        let catalog = Catalog(
            workflows: project.workflows, adapters: project.adapters, local: Wiring.operations,
            params: try configuration.params(for: project.workflows),
            zone: configuration.zone ?? "UTC", calendars: project.calendars)
        let rehearsal = Wiring.business.rehearsal
        let script =
            try actors.map { try ActorsScript(parsing: try Self.text($0)) }
            ?? ActorsScript(rehearsal.actors)
        var replay = try Replay(
            stream: stream, catalog: catalog, manifests: project.adapters, store: store,
            remotes: Wiring.business.remotes, actors: script)
        var bar = ProgressBar(total: stream.entries.count, label: "replaying")
        try replay.run(until: end) { bar.show($0) }
        bar.finish()
        try flush()
        try report(replay, store, catalog, took: ContinuousClock.now - started)
        if let earlier, let against {
            let comparison = try ReplayComparison(
                earlier, Inspector(store: store, catalog: catalog, now: replay.now))
            Terminal.print("\n" + comparison.text(against: against))
            if !comparison.findings.isEmpty { throw Failure(status: 1) }
        }
        if rejects != nil, !replay.rejections.isEmpty { throw Failure(status: 6) }
    }

    /// Named on the terminal where no file names them all.
    private static let namedRefusals = 5

    private func open() throws -> (any Store, () throws(StoreError) -> Void) {
        let (store, flush) = try Wiring.bulkStore(data)
        guard try store.lastInstanceID().rawValue == 0 else {
            throw Problem(
                .notApplicable, "\(data) holds a database with instances already",
                fix: "name an empty folder")
        }
        return (store, flush)
    }

    /// No column of the table is needed for it.
    private static let stateAlone = "state"

    private func checkAttributes(_ workflows: [WorkflowDefinition]) throws {
        let known = workflows.flatMap(\.search).map(\.name)
        for name in attributes where !known.contains(exactly: name) && name != Self.stateAlone {
            throw Problem(
                .invalid, "no workflow has a search attribute `\(name)`",
                fix: nearestName(to: name, among: known).map { "did you mean `\($0)`?" }
                    ?? "write `search: {\(name): …}` in workflow.yaml, or --by state")
        }
    }

    private func load(zone: String?) throws -> Project {
        let project = try Project(
            workflows: workflows, adapters: adapters, zone: zone ?? ScenarioRunner.standardZone)
        guard project.errors.isEmpty else {
            throw Problem(
                .invalid, project.rendered(project.errors), fix: "`pawl check` says it again")
        }
        return project
    }

    private func report(
        _ replay: Replay, _ store: any Store, _ catalog: Catalog, took: Duration
    ) throws {
        let inspector = Inspector(store: store, catalog: catalog, now: replay.now)
        let past = InspectedPast(inspector, rejections: replay.rejections)
        let rehearsal = Wiring.business.rehearsal
        let own = try rehearsal.outcomes(past)
        if let outcomes {
            // A business knows of its own workflows only, and these may be anybody's.
            let table = own.rows.isEmpty ? try PlainRehearsal().outcomes(past) : own
            try Self.write(
                CSVText.text([table.columns] + table.rows, lineEnd: "\n"), to: outcomes)
        }
        if let rejects {
            try Self.write(
                replay.rejections.map { JSON.string($0.document) + "\n" }.joined(), to: rejects)
        }
        let summary = try ReplaySummary(
            replay: replay, lines: try rehearsal.summary(past, own), inspector: inspector,
            workflows: catalog.workflowNames,
            firstRefused: rejects == nil ? Self.namedRefusals : 0, took: took)
        Terminal.print(summary.text)
        guard !attributes.isEmpty else { return }
        Terminal.print(
            "\n"
                + OutcomeText.table(
                    try OutcomeTable(past, by: attributes.filter { $0 != Self.stateAlone })))
    }

    private static func text(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Problem(.notFound, "\(path) cannot be read", fix: "name a UTF-8 file")
        }
        return text
    }

    private static func write(_ text: String, to file: String) throws {
        do {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            throw Problem(
                .invalid, "\(file) cannot be written", fix: "name a file in a folder that is there")
        }
    }

    private static func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else {
            throw Problem(
                .malformed, "`\(text)` is no time", fix: "write RFC 3339, like 2018-10-17T01:00:00Z"
            )
        }
        return time
    }
}
