import Access
import Definition
import Engine
import Execution
import Resources
import Values

/// One action on many instances.
extension API {
    /// So many are decided for a dry run.
    private static let previewed = 3

    func beginOperation(_ request: APIRequest) async throws -> APIResponse {
        let asked = try BulkRequest(try request.members(), by: request.actor)
        try request.check(asked.action.permission, of: asked.plan.target, engine.catalog)
        let targets = try inspector.targets(of: asked.plan.target)
        guard !asked.isDry else { return try await preview(asked, on: targets) }
        let operation = try await engine.begin(asked.plan, on: targets)
        log("operation begun", operation, request)
        return APIResponse(
            status: 201, headers: [("Location", "/v1/operations/\(operation.number)")],
            operation.document)
    }

    private func preview(
        _ asked: BulkRequest, on targets: [BulkTarget]
    ) async throws -> APIResponse {
        let trial = BulkOperation(0, asked.plan, asked: targets.count, at: inspector.now)
        let plan = asked.plan
        let concerned = targets.filter { $0.nothingToDo(by: plan.verb, plan.arguments) == nil }
        var previews: [Value] = []
        for (index, target) in concerned.prefix(Self.previewed).enumerated() {
            let item = BulkItem(
                operation: 0, index: index, instance: target.instance, name: target.name,
                seen: target.revision, incident: target.incident)
            guard let input = trial.input(for: item) else { continue }
            var entry: ValueMap = ["name": .string(target.name.description)]
            do throws(Problem) {
                let preview = try await engine.preview(target.name, input, seen: target.revision)
                let sensitive = try sensitive(of: target.name)
                entry["effect"] = preview?.document(masking: sensitive) ?? [:]
            } catch {
                entry["refusal"] = .string(error.message)
            }
            previews.append(.map(entry))
        }
        var body: ValueMap = [
            "dryRun": true, "action": .string(asked.action.verb.name),
            "matched": .int(Int64(targets.count)),
            "skipped": .int(Int64(targets.count - concerned.count)), "previews": .list(previews),
        ]
        if plan.verb == .migrate, let version = plan.arguments["to"]?.intValue {
            let stranded = try inspector.stranded(among: concerned, to: Int(clamping: version))
            body["refused"] = .int(Int64(stranded.count))
            body["stranded"] = .list(
                stranded.prefix(Self.stranded).map {
                    [
                        "name": .string($0.name.description),
                        "states": .list($0.states.map(Value.string)),
                        "reasons": .list($0.reasons.map { .string($0.sentence) }),
                    ]
                })
        }
        return APIResponse(.map(body))
    }

    /// So many of those that cannot migrate are named.
    private static let stranded = 100

    func operations(_ request: APIRequest) throws -> APIResponse {
        let count = Int(try request.number("count", in: 1...500, default: 50))
        let found = try inspector.operations(before: try request.cursor(), count: count + 1)
        var body: ValueMap = ["operations": .list(found.prefix(count).map(\.document))]
        if found.count > count { body["cursor"] = .string(Cursor.text(found[count - 1].number)) }
        return APIResponse(.map(body))
    }

    func operation(_ request: APIRequest) throws -> APIResponse {
        APIResponse(try operation(of: request, .read).document)
    }

    func operationItems(_ request: APIRequest) throws -> APIResponse {
        let number = try operation(of: request, .read).number
        let count = Int(try request.number("count", in: 1...1000, default: 200))
        let after = Int(clamping: try request.number("after", in: 0...Int64.max, default: 0))
        let states = try request.choice("status", of: BulkItem.State.self).map { [$0] }
        // An item's number is one more than its place.
        let items = try inspector.items(
            of: number, in: states ?? [], after: after > 0 ? after - 1 : nil, count: count + 1)
        return APIResponse([
            "id": .int(number), "items": .list(items.prefix(count).map(\.document)),
            "hasMore": .bool(items.count > count),
        ])
    }

    func steer(
        _ steering: BulkOperation.Steering, _ request: APIRequest
    ) async throws -> APIResponse {
        let number = try operation(of: request, .operate).number
        try await engine.steer(number, steering, by: request.actor)
        let operation = try inspector.operation(number)
        log("operation: \(steering.rawValue)", operation, request)
        return APIResponse(operation.document)
    }

    /// One's own, or any of whoever may everywhere.
    private func operation(
        of request: APIRequest, _ permission: Permission
    ) throws(Problem) -> BulkOperation {
        let number = try number(request)
        let operation = try inspector.operation(number)
        guard let authority = request.authority, !authority.mayEverywhere(permission) else {
            return operation
        }
        // One's own, as long as one may what it does: another token of the same subject may not.
        guard sameUTF8(operation.plan.actor.subject, authority.principal.subject),
            case .filter(let text) = operation.plan.target,
            let filter = try? InstanceFilter(parsing: text)
        else { throw Problem.unknownOperation(number) }
        let workflows = filter.workflows
        let needed = Set<Permission>([permission, .read])
        guard workflows.count == 1, let workflow = workflows.first,
            needed.allSatisfy({ authority.verdict($0, workflow) == .allowed })
        else { throw Problem.unknownOperation(number) }
        return operation
    }

    private func number(_ request: APIRequest) throws(Problem) -> Int64 {
        let text = request.parameter("operation")
        guard let number = Int64(text), number > 0 else {
            throw Problem(
                .notFound, "there is no operation \(text.quotable)",
                fix: "GET /v1/operations lists them")
        }
        return number
    }

    private func log(_ what: String, _ operation: BulkOperation, _ request: APIRequest) {
        logger.notice(
            "\(what)",
            metadata: [
                "operation": "\(operation.number)", "action": "\(operation.plan.verb.name)",
                "instances": "\(operation.counts.asked)", "actor": "\(request.actor)",
                "reason": "\(operation.plan.reason)", "request": "\(request.id)",
            ])
    }
}
