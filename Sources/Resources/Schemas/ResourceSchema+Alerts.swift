import Alerts
import Values

extension ResourceSchema {
    package static let alertStatus = choice(AlertStatus.allCases.map(\.rawValue))
    package static let alertKind = choice(Condition.Kind.allCases.map(\.rawValue))
    package static let deliveryStatus = choice(AlertDelivery.Status.allCases.map(\.rawValue))

    static let ofAlerts: [(name: String, schema: Value)] = [
        (
            "Alert",
            object(
                [
                    "id": text, "status": alertStatus, "kind": alertKind,
                    "sentence": described(text, "What is wrong."), "since": moment,
                    "count": described(integer, "Instances that it concerns, or occurrences."),
                    "workflows": texts,
                    "examples": described(texts, "Names of some of the instances."),
                    "commands": described(texts, "Lines to type."),
                    "messages": described(integer, "Messages that were made of it."),
                    "told": described(
                        list(object(["receiver": text, "at": moment])),
                        "Receivers that took a message of it, and when they last did."),
                    "untold": described(
                        list(reference("Delivery")),
                        "What a receiver has not taken: still tried, or given up."),
                ],
                optional: [
                    "cause": text, "adapter": text, "resolvedAt": moment,
                    "acknowledgement": object(["by": text, "at": moment, "note": text]),
                    "silence": reference("Silence"),
                ])
        ),
        (
            "AlertList",
            object(
                [
                    "alerts": list(reference("Alert")), "total": integer,
                    "receivers": described(texts, "Those of pawl.yaml."),
                    "disabled": described(
                        list(object(["name": text, "at": moment, "reason": text])),
                        "Receivers that want no more, until something reaches them again."),
                ], optional: ["cursor": text])
        ),
        (
            "Silence",
            object(
                [
                    "id": text, "from": moment, "until": moment, "by": text, "reason": text,
                    "holds": flag,
                ],
                optional: [
                    "kinds": list(alertKind), "workflow": text, "adapter": text, "cause": text,
                ])
        ),
        ("SilenceList", object(["silences": list(reference("Silence"))])),
        ("SilenceEnd", object(["id": text])),
        (
            "Delivery",
            object(
                [
                    "id": described(text, "The `webhook-id` of every attempt."),
                    "status": deliveryStatus, "receiver": text,
                    "type": described(text, "Of the event: `dev.pawl.alert.firing`."),
                    "attempts": integer, "madeAt": moment,
                ],
                optional: [
                    "address": described(text, "Of a mail."), "alert": text, "nextAt": moment,
                    "endedAt": moment, "error": described(text, "Of the last attempt."),
                    "sentence": text,
                ])
        ),
        (
            "DeliveryList",
            object(
                ["deliveries": list(reference("Delivery")), "total": integer],
                optional: ["cursor": text])
        ),
    ]
}

extension BodySchema {
    static let acknowledgement = closed(
        ValueMap(), optional: ["note": text(upTo: 1000)])

    static let alertTest = closed(ValueMap(), optional: ["receiver": text()])

    static let silence = closed(
        ["until": ResourceSchema.moment, "reason": text(upTo: 1000)],
        optional: [
            "kinds": ResourceSchema.list(ResourceSchema.alertKind), "workflow": text(),
            "adapter": text(),
            "cause": ResourceSchema.described(text(upTo: 1000), "`*` stands for any text."),
        ])
}
