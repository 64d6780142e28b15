import Definition
import Engine
import Execution
import Resources
import Values

/// Money that people hold.
extension API {
    func money() throws -> APIResponse {
        let inspector = inspector
        let holds = try inspector.moneyHolds()
        let standing =
            holds.isEmpty
            ? MoneyStanding()
            : try inspector.moneyStanding { adapter, operation, input in
                holds.hold(of: adapter, operation, input) != nil
            }
        var document = standing.document
        document["holds"] = .list(holds.list.map { .map($0.document) })
        return APIResponse(.map(document))
    }

    func moneyHolds() throws -> APIResponse {
        APIResponse(["holds": .list(try inspector.allMoneyHolds().map { .map($0.document) })])
    }

    func moneyHold(_ request: APIRequest) throws -> APIResponse {
        APIResponse(.map(try document(ofHold: try number(ofHoldIn: request))))
    }

    func holdMoney(_ request: APIRequest) async throws -> APIResponse {
        var body = BodyMembers(try request.members(), known: ["scope", "reason"])
        let text = body.string("scope") ?? MoneyFlow.Direction.outgoing.rawValue
        let reason = body.reason(isRequired: true)
        let scope = MoneyScope(parsing: text)
        if scope == nil {
            body.note(
                "/scope",
                "`\(text.quotable)` is none of out, in, all, adapter:NAME, operation:ADAPTER.NAME "
                    + "and account:ID")
        }
        try body.check()
        guard let scope else { return APIResponse([:]) }
        let number = try await engine.holdMoney(scope, reason: reason, by: request.actor)
        let document = try document(ofHold: number)
        logger.notice(
            "money held",
            metadata: [
                "hold": "\(number)", "scope": "\(scope.text)", "reason": "\(reason)",
                "held": "\(document["held"]?["calls"]?.intValue ?? 0)",
                "inFlight": "\(document["inFlight"]?["calls"]?.intValue ?? 0)",
                "actor": "\(request.actor)", "request": "\(request.id)",
            ])
        return APIResponse(
            status: 201, headers: [("Location", "/v1/money/holds/\(number)")], .map(document))
    }

    func releaseMoney(_ request: APIRequest) async throws -> APIResponse {
        let number = try number(ofHoldIn: request)
        var body = BodyMembers(try request.members(), known: ["reason", "dryRun"])
        let isDry = body.flag("dryRun")
        let reason = body.reason(isRequired: !isDry)
        try body.check()
        let preview = try inspector.preview(releaseOf: number)
        if !isDry {
            try await engine.releaseMoney(number, reason: reason, by: request.actor)
            logger.notice(
                "money released",
                metadata: [
                    "hold": "\(number)", "reason": "\(reason)", "leaves": "\(preview.leaves.calls)",
                    "actor": "\(request.actor)", "request": "\(request.id)",
                ])
        }
        let document = try inspector.moneyHold(number).document.merging([
            "dryRun": .bool(isDry), "leaves": preview.leaves.document,
            "staysHeld": preview.staysHeld.document, "isLeast": .bool(preview.isLeast),
        ])
        return APIResponse(.map(document))
    }

    private func document(ofHold number: Int64) throws(Problem) -> ValueMap {
        let inspector = inspector
        let hold = try inspector.moneyHold(number)
        guard hold.released == nil else { return hold.document }
        let standing = try inspector.moneyStanding { adapter, operation, input in
            hold.scope.covers(adapter, operation, input)
        }
        return hold.document.merging(standing.document)
    }

    private func number(ofHoldIn request: APIRequest) throws(Problem) -> Int64 {
        let text = request.parameter("hold")
        guard let number = Int64(text), number > 0 else {
            throw Problem(
                .notFound, "there is no hold \(text.quotable)",
                fix: "GET /v1/money/holds lists them")
        }
        return number
    }
}
