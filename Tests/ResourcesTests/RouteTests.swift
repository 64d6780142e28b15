import Access
import Testing
import Values

@testable import Definition
@testable import Resources

/// The API is declared once: routes, what they take, what they answer.
@Suite struct RouteDeclarationTests {
    private static let routes = RouteDeclaration.all + RouteDeclaration.publicEntry

    @Test func everyOperationHasANameOfItsOwn() {
        let ids = Self.routes.map(\.operationID)
        #expect(Set(ids).count == ids.count)
        #expect(ids.contains("retryInstance") && ids.contains("retryInstanceByKey"))
        #expect(ids.contains("assignTask") && ids.contains("assignInstance"))
        let addresses = Self.routes.map { $0.method.rawValue + " " + $0.path }
        #expect(Set(addresses).count == addresses.count)
    }

    @Test func whatTheyAnswerHasASchema() {
        let known = Set(ResourceSchema.all.map(\.name))
        #expect(known.count == ResourceSchema.all.count)
        for route in Self.routes {
            for case .resource(let name) in route.answers.map(\.content) {
                #expect(known.contains(name), "\(route.operationID) answers \(name)")
            }
            let statuses = route.answers.map(\.status) + route.refusedWith
            #expect(Set(statuses).count == statuses.count, "\(route.operationID)")
            #expect(!route.summary.isEmpty && route.summary.hasSuffix("."), "\(route.operationID)")
            #expect(route.pathParameters.allSatisfy { !$0.summary.isEmpty }, "\(route.path)")
        }
    }

    /// Whoever may only look changes nothing, and what changes something asks for more.
    @Test func whatChangesSomethingNeedsMoreThanToLook() {
        for route in RouteDeclaration.all {
            let isReading = [.none, .read, .consult].contains(route.permission)
            let isOfReaders = [.audit, .administer].contains(route.permission)
            #expect(
                route.method == .get ? isReading || isOfReaders : !isReading,
                "\(route.operationID)")
        }
    }

    @Test func everyReferenceInTheDescriptionLeadsSomewhere() throws {
        let document = OpenAPI.document(Self.routes, version: "1")
        #expect(document["openapi"] == "3.1.0")
        var seen = 0
        func walk(_ value: Value) {
            if let target = value["$ref"]?.stringValue {
                seen += 1
                let parts = target.dropFirst("#/".count).split(separator: "/").map(String.init)
                let found = parts.reduce(Value?.some(document)) { $0?[$1] }
                #expect(found != nil, "\(target)")
            }
            for entry in value.mapValue?.entries ?? [] { walk(entry.value) }
            for element in value.listValue ?? [] { walk(element) }
        }
        walk(document)
        #expect(seen > 300)
        for status in Set(Self.routes.flatMap(\.refusedWith)) {
            #expect(Refusals.all.contains { $0.status == status }, "\(status) has no code")
        }
    }

    // MARK: The page

    @Test func theReferenceSaysTheSame() throws {
        let named = RouteDeclaration.Tag.allCases.map { tag in
            let routes = Self.routes.filter { $0.tag == tag && !$0.isSecondAddress }
            return "### \(tag.rawValue.prefix(1).uppercased() + tag.rawValue.dropFirst())\n\n"
                + ReferencePage.table(
                    ["", "what it does", "permission", "query", "answers"],
                    routes.map { route in
                        [
                            "`\(route.method.rawValue) \(route.path)`",
                            route.summary, route.permission.rawValue,
                            route.query.map { "`\($0.name)`" }.joined(separator: " "),
                            route.answers.map { Self.text($0) }.joined(separator: "; "),
                        ]
                    })
        }
        let codes = ReferencePage.table(
            ["status", "codes"],
            Refusals.all.map { refusal in
                [
                    String(refusal.status),
                    refusal.codes.map { "`\($0)`" }.joined(separator: ", "),
                ]
            })
        try ReferencePage("api.md").expect([
            ("routes", named.joined(separator: "\n")), ("codes", codes),
        ])
    }

    /// Which built-in role may what; that a server does so is asked of one in `RoleTableTests`.
    @Test func theTableOfRolesSaysTheSame() throws {
        let policy = Policy()
        let roles = ["viewer", "operator", "author", "auditor", "admin"]
        let rows = RouteDeclaration.all.map { route in
            let isOpen = route.permission == .none && route.endpoint != .whoami
            let isAllowed = roles.map { name in
                let principal = Principal(
                    subject: "ana", roles: [ExactText(name)], proof: .host)
                return policy.allows(principal, route.permission, workflow: nil) == .allowed
                    || (route.endpoint == .tasks
                        && policy.allows(principal, .decide, workflow: nil) == .allowed)
            }
            return ["`\(route.method.rawValue) \(route.path)`", route.permission.rawValue]
                + ([isOpen] + isAllowed).map { $0 ? "yes" : "–" }
        }
        let permissions = Permission.allCases.filter { $0 != .none }
        let what = permissions.map { permission in
            ["`\(permission.rawValue)`"]
                + roles.map { name in
                    let grants = policy.roles[ExactText(name)]?.grants ?? []
                    return grants.contains { $0.permissions.contains(permission) } ? "yes" : "–"
                }
        }
        try ReferencePage("access.md").expect([
            ("roles", ReferencePage.table(["may"] + roles, what)),
            (
                "endpoints",
                ReferencePage.table(["endpoint", "permission", "nobody"] + roles, rows)
            ),
        ])
    }

    private static func text(_ answer: RouteDeclaration.Answer) -> String {
        switch answer.content {
        case .resource(let name): "\(answer.status) \(name)"
        case .bytes: "\(answer.status) bytes"
        case .none: "\(answer.status)"
        }
    }
}

extension RouteDeclaration {
    /// The same by workflow and key, which the page says once.
    fileprivate var isSecondAddress: Bool { operationID.hasSuffix("ByKey") }
}
