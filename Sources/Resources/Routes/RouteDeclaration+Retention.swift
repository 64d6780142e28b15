import Values

extension RouteDeclaration {
    /// What is kept how long, and what is gone.
    static let retention: [RouteDeclaration] = [
        get(
            .retention, "/v1/retention",
            "How long instances of each workflow are kept after their end, what may go now and what has gone.",
            "Retention", .read, .retention),
        get(
            .archived, "/v1/archive/{workflow}/{key}",
            "What the archive has of an instance that is gone; the latest, when it went twice.",
            "ArchivedInstance", .read, .retention, refusals: [404]),
        RouteDeclaration(
            endpoint: .restoreArchived, method: .post, path: "/v1/archive/{workflow}/{key}/restore",
            summary: "Puts it back as it was, until a moment at least.", permission: .override,
            tag: .retention, body: .json(BodySchema.restoration, isRequired: true),
            answers: [
                .init(
                    status: 200, content: .resource("RestoredInstance"), summary: "It is there.")
            ], refusals: [404, 409, 413, 415]),
    ]
}

extension BodySchema {
    static let restoration = closed(
        ["until": ResourceSchema.moment, "reason": text(upTo: 1000)])
}

extension ResourceSchema {
    static let ofRetention: [(name: String, schema: Value)] = [
        (
            "Retention",
            object(
                [
                    "workflows": list(reference("WorkflowRetention")),
                    "restored": list(
                        object(["name": text, "by": text, "at": moment, "until": moment])),
                    "archived": described(flag, "What goes is archived first."),
                ],
                optional: [
                    "failure": described(text, "Why nothing goes, although something is due.")
                ])
        ),
        (
            "WorkflowRetention",
            object(
                [
                    "workflow": text,
                    "removed": described(integer, "Instances that have gone, ever."),
                    "due": described(integer, "Those that may go now; counted up to 1,000."),
                    "isDueLeast": described(flag, "There are more than that."),
                ],
                optional: [
                    "period": described(text, "How long; absent: for ever."),
                    "periodSeconds": integer,
                    "lastAt": described(moment, "When one went last."),
                ])
        ),
        (
            "ArchivedInstance",
            object(
                [
                    "name": text, "format": integer, "workflow": text, "key": text, "id": integer,
                    "version": integer, "status": text, "revision": integer, "startedAt": moment,
                    "endedAt": moment, "run": described(map, "As the store had it."),
                    "history": list(
                        object(
                            ["sequence": integer, "at": moment, "kind": text, "data": anything])),
                ],
                optional: [
                    "receipts": list(map), "members": list(map),
                    "attachments": described(list(map), "Content that it refers to."),
                ])
        ),
        ("RestoredInstance", object(["name": text, "until": moment])),
    ]
}
