import Execution
import Values

extension ResourceSchema {
    private static let erasure: ValueMap = [
        "number": integer, "person": described(text, "The search attribute that names the person."),
        "id": described(text, "The person's id."), "reason": text, "by": text, "at": moment,
        "status": choice(Erasure.Status.allCases.map(\.rawValue)),
        "erased": described(integer, "Instances that were erased."),
        "waiting": described(integer, "Instances that it waits for."),
    ]

    private static let awaited = object([
        "name": text, "because": described(text, "Why it is not erased yet."), "since": moment,
    ])

    static let ofErasures: [(name: String, schema: Value)] = [
        (
            "Erasure",
            object(
                erasure,
                optional: [
                    "endedAt": moment,
                    "awaits": described(
                        list(awaited), "Of one that is asked for by its number: the first 200."),
                ])
        ),
        (
            "ErasureList",
            object(["erasures": list(reference("Erasure"))], optional: ["cursor": text])
        ),
        (
            "ErasurePreview",
            object([
                "dryRun": flag, "person": text, "id": text,
                "ended": described(integer, "Instances that would be erased at once."),
                "running": described(integer, "Instances that it would wait for."),
                "awaits": described(texts, "Of these, the newest 50."),
            ])
        ),
    ]
}

extension BodySchema {
    static let erasure = closed(
        ["person": text(), "id": text()],
        optional: [
            "reason": ResourceSchema.described(
                text(upTo: 1000), "Why; it is kept. A dry run needs none."),
            "dryRun": ResourceSchema.flag,
        ])
}
