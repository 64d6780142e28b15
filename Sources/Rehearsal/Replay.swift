import Definition
import Engine
import Execution
import Guest
import Sabotage
import Sandbox
import Values

/// Runs a recorded event stream through the real engine and a real store on virtual time: the clock jumps to
/// the next event or timer, adapters reach the sandbox in process.
package struct Replay {
    package let stream: EventStream
    private var engine: VirtualEngine<ReplayWorld>
    /// How many events were replayed: those up to the end of the run.
    package private(set) var replayed = 0
    /// What became of the lines that somebody was asked about, by outcome.
    package private(set) var receipts: [ExactText: Int] = [:]
    /// What was refused, in the order of the stream: one for each instance that said no, or one where nobody was asked.
    package private(set) var rejections: [Rejection] = []

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

    /// How many were refused, by code.
    package var refusals: [ExactText: Int] {
        var counts: [ExactText: Int] = [:]
        for rejection in rejections { counts[rejection.code, default: 0] += 1 }
        return counts
    }

    /// - Parameters:
    ///   - end: where to stop; nil: at the last event.
    ///   - progress: called after each event with how many are done.
    package mutating func run(
        until end: Timestamp?, progress: (Int) -> Void
    ) throws(StoreError) {
        let last = end ?? stream.entries.last?.at ?? engine.now
        for entry in stream.entries.prefix(while: { $0.at <= last }) {
            try engine.run(until: entry.at)
            note(try engine.ask(Self.request(entry)), to: entry)
            replayed += 1
            progress(replayed)
        }
        try engine.run(until: last)
        try engine.store.set("replay.now", to: .string(engine.now.rfc3339))
        try keepLate()
        let counts = refusals
        try engine.store.set(
            Self.refused,
            to: .map(ValueMap(counts.sortedTexts.map { ($0, .int(Int64(counts[$0] ?? 0))) })))
    }

    /// Of events that moved nothing the store keeps the newest. A long stream would push out what came after the end of an
    /// instance, of which no history tells; that is put back.
    private func keepLate() throws(StoreError) {
        let store = engine.store
        let query = UnmatchedQuery(outcome: .rejected, count: Int(UnmatchedRow.maximum))
        let kept = Set<ExactText>(try store.unmatched(query).map(\.place))
        var commit = Commit()
        commit.unmatched = rejections.filter(\.isAfterEnd).suffix(Int(UnmatchedRow.maximum))
            .compactMap(\.unmatched).filter { !kept.contains($0.place) }
        if !commit.unmatched.isEmpty { try store.commit([commit]) }
    }

    /// What the store keeps of the refusals of the run that it is of: their number, by code.
    private static let refused = "replay.refused"

    /// - Returns: nil where no replay wrote the store.
    package static func refusals(in store: any Store) throws(StoreError) -> [ExactText: Int]? {
        guard let counts = try store.setting(refused)?.mapValue else { return nil }
        return Dictionary(
            counts.entries.map {
                (ExactText($0.key.stringValue ?? ""), Int($0.value.intValue ?? 0))
            },
            uniquingKeysWith: +)
    }

    private static func request(_ entry: EventStream.Entry) -> Request {
        let name = entry.instance ?? InstanceName(workflow: "", key: entry.key)
        return switch entry.deed {
        case .start(let input):
            .start(StartCommand(name: name, input: input, actor: entry.sender))
        case .event(let event, let data):
            .event(
                EventCommand(
                    address: .correlate(key: entry.key, workflow: entry.workflow),
                    event: entry.inbound(event, data)))
        case .decision(let decision):
            .operate(name, .task(nil, .decide(decision), actor: entry.sender), isDry: false)
        }
    }

    private mutating func note(_ reply: Reply, to entry: EventStream.Entry) {
        switch reply {
        case .receipts(let deliveries):
            for delivery in deliveries {
                receipts[delivery.receipt.outcome.rawValue, default: 0] += 1
                if delivery.receipt.outcome == .rejected, !isMutant(.rejectionForgotten) {
                    rejections.append(Rejection(entry, delivery))
                }
            }
        case .started(_, let isNew):
            receipts[(isNew ? Receipt.Outcome.applied : .duplicate).rawValue, default: 0] += 1
        case .refused(let problem):
            receipts["refused", default: 0] += 1
            rejections.append(Rejection(entry, problem))
        case .schedule, .preview, .removed: break
        }
    }
}

extension UnmatchedRow {
    /// Which event it is.
    fileprivate var place: ExactText { ExactText("\(workflow)\n\(key)\n\(told.id)") }
}
