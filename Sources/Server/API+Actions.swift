import Definition
import Engine
import Execution
import Values

/// What people do to one instance. Each action has a dry run (`dryRun: true`), which is the same decision and keeps
/// nothing of it.
extension API {
    func retry(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(
            request, known: ["incident", "reason", "dryRun"], isOptional: true)
        let incident = body.integer("incident")
        let reason = body.string("reason", limit: 1000) ?? ""
        let input = Input.operate(
            .retry(incident: incident), reason: reason, actor: request.actor)
        return try await act("retried", input, reason, &body, request)
    }

    func cancel(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["reason", "dryRun"])
        let reason = body.requiredString("reason", limit: 1000)
        return try await act(
            "cancelled", .cancel(reason: reason, actor: request.actor), reason, &body, request)
    }

    func complete(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["incident", "output", "reason", "dryRun"])
        let incident = body.requiredInteger("incident")
        let output = body["output"] ?? .map(ValueMap())
        return try await operate(
            "completed by hand", .complete(incident: incident, output: output), &body, request)
    }

    func fail(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(
            request, known: ["incident", "error", "message", "reason", "dryRun"])
        let action = OperatorAction.fail(
            incident: body.requiredInteger("incident"), error: body.requiredString("error"),
            message: body.string("message", limit: 1000) ?? "said by an operator")
        return try await operate("failed by hand", action, &body, request)
    }

    func assign(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["context", "reason", "dryRun"])
        let members = body.object("context")
        if members.isEmpty {
            body.note("/context", "an object with the members to set is expected")
        }
        return try await operate("context assigned", .assign(members), &body, request)
    }

    func move(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["state", "reason", "dryRun"])
        let state = body.requiredString("state")
        return try await operate("moved", .move(to: state), &body, request)
    }

    func fireTimer(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["state", "reason", "dryRun"])
        let state = body.requiredString("state")
        return try await operate("timer fired", .fireTimer(state: state), &body, request)
    }

    func pause(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["reason", "dryRun"])
        return try await operate("paused", .pause, &body, request)
    }

    func resume(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["reason", "dryRun"])
        return try await operate("resumed", .resume, &body, request)
    }

    func terminate(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["reason", "dryRun"])
        return try await operate("terminated", .terminate, &body, request)
    }

    // MARK: The way of all

    private func operate(
        _ what: String, _ action: OperatorAction, _ body: inout BodyMembers,
        _ request: APIRequest
    ) async throws -> APIResponse {
        let reason = body.requiredString("reason", limit: 1000)
        let input = Input.operate(action, reason: reason, actor: request.actor)
        return try await act(what, input, reason, &body, request)
    }

    func act(
        _ what: String, _ input: Input, _ reason: String, _ body: inout BodyMembers,
        _ request: APIRequest
    ) async throws -> APIResponse {
        let isDry = body.flag("dryRun")
        try body.check()
        let name = try name(request)
        let seen = try input.isOfTask ? nil : request.seenRevision()
        if isDry {
            let preview = try await engine.preview(name, input, seen: seen)
            return APIResponse(["dryRun": true, "effect": preview?.document ?? [:]])
        }
        let deliveries = try await engine.operate(name, input, seen: seen)
        log(what, deliveries, reason: reason, request)
        let receipts: ValueMap = [
            "event": .string(what), "receipts": .list(deliveries.map(\.document)),
        ]
        try refuse(ifRejected: deliveries, receipts)
        let view = try inspector.view(name)
        return APIResponse(
            headers: view.tag,
            [
                "receipts": .list(deliveries.map(\.document)),
                "instance": view.document(withData: false),
            ])
    }

    /// Only what was done: a request that was refused changed nothing.
    private func log(
        _ what: String, _ deliveries: [Delivery], reason: String, _ request: APIRequest
    ) {
        for delivery in deliveries where delivery.receipt.outcome == .applied {
            logger.notice(
                "\(what)",
                metadata: [
                    "instance": "\(delivery.name)", "actor": "\(request.actor)",
                    "reason": "\(reason)", "request": "\(request.id)",
                ])
        }
    }
}

extension Preview {
    /// The API's resource `effect`.
    fileprivate var document: Value {
        [
            "status": .string(status.rawValue), "states": .list(states.map(Value.string)),
            "history": .list(history.map(\.document)), "calls": .list(calls.map(Value.string)),
        ]
    }
}

extension Input {
    /// Tasks have entity tags of their own.
    fileprivate var isOfTask: Bool { if case .task = self { true } else { false } }
}

extension APIRequest {
    /// `If-Match: "13"`, the revision of the instance that whoever acts has looked at; `*` and no header mean any.
    fileprivate func seenRevision() throws(Problem) -> Int64? {
        guard let text = ifMatch, text != "*" else { return nil }
        let digits = text.dropFirst().dropLast()
        guard text.count > 2, text.hasPrefix("\""), text.hasSuffix("\""),
            digits.utf8.allSatisfy({ (48...57).contains($0) }), let revision = Int64(digits)
        else {
            throw Problem(
                .malformed, "`\(text.quotable)` is no ETag of an instance",
                fix: "one entity tag like \"13\", or `*`")
        }
        return revision
    }
}
