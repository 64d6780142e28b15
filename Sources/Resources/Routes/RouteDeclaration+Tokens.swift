import Access
import Values

extension RouteDeclaration {
    /// Who asks, and what programs prove it with.
    static let tokens: [RouteDeclaration] = [
        get(
            .whoami, "/v1/whoami", "Who the server takes whoever asks for, and what they may.",
            "Whoami", .none, .access),
        get(
            .tokens, "/v1/tokens", "Tokens, the newest first; what they prove it with is not kept.",
            "TokenList", .administer, .access),
        RouteDeclaration(
            endpoint: .issueToken, method: .post, path: "/v1/tokens",
            summary: "Makes a token. Its text is in this answer and nowhere else, ever.",
            permission: .administer, tag: .access,
            body: .json(BodySchema.token, isRequired: true),
            answers: [
                .init(
                    status: 201, content: .resource("NewToken"), summary: "It holds from now on.")
            ], refusals: [409, 413, 415]),
        RouteDeclaration(
            endpoint: .revokeToken, method: .post, path: "/v1/tokens/{token}/revoke",
            summary: "Ends a token: whoever brings it from now on is not let in.",
            permission: .administer, tag: .access,
            answers: [
                .init(status: 200, content: .resource("Token"), summary: "It holds no more.")
            ], refusals: [404]),
        get(
            .sessions, "/v1/sessions", "Browsers that are logged in, by subject.", "SessionList",
            .administer, .access),
        RouteDeclaration(
            endpoint: .endSessions, method: .post, path: "/v1/sessions/end",
            summary: "Logs somebody out of every browser.", permission: .administer, tag: .access,
            body: .json(BodySchema.endOfSessions, isRequired: true),
            answers: [
                .init(
                    status: 200, content: .resource("SessionEnd"), summary: "They are logged out.")
            ], refusals: [413, 415]),
    ]
}
