import CEL
import Statechart
import Values

/// Sessions that run charts and send each other events, on virtual time: SCXML's external queues, event
/// processor and invocations around `Machine.step`.
struct SCXMLWorld {
    private struct Session {
        let chart: ImportedChart
        let parent: Parent?
        var snapshot: Snapshot
        var children: [InvocationIndex: Int] = [:]
        var isRunning = true
        var environment: Bindings
    }

    private struct Parent {
        let session: Int
        let invokeID: String
    }

    private struct Delivery {
        let due: Duration
        let isDelayed: Bool
        let sender: Int
        let receiver: Int
        let sendID: String?
        let event: Event
    }

    private var now = Duration.zero
    private var sessions: [Session] = []
    /// In order of time; what was sent first comes first.
    private var agenda: [Delivery] = []

    enum Ending: Equatable {
        /// The id of the final state.
        case final(String)
        /// Nothing is left that could move the chart out of these states.
        case stuck([String])
        case endless
    }

    /// Runs the document until it ends or nothing is left to happen.
    static func run(_ chart: ImportedChart) -> Ending {
        var world = SCXMLWorld()
        world.start(chart, parent: nil, given: [:])
        for _ in 0..<1000 {
            if let ending = world.ending { return ending }
            world.deliverNext()
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

    private mutating func deliverNext() {
        let delivery = agenda.removeFirst()
        now = delivery.due
        let session = sessions[delivery.receiver]
        guard session.isRunning else { return }
        apply(
            session.chart.machine.step(
                session.snapshot, delivery.event, environment: session.environment),
            to: delivery.receiver)
    }

    // MARK: Sessions

    private mutating func start(
        _ chart: ImportedChart, parent: Parent?, given: ValueMap
    ) {
        let environment: Bindings = ["event": .null, "given": .map(given)]
        let step = chart.machine.start(data: chart.initialData, environment: environment)
        sessions.append(
            Session(
                chart: chart, parent: parent, snapshot: step.snapshot, environment: environment))
        apply(step, to: sessions.count - 1)
    }

    private mutating func apply(_ step: Step, to index: Int) {
        sessions[index].snapshot = step.snapshot
        for effect in step.effects {
            switch effect {
            case .emit(let emission): send(emission.payload, from: index)
            case .startInvocation(let invocation): invoke(invocation, from: index)
            case .cancelInvocation(let invocation): cancel(invocation, of: index)
            case .startTimer, .cancelTimer: break
            }
        }
        if let final = step.snapshot.finalState { end(index, in: final) }
    }

    /// What the session still had to send is dropped, what it has sent is not.
    private mutating func end(_ index: Int, in final: StateIndex) {
        sessions[index].isRunning = false
        agenda.removeAll { $0.sender == index && $0.isDelayed }
        guard let parent = sessions[index].parent else { return }
        let session = sessions[index]
        let data = session.chart.machine.states[final].doneData
        let output = try? data?.evaluate(["context": .map(session.snapshot.data)])
        let event = Event(
            name: "done.invoke.\(parent.invokeID)", data: output ?? .null,
            attributes: ["type": "external", "invokeid": .string(parent.invokeID)])
        post(event, from: index, to: parent.session)
    }

    private mutating func invoke(_ invocation: InvocationIndex, from index: Int) {
        let invoke = sessions[index].chart.invocations[invocation]
        let bindings: Bindings = ["context": .map(sessions[index].snapshot.data)]
        var given = ValueMap()
        for parameter in invoke.parameters {
            given[parameter.name] = try? parameter.value.evaluate(bindings)
        }
        sessions[index].children[invocation] = sessions.count
        start(invoke.chart, parent: Parent(session: index, invokeID: invoke.id), given: given)
    }

    /// The child leaves its states, but nothing of it reaches its parent any more. Of one that has ended by
    /// itself everything does.
    private mutating func cancel(_ invocation: InvocationIndex, of index: Int) {
        guard let child = sessions[index].children.removeValue(forKey: invocation) else { return }
        guard sessions[child].isRunning else { return }
        sessions[child].isRunning = false
        let session = sessions[child]
        let step = session.chart.machine.stop(session.snapshot, environment: session.environment)
        apply(step, to: child)
        agenda.removeAll { $0.sender == child && ($0.isDelayed || $0.receiver == index) }
    }

    // MARK: The event processor

    private mutating func send(_ message: Value, from index: Int) {
        if let id = message["cancel"]?.stringValue {
            agenda.removeAll { $0.sender == index && $0.sendID == id }
            return
        }
        var attributes: ValueMap = [
            "type": "external", "origin": .string("#_scxml_\(index)"),
            "origintype": "http://www.w3.org/TR/scxml/#SCXMLEventProcessor",
        ]
        attributes["sendid"] = message["id"]
        var receiver: Int? = index
        switch message["target"]?.stringValue {
        case nil, "": break
        case "#_parent":
            receiver = sessions[index].parent?.session
            attributes["invokeid"] = sessions[index].parent.map { .string($0.invokeID) }
        case let target?: receiver = child(of: index, addressedBy: target)
        }
        let event = Event(
            name: message["event"]?.stringValue ?? "", data: message["data"] ?? .null,
            attributes: attributes)
        guard let receiver else {
            let error = Event(name: "error.communication", attributes: ["type": "platform"])
            return post(error, from: index, to: index)
        }
        post(
            event, from: index, to: receiver, id: message["id"]?.stringValue,
            after: message["delay"]?.stringValue.map(Self.delay) ?? .zero)
    }

    private func child(of index: Int, addressedBy target: String) -> Int? {
        let session = sessions[index]
        return session.chart.invocations.indices.first {
            "#_\(session.chart.invocations[$0].id)" == target
        }.flatMap { session.children[$0] }
    }

    private mutating func post(
        _ event: Event, from sender: Int, to receiver: Int, id: String? = nil,
        after delay: Duration = .zero
    ) {
        let delivery = Delivery(
            due: now + delay, isDelayed: delay > .zero, sender: sender, receiver: receiver,
            sendID: id, event: event)
        let place = agenda.firstIndex { $0.due > delivery.due } ?? agenda.endIndex
        agenda.insert(delivery, at: place)
    }

    /// A time of CSS 2: `1s`, `.5s`, `20ms`.
    private static func delay(_ text: String) -> Duration {
        if text.hasSuffix("ms") { return .milliseconds(Double(text.dropLast(2)) ?? 0) }
        return .seconds(Double(text.dropLast()) ?? 0)
    }
}
