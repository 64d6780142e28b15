import Values

extension RouteDeclaration {
    /// What the business lets people read of its records.
    static let statements: [RouteDeclaration] = [
        get(
            .statements, "/v1/statements", "The kinds of statements that there are.",
            "StatementKindList", .consult, .statements),
        RouteDeclaration(
            endpoint: .statement, method: .get, path: "/v1/statements/{kind}/{subject}",
            summary: "A statement, or a page of it.", permission: .consult, tag: .statements,
            query: [
                Parameter("from", ResourceSchema.moment, "Only what is booked then or later."),
                Parameter("until", ResourceSchema.moment, "Only what is booked before."),
                asOf,
                Parameter("after", ["type": "string"], "`next` of the page before."),
                count(1000, 200),
            ],
            headers: [ifNoneMatch],
            answers: [
                Answer(
                    status: 200, content: .resource("Statement"), summary: "It is here.",
                    headers: [tag]),
                unchanged,
            ], refusals: [404]),
        RouteDeclaration(
            endpoint: .statementDocument, method: .get,
            path: "/v1/statements/{kind}/{subject}/document",
            summary: "The document that was issued, as HTML.", permission: .consult,
            tag: .statements, query: [asOf], headers: [ifNoneMatch],
            answers: [
                Answer(
                    status: 200, content: .bytes(["text/html"]), summary: "As it was issued.",
                    headers: [tag]),
                unchanged,
            ], refusals: [404]),
    ]

    private static let asOf = Parameter(
        "asOf", ["type": "integer", "minimum": 0],
        "A number that a statement named: made of nothing later, it is the same to the byte.")
    private static let ifNoneMatch = Parameter(
        "If-None-Match", ["type": "string"], "Its ETag.")
    private static let tag = Parameter(
        "ETag", ["type": "string"], "The hash of what is answered.", isRequired: true)
    private static let unchanged = Answer(
        status: 304, content: .none, summary: "It is what you have.", headers: [tag])
}

extension ResourceSchema {
    static let ofStatements: [(name: String, schema: Value)] = [
        (
            "StatementKindList",
            object([
                "statements": list(
                    object(["kind": text, "abstract": described(text, "What it tells.")]))
            ])
        ),
        (
            "Statement",
            described(
                object(
                    ["kind": text, "subject": text],
                    optional: [
                        "asOf": described(
                            integer, "How far it looked; asked for with it, it is the same."),
                        "from": moment, "until": moment,
                        "list": described(text, "The member that is paged."),
                        "total": described(integer, "How many rows that has on all pages."),
                        "next": described(
                            ["type": ["string", "null"]],
                            "Where the next page begins; null: this is the last one."),
                    ]),
                "Further members are the business's own; amounts are `{minor, currency, text}`.")
        ),
    ]
}
