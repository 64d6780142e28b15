import Definition
import Engine
import Execution
import Resources
import Values

/// What people do: to an instance, to one of its tasks, to a schedule, to an adapter, to a workflow. What there is, what it takes
/// and how it is read is said in `Resources`; here it is carried out. A dry run (`dryRun: true`) is the same decision and keeps nothing of it.
extension API {
    func act(_ action: ActionDeclaration, _ request: APIRequest) async throws -> APIResponse {
        let body = try request.members(isOptional: action.bodyIsOptional)
        switch action.subject {
        case .instance:
            return try await carryOut(try ActionRequest(action, body), request)
        case .task:
            // What was seen of the task comes first: whoever saw another one is told so, whatever they say.
            let (number, revision) = try seenTask(request, isRequired: action.isExclusive)
            return try await carryOut(
                try ActionRequest(action, body), on: number, revision, request)
        case .schedule:
            return try await carryOutOnSchedule(try ActionRequest(action, body), request)
        case .adapter:
            return try await carryOutOnAdapter(try ActionRequest(action, body), request)
        case .workflow:
            return try await carryOutOnWorkflow(try ActionRequest(action, body), request)
        }
    }

    private func carryOut(
        _ action: ActionRequest, _ request: APIRequest
    ) async throws -> APIResponse {
        guard let input = action.input(by: request.actor) else { throw action.misplaced }
        return try await carryOut(input, action, request)
    }

    private func carryOut(
        _ action: ActionRequest, on number: Int64?, _ revision: Int64?, _ request: APIRequest
    ) async throws -> APIResponse {
        guard let taskAction = action.taskAction else { throw action.misplaced }
        let task = TaskRequest(
            number, taskAction, by: request.actor, revision: revision, id: request.idempotencyKey)
        return try await carryOut(.task(task), action, request)
    }

    private func carryOut(
        _ input: Input, _ action: ActionRequest, _ request: APIRequest
    ) async throws -> APIResponse {
        let name = try name(request)
        let seen = action.declaration.subject == .task ? nil : try seenRevision(of: name, request)
        if action.isDry {
            let preview = try await engine.preview(name, input, seen: seen)
            let sensitive = try sensitive(of: name)
            // What would come of it tells what there is.
            guard try request.mayRead(inspector.view(name)) else {
                return APIResponse(["dryRun": true, "effect": [:]])
            }
            return APIResponse([
                "dryRun": true, "effect": preview?.document(masking: sensitive) ?? [:],
            ])
        }
        let deliveries = try await engine.operate(name, input, seen: seen)
        log(action, deliveries, request)
        let receipts = Value.list(deliveries.map(\.document))
        try refuse(
            ifRejected: deliveries,
            ["event": .string(action.declaration.past), "receipts": receipts])
        let view = try inspector.view(name)
        return APIResponse(
            headers: view.tag,
            [
                "receipts": receipts,
                "instance": request.seen(view, view.document(withData: false)),
            ])
    }

    /// What `If-Match` says that whoever asks has looked at; nil: nothing.
    func seenRevision(of name: InstanceName, _ request: APIRequest) throws(Problem) -> Int64? {
        let preconditions = try Preconditions(request)
        guard preconditions.match != nil else { return nil }
        return preconditions.seen(at: try revision(of: name))
    }

    /// Only what was done: a request that was refused changed nothing.
    private func log(_ action: ActionRequest, _ deliveries: [Delivery], _ request: APIRequest) {
        for delivery in deliveries where delivery.receipt.outcome == .applied {
            logger.notice(
                "\(action.declaration.past)",
                metadata: [
                    "instance": "\(delivery.name)", "actor": "\(request.actor)",
                    "reason": "\(action.reason)", "request": "\(request.id)",
                ])
        }
    }
}

extension ActionRequest {
    /// Declared for one kind of thing, and read as if it were for another.
    var misplaced: Problem {
        Problem(.internalError, "`\(declaration.verb.rawValue)` is not done to this")
    }
}
