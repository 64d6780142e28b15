import Values

extension RouteDeclaration {
    /// Who did what.
    static let audit: [RouteDeclaration] = [
        get(
            .audit, "/v1/audit", "Who did what: every change by a person or a token, newest first.",
            "AuditPage", .audit, .audit,
            query: [
                Parameter(
                    "filter", ["type": "string"],
                    "Terms that all must hold, like `actor:operator/olga deed:task since:7d`."),
                Parameter(
                    "after", ["type": "integer", "minimum": 0],
                    "In place of the filter: rows behind this one, the oldest first, with what their hashes are over."
                ),
                count(1_000, 50), cursor,
            ])
    ]
}

extension ResourceSchema {
    static let ofAudit: [(name: String, schema: Value)] = [
        (
            "AuditPage",
            object(
                [
                    "rows": list(reference("AuditRow")),
                    "last": described(
                        integer, "The number of the newest row of all; 0: there is none."),
                ], optional: ["cursor": text])
        ),
        (
            "AuditRow",
            object(
                [
                    "sequence": described(integer, "1…n without a gap."), "at": moment,
                    "deed": described(text, "What was done: `start`, `task.decide`, `money.hold`."),
                    "actor": described(text, "On whose behalf: `role/subject`."),
                    "hash": described(text, "SHA-256 over the row and the hash of the row before."),
                ],
                optional: [
                    "target": described(text, "To what."),
                    "outcome": described(text, "What became of it."), "reason": text,
                    "principal": described(text, "Who really asked, where that had to be proven."),
                    "provenBy": described(text, "By what: `token tk_…`, `issuer …`."),
                    "request": described(text, "The request's id."),
                    "arguments": described(map, "Payloads stand here as keyed hashes."),
                    "erased": described(list(text), "What an erasure has taken."),
                    "proof": described(map, "With `after`: what the hash is over."),
                ])
        ),
    ]
}
