import Definition
import Engine
import Execution
import Guest
import Sandbox
import Values

/// Runs a recorded event stream through the real engine and a real store on virtual time: the clock jumps to
/// the next event or timer, adapters reach the sandbox in process.
package struct Replay {
    package let stream: EventStream
    private var engine: VirtualEngine<ReplayWorld>
    /// How many events were replayed: those up to the end of the run.
    package private(set) var replayed = 0
    /// Events that were refused, with the reason, by its code.
    package private(set) var refusals: [ExactText: Int] = [:]
    package private(set) var receipts: [ExactText: Int] = [:]

    /// - Throws: `StoreError` as `Problem`.
    package init(
        stream: EventStream, catalog: Catalog, manifests: [AdapterManifest], store: any Store,
        remotes: [any Remote.Type], actors: ActorsScript
    ) throws(StoreError) {
        self.stream = stream
        let start = stream.entries.first?.at ?? Timestamp(milliseconds: 0)
        let world = ReplayWorld(
            outside: InProcessWorld(
                sandbox: SandboxWorld(remotes: remotes, manifests: manifests),
                manifests: manifests, start: start),
            script: actors)
        engine = try VirtualEngine(catalog: catalog, store: store, world: world, now: start)
    }

    package var now: Timestamp { engine.now }
    package var flushes: Int { engine.flushes }
    package var sandbox: SandboxWorld { engine.world.outside.sandbox }
    package var callCounts: [ExactText: Int] { engine.world.outside.callCounts }

    /// - Parameters:
    ///   - end: where to stop; nil: at the last event.
    ///   - progress: called after each event with how many are done.
    package mutating func run(
        until end: Timestamp?, progress: (Int) -> Void
    ) throws(StoreError) {
        let last = end ?? stream.entries.last?.at ?? engine.now
        for entry in stream.entries.prefix(while: { $0.at <= last }) {
            try engine.run(until: entry.at)
            note(try engine.ask(Self.request(entry)))
            replayed += 1
            progress(replayed)
        }
        try engine.run(until: last)
        try engine.store.set("replay.now", to: .string(engine.now.rfc3339))
    }

    private static func request(_ entry: EventStream.Entry) -> Request {
        switch entry.deed {
        case .event(let name, let data):
            .event(
                EventCommand(
                    address: .correlate(key: entry.key, workflow: entry.workflow),
                    event: InboundEvent(
                        id: "line-\(entry.line)", name: name, data: data, sender: entry.sender)))
        case .decision(let decision):
            .operate(
                InstanceName(workflow: entry.workflow ?? "", key: entry.key),
                .task(nil, .decide(decision), actor: entry.sender), isDry: false)
        }
    }

    private mutating func note(_ reply: Reply) {
        switch reply {
        case .receipts(let deliveries):
            for delivery in deliveries {
                receipts[delivery.receipt.outcome.rawValue, default: 0] += 1
            }
        case .schedule, .preview, .removed: break
        case .started: receipts["applied", default: 0] += 1
        case .refused(let problem): refusals[problem.code.rawValue, default: 0] += 1
        }
    }
}
