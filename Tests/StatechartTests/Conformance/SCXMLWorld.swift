import CEL
import Statechart
import Values

/// Sessions that run charts and send each other events, on virtual time: SCXML's external queues, event
/// processor and invocations around `Machine.step`.
struct SCXMLWorld {
    struct Session {
        let chart: ImportedChart
        let parent: Parent?
        let environment: Bindings
        var snapshot: Snapshot
        var children: [InvocationIndex: Child] = [:]
        var isRunning = true

        /// What the session's expressions see outside of a step.
        var bindings: Bindings {
            var bindings = Bindings(inside: environment)
            bindings["context"] = .map(snapshot.data)
            return bindings
        }
    }

    struct Parent {
        let session: Int
        let invokeID: String
    }

    struct Child {
        let session: Int
        let invokeID: String
    }

    /// What `<log>` told.
    struct Line: Equatable {
        let session: Int
        let label: String
        let value: Value
    }

    enum Ending: Equatable {
        /// The id of the final state.
        case final(String)
        /// Nothing is left that could move the chart out of these states.
        case stuck([String])
        case endless
    }

    let documents: SCXMLDocuments?
    var now = Duration.zero
    var sessions: [Session] = []
    /// In order of time; what was sent first comes first.
    var agenda: [Delivery] = []
    /// How many invocations got an id here.
    var invocationCount = 0
    private(set) var log: [Line] = []

    init(documents: SCXMLDocuments? = nil) { self.documents = documents }

    /// Runs the document until it ends or nothing is left to happen.
    static func run(_ chart: ImportedChart, among documents: SCXMLDocuments? = nil) -> Ending {
        var world = SCXMLWorld(documents: documents)
        return world.run(chart)
    }

    mutating func run(_ chart: ImportedChart) -> Ending {
        start(chart, parent: nil, given: [:])
        for _ in 0..<1000 {
            if let ending { return ending }
            deliverNext()
        }
        return .endless
    }

    private var ending: Ending? {
        let snapshot = sessions[0].snapshot
        let machine = sessions[0].chart.machine
        if let final = snapshot.finalState { return .final(machine.states[final].id) }
        guard agenda.isEmpty else { return nil }
        return .stuck(machine.leaves(of: snapshot.configuration).map { machine.states[$0].id })
    }

    // MARK: Sessions

    mutating func start(_ chart: ImportedChart, parent: Parent?, given: ValueMap) {
        let index = sessions.count
        let location: Value = ["location": .string(Self.address(of: index))]
        let environment: Bindings = [
            "event": .null, "given": .map(given), "_sessionid": .string("\(index)"),
            "_name": chart.name.map { .string($0) } ?? .null,
            "_ioprocessors": .map(ValueMap(Self.types.map { ($0, location) })),
        ]
        sessions.append(
            Session(
                chart: chart, parent: parent, environment: environment,
                snapshot: Snapshot(data: chart.initialData)))
        apply(
            chart.machine.start(
                data: chart.initialData, environment: environment, processor: processor(of: index)),
            to: index)
    }

    /// One macrostep of a session with the event.
    mutating func take(_ event: Event, in index: Int) {
        let session = sessions[index]
        guard session.isRunning else { return }
        apply(
            session.chart.machine.step(
                session.snapshot, event, environment: session.environment,
                processor: processor(of: index)),
            to: index)
    }

    /// What fails while invocations start is in the internal queue, thus before any other event.
    mutating func apply(_ step: Step, to index: Int) {
        sessions[index].snapshot = step.snapshot
        var failures: [Message] = []
        for effect in step.effects {
            switch effect {
            case .emit(let emission) where emission.kind == .log: note(emission.payload, in: index)
            case .emit(let emission): send(emission.payload, from: index)
            case .startInvocation(let invocation):
                do { try invoke(invocation, from: index) } catch {
                    failures.append(Message(error: "error.execution", sendID: nil))
                }
            case .cancelInvocation(let invocation): cancel(invocation, of: index)
            case .startTimer, .cancelTimer: break
            }
        }
        if let final = step.snapshot.finalState { end(index, in: final) }
        for failure in failures { take(failure.event, in: index) }
    }

    private mutating func note(_ line: Value, in session: Int) {
        log.append(
            Line(
                session: session, label: line["label"]?.stringValue ?? "",
                value: line["value"] ?? .null))
    }

    /// What the session still had to send is dropped, what it has sent is not.
    private mutating func end(_ index: Int, in final: StateIndex) {
        sessions[index].isRunning = false
        agenda.removeAll { $0.sender == index && $0.isDelayed }
        let session = sessions[index]
        guard let parent = session.parent else { return }
        let data = session.chart.machine.states[final].doneData
        let output = try? data?.evaluate(session.bindings)
        let message = Message(
            name: "done.invoke.\(parent.invokeID)", data: output ?? .null,
            attributes: ["type": "external", "invokeid": .string(parent.invokeID)])
        post(message, from: index, to: parent.session)
    }
}
