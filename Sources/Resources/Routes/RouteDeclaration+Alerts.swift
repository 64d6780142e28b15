import Alerts
import Values

extension RouteDeclaration {
    /// Who is woken of what.
    static let alerts: [RouteDeclaration] = [
        get(
            .alerts, "/v1/alerts",
            "Alerts, the latest first; open ones unless `status` says otherwise.",
            "AlertList", .read, .alerts,
            query: [
                Parameter("status", ResourceSchema.alertStatus, "Only those."),
                Parameter("kind", ResourceSchema.alertKind, "Only those."),
                Parameter("workflow", ["type": "string"], "Only those that concern it."),
                count(500, 100), cursor,
            ]),
        get(
            .alert, "/v1/alerts/{alert}", "One alert.", "Alert", .read, .alerts, refusals: [404]),
        RouteDeclaration(
            endpoint: .acknowledgeAlert, method: .post, path: "/v1/alerts/{alert}/acknowledge",
            summary: "Says that somebody sees to it: nobody is told again until it is over.",
            permission: .operate, tag: .alerts,
            body: .json(BodySchema.acknowledgement, isRequired: false),
            answers: [.init(status: 200, content: .resource("Alert"), summary: "So it is now.")],
            refusals: [404, 409, 413, 415]),
        RouteDeclaration(
            endpoint: .testAlert, method: .post, path: "/v1/alerts/test",
            summary: "Sends every receiver, or one, a message that says it is a test.",
            permission: .operate, tag: .alerts,
            body: .json(BodySchema.alertTest, isRequired: false),
            answers: [
                .init(
                    status: 200, content: .resource("DeliveryList"),
                    summary: "They are on their way.")
            ], refusals: [404, 413, 415]),
        get(
            .silences, "/v1/silences", "Silences that hold, and those that ended in the last day.",
            "SilenceList", .read, .alerts),
        RouteDeclaration(
            endpoint: .silence, method: .post, path: "/v1/silences",
            summary: "Has nobody told of some alerts until a moment.", permission: .operate,
            tag: .alerts, body: .json(BodySchema.silence, isRequired: true),
            answers: [.init(status: 201, content: .resource("Silence"), summary: "It holds.")],
            refusals: [409, 413, 415]),
        RouteDeclaration(
            endpoint: .endSilence, method: .post, path: "/v1/silences/{silence}/end",
            summary: "Ends that.", permission: .operate, tag: .alerts,
            answers: [
                .init(status: 200, content: .resource("SilenceEnd"), summary: "It is ended.")
            ], refusals: [404]),
        get(
            .deliveries, "/v1/deliveries", "Messages to receivers, the latest first.",
            "DeliveryList", .read, .alerts,
            query: [
                Parameter("status", ResourceSchema.deliveryStatus, "Only those."), count(500, 50),
                cursor,
            ]),
        RouteDeclaration(
            endpoint: .redeliver, method: .post, path: "/v1/deliveries/{delivery}/redeliver",
            summary: "Has one tried again that nobody tries any more, under its own id.",
            permission: .operate, tag: .alerts,
            answers: [
                .init(status: 200, content: .resource("Delivery"), summary: "It is on its way.")
            ], refusals: [404, 409]),
    ]
}
