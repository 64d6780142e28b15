import CEL
import Engine
import Execution
import Statechart
import Values
import WorkflowLanguage

/// Events, and what their sender is told.
extension ScenarioStage {
    package mutating func play(
        _ send: ScenarioSend, at location: SourceLocation
    ) throws(StoreError) -> [ScenarioFailure] {
        let data: Value
        do throws(EvaluationError) {
            data = try send.data.evaluate(bindings).plain
        } catch {
            return [
                failure(
                    at: location, "the data of \(send.event)", expected: "a value",
                    actual: error.message)
            ]
        }
        events += 1
        let event = InboundEvent(
            id: send.id ?? "scenario-\(events)", name: send.event, data: data,
            sender: send.actor ?? scenario.actor ?? .system)
        let reply = try engine.ask(
            .event(EventCommand(address: address(of: send), event: event)))
        if send.to == nil, subject == nil { subject = reply.firstName }
        return check(reply, of: send, at: location).map { [$0] } ?? []
    }

    package mutating func play(
        _ decision: ScenarioDecision, at location: SourceLocation
    ) throws(StoreError) -> [ScenarioFailure] {
        guard let name = decision.to ?? subject else { return [noSubject(at: location)] }
        let form: Value
        do throws(EvaluationError) {
            form = try decision.form.evaluate(bindings).plain
        } catch {
            return [
                failure(
                    at: location, "the form of a decision", expected: "a value",
                    actual: error.message)
            ]
        }
        let input = Input.task(
            decision.task,
            .decide(TaskDecision(decision.outcome, form: form, comment: decision.comment)),
            actor: decision.actor ?? scenario.actor ?? .system)
        let told = Told(try engine.ask(.operate(name, input, isDry: false)))
        guard told.code != decision.code else { return [] }
        return [
            failure(
                at: location, "the decision \(decision.outcome)",
                expected: decision.code.map { "refused (\($0))" } ?? "taken", actual: told.text,
                of: name)
        ]
    }

    /// Before anything has started, the event itself says whom it is for; a start event goes to the workflow.
    private func address(of send: ScenarioSend) -> EventCommand.Address {
        guard let name = send.to ?? subject else {
            return .correlate(key: nil, workflow: scenario.workflow)
        }
        guard send.to != nil, catalog.current(name.workflow)?.start.event == send.event else {
            return .instance(name)
        }
        return .correlate(key: name.key, workflow: name.workflow)
    }

    /// A step that expects nothing still expects that the event is not refused.
    private func check(
        _ reply: Reply, of send: ScenarioSend, at location: SourceLocation
    ) -> ScenarioFailure? {
        let told = Told(reply)
        let expected = send.receipt.map { wanted in
            wanted.rawValue + (send.code.map { " (\($0))" } ?? "")
        }
        let holds: Bool
        if let receipt = send.receipt {
            holds = told.outcome == receipt.rawValue && (send.code == nil || send.code == told.code)
        } else {
            holds = told.outcome != ScenarioSend.ReceiptKind.rejected.rawValue
        }
        return holds
            ? nil
            : failure(
                at: location, "the receipt of \(send.event)", expected: expected ?? "not rejected",
                actual: told.text, of: send.to)
    }
}

/// What the sender learns, in the scenario's words: what is refused counts as rejected.
private struct Told {
    let outcome: String
    let code: String?
    let message: String?

    init(_ reply: Reply) {
        switch reply {
        case .receipts(let deliveries):
            let receipt = deliveries.first?.receipt
            outcome = receipt?.outcome.rawValue ?? "nothing"
            code = receipt?.code
            message = receipt?.message
        case .started, .schedule, .preview, .removed:
            outcome = ScenarioSend.ReceiptKind.applied.rawValue
            code = nil
            message = nil
        case .refused(let problem):
            outcome = ScenarioSend.ReceiptKind.rejected.rawValue
            code = problem.code.rawValue
            message = problem.message
        }
    }

    var text: String {
        outcome + (code.map { " (\($0))" } ?? "") + (message.map { ": \($0)" } ?? "")
    }
}

extension Reply {
    fileprivate var firstName: InstanceName? {
        switch self {
        case .started(let name, _): name
        case .receipts(let deliveries): deliveries.first?.name
        case .refused, .schedule, .preview, .removed: nil
        }
    }
}
