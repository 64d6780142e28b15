import Access
import Definition
import Engine
import Execution
import Resources
import Sabotage
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
        if let authority = request.authority { try authority.check(order) }
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

    // MARK: Sessions

    func sessions(_ request: APIRequest) -> APIResponse {
        let now = inspector.now
        return APIResponse([
            "sessions": .list(
                (sessions?.standing ?? []).map { session in
                    [
                        "subject": .string(session.principal.subject),
                        "roles": .list(
                            session.principal.roles.sorted().map { .string($0.text) }),
                        "proof": .string(session.principal.proof.description),
                        "since": .string((now - session.begun).rfc3339),
                        "lastUsed": .string((now - session.used).rfc3339),
                    ]
                })
        ])
    }

    /// Of one subject, in whatever browsers.
    func endSessions(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["subject"])
        let subject = body.requiredString("subject")
        try body.check()
        try await engine.record(
            AuditEntry(
                .logout, by: request.actor, AuditTarget("session", nil, key: subject)))
        let count = sessions?.endAll(of: subject) ?? 0
        logger.notice(
            "sessions ended",
            metadata: [
                "subject": "\(subject)", "count": "\(count)", "actor": "\(request.maker)",
                "request": "\(request.id)",
            ])
        return APIResponse(["subject": .string(subject), "ended": .int(Int64(count))])
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

extension Authority {
    /// Nobody makes a token that may more than they do: by it they would.
    fileprivate func check(_ order: TokenOrder) throws(Problem) {
        guard !isMutant(.tokenBeyondItsMaker) else { return }
        let may = Permission.allCases.filter { mayEverywhere($0) }
        if may == Permission.allCases { return }
        // A role is also what tasks and events ask for, and a subject whose they are.
        guard sameUTF8(order.subject, principal.subject), order.roles.isSubset(of: principal.roles)
        else {
            throw Problem(
                .forbidden,
                "\(principal.subject.quotable) may make tokens of their own name and roles only",
                fix: "ask an admin, who may everything")
        }
        for name in order.roles.sorted() {
            guard let role = access.policy.roles[name] else { continue }
            for grant in role.grants {
                let permissions = grant.permissions.filter {
                    order.scope.permissions?.contains($0) ?? true
                }
                var workflows = grant.workflows
                if let bound = order.scope.workflows {
                    workflows = workflows.map { $0.intersection(bound) } ?? bound
                }
                let places: [String?] = workflows.map { $0.map(\.text) } ?? [nil]
                let isCovered = permissions.allSatisfy { permission in
                    places.allSatisfy { verdict(permission, $0) == .allowed }
                }
                guard isCovered else { throw tooMuch(name) }
            }
            guard role.speaksFor.allSatisfy({ access.policy.speaks(principal, for: $0) }) else {
                throw tooMuch(name)
            }
        }
    }

    private func tooMuch(_ role: ExactText) -> Problem {
        Problem(
            .forbidden,
            "\(principal.subject.quotable) may not give the role \(role): it may more than they do",
            fix: "bound the token with `permissions` and `workflows`, or ask an admin")
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
