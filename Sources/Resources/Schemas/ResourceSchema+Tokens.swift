import Access
import Values

extension ResourceSchema {
    static let ofAccess: [(name: String, schema: Value)] = [
        (
            "Whoami",
            object(
                [
                    "isControlled": described(
                        flag, "false: whoever may speak to the server may do everything."),
                    "subject": text,
                ],
                optional: [
                    "roles": texts,
                    "proof": described(text, "`token t7k…`, `issuer acme`, `certificate 3f…`."),
                    "actor": described(text, "On whose behalf it asks now."),
                    "permissions": described(
                        map, "To the workflows in which each holds; `*`: everywhere."),
                ])
        ),
        ("Token", object(token, optional: bounds)),
        (
            "SessionList",
            object([
                "sessions": list(
                    object([
                        "subject": text, "roles": texts, "proof": text, "since": moment,
                        "lastUsed": moment,
                    ]))
            ])
        ),
        ("SessionEnd", object(["subject": text, "ended": integer])),
        ("TokenList", object(["tokens": list(reference("Token"))])),
        (
            "NewToken",
            object(
                token.merging(["token": described(text, "`Authorization: Bearer` takes it.")]),
                optional: bounds)
        ),
    ]

    private static let token: ValueMap = [
        "id": text, "subject": text, "roles": texts, "note": text,
        "status": choice(["active", "expired", "revoked"]), "createdAt": moment, "createdBy": text,
        "expiresAt": moment,
    ]

    private static let bounds: ValueMap = [
        "permissions": described(texts, "Of all that the roles allow, only these."),
        "workflows": described(texts, "Only about these."), "revokedAt": moment, "revokedBy": text,
    ]
}

extension BodySchema {
    static let endOfSessions = closed(["subject": text()])

    static let token = closed(
        [
            "subject": text(),
            "roles": ["type": "array", "minItems": 1, "items": text(upTo: 64)],
        ],
        optional: [
            "permissions": [
                "type": "array", "minItems": 1,
                "items": ResourceSchema.choice(
                    Permission.allCases.filter { $0 != .none }.map(\.rawValue)),
            ],
            "workflows": ["type": "array", "minItems": 1, "items": text()],
            "expires": [
                "type": "string",
                "description": "A moment, or a span from now like `90d`; without it 90 days.",
            ],
            "note": text(),
        ])
}
