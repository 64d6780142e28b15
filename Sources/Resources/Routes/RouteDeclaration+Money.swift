import Values

extension RouteDeclaration {
    /// Money that moves is held, and released.
    static let money: [RouteDeclaration] = [
        get(
            .money, "/v1/money",
            "The holds that stand, how much they hold, and how much left before.", "Money", .read,
            .money),
        get(
            .moneyHolds, "/v1/money/holds", "All holds, newest first, the released ones too.",
            "MoneyHoldList", .read, .money),
        get(
            .moneyHold, "/v1/money/holds/{hold}", "One hold, with what it holds.", "MoneyHold",
            .read, .money, refusals: [404]),
        RouteDeclaration(
            endpoint: .holdMoney, method: .post, path: "/v1/money/holds",
            summary:
                "Holds money: when it is answered no call that the scope covers is sent any more.",
            permission: .operate, tag: .money,
            body: .json(BodySchema.moneyHold, isRequired: true),
            answers: [
                .init(
                    status: 201, content: .resource("MoneyHold"),
                    summary: "It holds, durably.", headers: [location])
            ], refusals: [413, 415]),
        RouteDeclaration(
            endpoint: .releaseMoney, method: .post, path: "/v1/money/holds/{hold}/release",
            summary:
                "Releases a hold that somebody else placed; with `dryRun` says what would leave.",
            permission: .operate, tag: .money,
            body: .json(BodySchema.moneyRelease, isRequired: true),
            answers: [
                .init(
                    status: 200, content: .resource("MoneyRelease"),
                    summary: "What leaves now, the oldest first, or would.")
            ], refusals: [404, 409, 413, 415]),
    ]
}
