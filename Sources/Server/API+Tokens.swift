import Access
import Definition
import Engine
import Execution
import Resources
import Values

/// Who asks, and what programs prove it with.
extension API {
    func whoami(_ request: APIRequest) -> APIResponse {
        guard let authority = request.authority else {
            return APIResponse([
                "isControlled": false, "subject": .string(request.actor.subject),
                "actor": .string(request.actor.description),
            ])
        }
        let principal = authority.principal
        var permissions = ValueMap()
        for permission in Permission.allCases where permission != .none {
            let places =
                authority.mayEverywhere(permission)
                ? ["*"]
                : engine.catalog.workflowNames.filter { authority.maySome(permission, of: $0) }
            guard !places.isEmpty else { continue }
            permissions[permission.rawValue] = .list(places.map(Value.string))
        }
        return APIResponse([
            "isControlled": true, "subject": .string(principal.subject),
            "roles": .list(principal.roles.sorted().map { .string($0.text) }),
            "proof": .string(principal.proof.description),
            "actor": .string(request.actor.description), "permissions": .map(permissions),
        ])
    }

    func tokens(_ request: APIRequest) throws -> APIResponse {
        let now = inspector.now
        let all = try AccessToken.all { (query) throws(StoreError) in
            try engine.store.records(query)
        }
        return APIResponse([
            "tokens": .list(
                all.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
                    .map { .map($0.document(at: now)) })
        ])
    }

    func issueToken(_ request: APIRequest) async throws -> APIResponse {
        guard let access else { throw Problem.uncontrolled }
        var body = try BodyMembers(
            request,
            known: ["subject", "roles", "permissions", "workflows", "expires", "note"])
        let order = TokenOrder(&body, policy: access.policy, engine.catalog, at: inspector.now)
        try body.check()
        let (token, text) = order.token(by: request.maker, at: inspector.now)
        try await engine.update(.issue(token))
        try access.tokens?.refresh()
        log("token issued", token, request)
        let document = token.document(at: inspector.now).merging(["token": .string(text)])
        return APIResponse(status: 201, .map(document))
    }

    func revokeToken(_ request: APIRequest) async throws -> APIResponse {
        let id = request.parameter("token")
        try await engine.update(
            .revoke(token: id, by: request.maker, at: inspector.now))
        try access?.tokens?.refresh()
        let all = try AccessToken.all { (query) throws(StoreError) in
            try engine.store.records(query)
        }
        guard let token = all.first(where: { sameUTF8($0.id, id) }) else {
            throw Problem.unknownToken(id)
        }
        log("token revoked", token, request)
        return APIResponse(.map(token.document(at: inspector.now)))
    }

    private func log(_ what: String, _ token: AccessToken, _ request: APIRequest) {
        logger.notice(
            "\(what)",
            metadata: [
                "token": "\(token.id)", "subject": "\(token.subject)",
                "actor": "\(request.maker)", "request": "\(request.id)",
            ])
    }
}

extension APIRequest {
    /// Who made it so, in words.
    fileprivate var maker: String {
        authority.map { "\($0.principal.subject) (\($0.principal.proof))" } ?? actor.description
    }
}

extension Problem {
    fileprivate static let uncontrolled = Problem(
        .notApplicable, "this server has no access control, and no token says anything here",
        fix: "put `access:` into pawl.yaml and start it again; "
            + "`pawl token create --data …` makes the first token")
}
