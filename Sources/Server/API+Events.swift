import Definition
import Engine
import Execution
import Foundation
import Resources
import Values

/// Events from outside.
extension API {
    // MARK: Events

    func send(_ request: APIRequest) async throws -> APIResponse {
        let name = try name(request)
        var body = try BodyMembers(request, known: ["event", "id", "data"])
        let event = body.event(try sender(body, of: name.workflow, request))
        // A suggestion of what one instance waits for says so; who correlates follows none.
        body.noteBlanks(in: event.data, of: "data")
        try body.check()
        let seen = try seenRevision(of: name, request)
        return try await deliver(
            EventCommand(address: .instance(name), event: event, seen: seen), request)
    }

    func correlate(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["event", "id", "key", "data", "workflow"])
        let key = body.string("key")
        let workflow = body.string("workflow")
        let event = body.event(try sender(body, of: workflow, request))
        try body.check()
        if let workflow, !engine.catalog.knows(workflow) {
            throw Problem.unknownWorkflow(workflow, catalog: engine.catalog)
        }
        try checkReceivers(of: event, key: key, workflow: workflow, request)
        let command = EventCommand(
            address: .correlate(key: key, workflow: workflow), event: event)
        return try await deliver(command, request)
    }

    /// Those that moved nothing.
    func events(_ request: APIRequest) throws -> APIResponse {
        let count = Int(try request.number("count", in: 1...500, default: 50))
        let query = UnmatchedQuery(
            event: request.option("event") ?? "", workflow: request.option("workflow") ?? "",
            key: request.option("key") ?? "",
            outcome: try request.choice("outcome", of: UnmatchedRow.Outcome.self),
            before: try request.cursor(), count: count + 1)
        let events = try inspector.unmatched(query)
        // Who would have taken it is not known of each.
        let sensitive = engine.catalog.sensitive
        var body: ValueMap = [
            "events": .list(events.prefix(count).map { $0.document(masking: sensitive) })
        ]
        if events.count > count, let last = events.prefix(count).last {
            body["cursor"] = .string(Cursor.text(last.row.number))
        }
        return APIResponse(.map(body))
    }

    private func deliver(
        _ command: EventCommand, _ request: APIRequest
    ) async throws -> APIResponse {
        let wish = try WaitWish(request, limit: configuration.maximumWait)
        if let wish { try check(wish.until, command) }
        let deliveries: [Delivery]
        do throws(Problem) {
            deliveries = try await engine.send(command)
        } catch {
            throw Refusal(error, under: "/data")
        }
        var body: ValueMap = [
            "id": .string(command.event.id), "event": .string(command.event.name),
            "receipts": .list(deliveries.map(\.document)),
        ]
        try refuse(ifRejected: deliveries, body)
        if let wish {
            body["instances"] = .list(try await waited(for: deliveries, wish, request))
        }
        return APIResponse(.map(body))
    }

    /// Before anything is sent: a state that none of those has which the event concerns is reached by none.
    private func check(_ goal: Goal, _ command: EventCommand) throws(Problem) {
        let catalog = engine.catalog
        switch command.address {
        case .instance(let name):
            let row: InstanceWrite?
            do { row = try engine.store.instance(named: name) } catch { throw .store(error) }
            let definition = row.map { catalog.definition(name.workflow, version: $0.version) }
            guard let definition = definition ?? catalog.current(name.workflow) else { return }
            try goal.check(definition, name.workflow)
        case .correlate(let key, let workflow):
            let receivers = catalog.receivers(of: command.event, key: key, workflow: workflow)
            var problem: Problem?
            for name in receivers.map(\.name.workflow) {
                guard let definition = catalog.current(name) else { return }
                do throws(Problem) {
                    return try goal.check(definition, name)
                } catch {
                    problem = problem ?? error
                }
            }
            if let problem { throw problem }
        }
    }

    /// A rejection is an answer of the business, not a fault: the receipt travels in the problem.
    func refuse(ifRejected deliveries: [Delivery], _ body: ValueMap) throws(Refusal) {
        guard let first = deliveries.first,
            deliveries.allSatisfy({ $0.receipt.outcome == .rejected })
        else { return }
        var refusal = Refusal(
            status: 409, code: "rejected",
            "\(first.name) rejected \(body["event"]?.stringValue ?? "the event")"
                + (first.receipt.message.map { ": \($0)" } ?? ""),
            fix: "`pawl why \(first.name)` says what it waits for")
        refusal.members = body
        throw refusal
    }

    private func waited(
        for deliveries: [Delivery], _ wish: WaitWish, _ request: APIRequest
    ) async throws -> [Value] {
        let deadline = ContinuousClock.now + wish.limit
        var documents: [Value] = []
        for delivery in deliveries where delivery.receipt.outcome != .kept {
            let rest = WaitWish(
                limit: max(.zero, deadline - ContinuousClock.now), until: wish.until,
                departure: wish.departure)
            let (view, isMet) = try await waited(for: delivery.name, rest)
            documents.append(request.seen(view, view.document(rest, isMet)))
        }
        return documents
    }
}

extension BodyMembers {
    /// Without an id of its own an event gets a new one, and a repeat of it is another event.
    fileprivate mutating func event(_ sender: Actor) -> InboundEvent {
        let name = requiredString("event")
        let id = string("id") ?? UUID().uuidString.lowercased()
        return InboundEvent(
            id: id, name: name, data: self["data"] ?? .map(ValueMap()), sender: sender)
    }
}
