import CEL
import Statechart
import Values

/// Sessions that sessions start: parameters in, events both ways.
extension SCXMLWorld {
    /// Why an invocation does not start.
    private enum NoInvocation: Error {
        case unknownType(String)
        case nothingToRun
        case undeclared(String)
    }

    mutating func invoke(_ invocation: InvocationIndex, from index: Int) throws {
        let session = sessions[index]
        let invoke = session.chart.invocations[invocation]
        let order = try invoke.order.evaluate(session.bindings)
        if let type = order["type"]?.stringValue, !isChart(type) {
            throw NoInvocation.unknownType(type)
        }
        let chart = try invoke.chart ?? self.chart(order, of: session)
        let id = invoke.id ?? "\(invoke.state).\(invocationCount)"
        invocationCount += 1
        if let location = invoke.idLocation {
            guard session.snapshot.data[location] != nil else {
                throw NoInvocation.undeclared(location)
            }
            sessions[index].snapshot.data[location] = .string(id)
        }
        sessions[index].children[invocation] = Child(session: sessions.count, invokeID: id)
        start(
            chart, parent: Parent(session: index, invokeID: id),
            given: order["parameters"]?.mapValue ?? [:])
    }

    private func isChart(_ type: String) -> Bool {
        ["scxml", "http://www.w3.org/TR/scxml/", "http://www.w3.org/TR/scxml"].contains(type)
    }

    private func chart(_ order: Value, of session: Session) throws -> ImportedChart {
        if let source = order["src"]?.stringValue, let documents {
            return try documents.chart(of: source)
        }
        guard let number = order["content"]?["document"]?.intValue.map({ Int($0) }),
            session.chart.documents.indices.contains(number)
        else { throw NoInvocation.nothingToRun }
        return session.chart.documents[number]
    }

    /// The child leaves its states, but nothing of it reaches its parent any more. Of one that has ended by
    /// itself everything does.
    mutating func cancel(_ invocation: InvocationIndex, of index: Int) {
        guard let child = sessions[index].children.removeValue(forKey: invocation)?.session else {
            return
        }
        guard sessions[child].isRunning else { return }
        sessions[child].isRunning = false
        let session = sessions[child]
        let step = session.chart.machine.stop(
            session.snapshot, environment: session.environment, processor: processor(of: child))
        apply(step, to: child)
        agenda.removeAll { $0.sender == child && ($0.isDelayed || $0.receiver == index) }
    }

    /// What the invocations that are active make of an external event before the chart sees it: `<finalize>` of the one
    /// that it comes from, and a copy to each that is forwarded everything.
    /// - Returns: how many errors there were.
    mutating func prepare(_ message: Message, for index: Int) -> Int {
        var errors = 0
        let session = sessions[index]
        for (invocation, child) in session.children.sorted(by: { $0.key < $1.key }) {
            let invoke = session.chart.invocations[invocation]
            if let finalizer = invoke.finalizer, message.invokeID == child.invokeID {
                let step = finalizer.step(
                    sessions[index].snapshot, message.event(as: .invocationDone(invocation)),
                    environment: session.environment)
                sessions[index].snapshot = step.snapshot
                errors += step.problems.count
            }
            if invoke.forwardsAll { post(message, from: index, to: child.session) }
        }
        return errors
    }
}
