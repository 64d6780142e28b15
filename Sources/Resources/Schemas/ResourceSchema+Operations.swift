import Execution
import Values

extension ResourceSchema {
    static let itemStatus = choice(BulkItem.State.allCases.map(\.rawValue))

    private static let counts = object([
        "asked": described(integer, "Instances that it found."),
        "accepted": described(integer, "The action was taken, durably."),
        "effective": described(integer, "Of those: the instance has gone on with it."),
        "verified": described(
            integer, "Of those: nothing that it set off is under way, and nobody is needed."),
        "failedAgain": described(integer, "Of the effective: they need a person again."),
        "refused": described(integer, "The action may not be done to them."),
        "movedOn": described(
            integer, "They were not any more as they were when it was asked for."),
        "skipped": described(
            integer, "There was nothing to do: what was asked for was so already."),
        "pending": described(integer, "Not tried yet."),
        "unsettled": described(integer, "Accepted, and what became of it is not known yet."),
    ])

    private static let action = choice(BulkRequest.actions.map(\.verb.name))

    static let ofOperations: [(name: String, schema: Value)] = [
        (
            "Operation",
            object(
                [
                    "id": integer, "action": action,
                    "status": choice(BulkOperation.Status.allCases.map(\.rawValue)),
                    "reason": text, "by": text, "canary": integer, "rate": ["type": "number"],
                    "stopAfter": integer, "createdAt": moment, "counts": counts,
                ],
                optional: [
                    "filter": text, "cause": text, "arguments": map,
                    "note": described(text, "Why it is held or stopped."), "nextAt": moment,
                    "endedAt": moment,
                ])
        ),
        (
            "OperationList",
            object(["operations": list(reference("Operation"))], optional: ["cursor": text])
        ),
        (
            "OperationItemList",
            object([
                "id": integer,
                "items": list(
                    object(
                        [
                            "number": integer, "name": text, "status": itemStatus,
                            "seen": described(integer, "The revision that it was found at."),
                        ],
                        optional: [
                            "incident": integer, "revision": integer,
                            "message": described(text, "Why it came to nothing."), "at": moment,
                        ])), "hasMore": flag,
            ])
        ),
        (
            "OperationPreview",
            object(
                [
                    "dryRun": flag, "action": action, "matched": integer,
                    "skipped": described(integer, "Of those: there would be nothing to do."),
                    "previews": described(
                        list(
                            object(
                                ["name": text],
                                optional: [
                                    "effect": map,
                                    "refusal": described(text, "It would be refused."),
                                ])), "Of the first few to which something would be done."),
                ],
                optional: [
                    "refused": described(
                        integer, "Of a migration: those that the version cannot take over now."),
                    "stranded": described(
                        list(object(["name": text, "states": texts, "reasons": texts])),
                        "The first hundred of these."),
                ])
        ),
    ]
}
