import Values

extension RouteDeclaration {
    /// The engine's time, and the wall clock that it follows.
    static let clock: [RouteDeclaration] = [
        get(
            .clock, "/v1/clock",
            "The engine's time beside the wall clock's: whether a jump is not followed yet.",
            "Clock", .read, .process, refusals: [404]),
        RouteDeclaration(
            endpoint: .followClock, method: .post, path: "/v1/clock/follow",
            summary: "Takes the wall clock as it is now, however far it has jumped.",
            permission: .operate, tag: .process,
            body: .json(BodySchema.clockFollow, isRequired: true),
            answers: [
                .init(
                    status: 200, content: .resource("Clock"),
                    summary: "It is followed; where nothing had jumped, it was before.")
            ], refusals: [404, 413, 415]),
    ]
}

extension BodySchema {
    static let clockFollow = closed(["reason": text(upTo: 1000)])
}
