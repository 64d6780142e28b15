import Values

extension RouteDeclaration {
    /// A person's data are erased.
    static let erasures: [RouteDeclaration] = [
        get(
            .erasures, "/v1/erasures", "Erasures of persons' data, newest first.", "ErasureList",
            .read, .erasures, query: [count(500, 50), cursor]),
        RouteDeclaration(
            endpoint: .erase, method: .post, path: "/v1/erasures",
            summary: "Erases a person's data from every instance that has their id.",
            permission: .override, tag: .erasures,
            body: .json(BodySchema.erasure, isRequired: true),
            answers: [
                .init(
                    status: 201, content: .resource("Erasure"),
                    summary: "It is kept, durably, and begins.", headers: [location]),
                .init(
                    status: 200, content: .resource("ErasurePreview"),
                    summary: "With `dryRun`: whom it would concern."),
            ], refusals: [413, 415]),
        get(
            .erasure, "/v1/erasures/{erasure}", "One of them, with what it waits for.", "Erasure",
            .read, .erasures, refusals: [404]),
    ]
}
