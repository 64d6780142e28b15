import Access
import Definition
import Foundation
import Identity
import Testing
import Values
import WorkflowLanguage

@testable import Assembly

/// `access.issuers` of `pawl.yaml`.
@Suite struct IssuerConfigurationTests {
    private func issuers(_ text: String) throws -> [IssuerConfiguration] {
        let value = try #require(WorkflowLanguage.parseDocument(text, file: "pawl.yaml").value)
        return try IssuerConfiguration.issuers(value.value, in: "pawl.yaml")
    }

    @Test func allOfItIsRead() throws {
        let all = try issuers(
            """
            acme:
              issuer: https://login.acme.example/realms/staff
              audience: pawl
              algorithms: [ES256, EdDSA, ES256]
              jwks: https://keys.acme.example/staff
              subject: preferred_username
              roles:
                - {claim: [realm_access, roles], map: {boss: admin, clerk: [viewer, operator]}}
                - {claim: scope, map: {pawl.read: viewer}}
              parties: [console, robot]
              clockSkew: 30s
              maximumAge: 12h
              client: {id: pawl-web, secret: {env: OIDC_SECRET}, scopes: [groups]}
            here:
              {issuer: 'http://127.0.0.1:9400', audience: pawl, jwks: discovery, clockSkew: 0s, prefix: 'here:'}
            """)
        #expect(all.map(\.settings.name) == ["acme", "here"])
        let acme = all[0].settings
        #expect(acme.algorithms == [.es256, .eddsa])
        #expect(acme.keys == "https://keys.acme.example/staff")
        #expect(acme.subject == "preferred_username")
        #expect(
            acme.roles == [
                RoleRule(
                    claim: ["realm_access", "roles"],
                    map: ["boss": ["admin"], "clerk": ["viewer", "operator"]]),
                RoleRule(claim: ["scope"], map: ["pawl.read": ["viewer"]]),
            ])
        #expect(acme.parties == ["console", "robot"])
        #expect(acme.clockSkew == .seconds(30) && acme.maximumAge == .seconds(43_200))
        #expect(acme.client == IssuerSettings.Client(id: "pawl-web", scopes: ["groups"]))
        #expect(all[0].secret == .environment("OIDC_SECRET"))
        #expect(all[0].roles == ["admin", "viewer", "operator"])
        let here = all[1].settings
        #expect(here.algorithms == [.rs256] && here.keys == nil && here.subject == "sub")
        #expect(acme.prefix == "" && here.prefix == "here:")
        #expect(here.clockSkew == .zero && here.maximumAge == nil && here.client == nil)
    }

    @Test(arguments: [
        ("[acme]", "no mapping"), ("Acme: {}", "small letters"), ("a/b: {}", "small letters"),
        ("acme: {audience: pawl}", "no `issuer`"), ("acme: text", "has the members"),
        ("acme: {issuer: 'http://login.acme.example', audience: pawl}", "no `issuer`"),
        ("acme: {issuer: 'https://a b', audience: pawl}", "no `issuer`"),
        ("acme: {issuer: 'https://u:p@login.acme.example', audience: pawl}", "no `issuer`"),
        ("acme: {issuer: 'https://a.example'}", "no text as `audience`"),
        ("acme: {issuer: 'https://a.example', audience: ''}", "no text as `audience`"),
        ("acme: {issuer: 'https://a.example', audience: [pawl]}", "no text as `audience`"),
        ("acme: {issuer: 'https://a.example', audiense: pawl}", "no member `audiense`"),
        ("acme: {$, algorithms: [HS256]}", "none of RS256"),
        ("acme: {$, algorithms: [none]}", "none of RS256"),
        ("acme: {$, algorithms: []}", "no algorithm"),
        ("acme: {$, algorithms: [rs256]}", "none of RS256"),
        ("acme: {$, jwks: 'http://127.0.0.1/keys'}", "no `jwks`"),
        ("acme: {$, clockSkew: 1h}", "beyond 5m"), ("acme: {$, clockSkew: -1s}", "no span of time"),
        ("acme: {$, clockSkew: 60}", "no span of time"), ("acme: {$, maximumAge: 1s}", "too short"),
        ("acme: {$, roles: {claim: groups}}", "a `claim` and a `map`"),
        ("acme: {$, roles: {map: {a: b}}}", "a `claim` and a `map`"),
        ("acme: {$, roles: {claim: groups, map: {a: 1}}}", "no text as `roles.map`"),
        ("acme: {$, roles: {claim: a, map: {a: [viewer, System]}}}", "the engine's own"),
        ("acme: {$, roles: [x]}", "has the members"), ("acme: {$, client: {}}", "`client.id`"),
        ("acme: {$, client: {id: a, secret: hidden}}", "no reference"),
        ("acme: {$, client: {id: a, secret: {env: A, file: B}}}", "no reference"),
        ("acme: {$, client: {id: a, scopes: ['a b']}}", "a space in it"),
        ("acme: {$}\nother: {$}", "is `acme` once more"),
        ("acme: {$, prefix: 'a b'}", "no text of up to 40"),
        ("acme: {$}\nother: {issuer: 'https://b.example', audience: pawl}", "with one `prefix`"),
    ])
    func whatDoesNotFitIsNamed(text: String, wanted: String) throws {
        let text = text.replacing("$", with: "issuer: 'https://a.example', audience: pawl")
        let problem = #expect(throws: Problem.self) { try issuers(text) }
        #expect(problem?.message.contains(wanted) == true, "\(problem?.message ?? "taken")")
        #expect(problem?.message.contains("hidden") == false)
        #expect(problem?.fix != nil)
    }

    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/reference/identity.md")

    @Test func thePageShowsWhatIsRead() throws {
        let page = try String(contentsOf: Self.page, encoding: .utf8)
        let blocks = page.components(separatedBy: "```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        #expect(blocks.count >= 4)
        for block in blocks {
            let value = try #require(
                WorkflowLanguage.parseDocument(block, file: "pawl.yaml").value?.value)
            let issuers = try IssuerConfiguration.issuers(
                #require(value["access"]?["issuers"]), in: "pawl.yaml")
            #expect(issuers.count == 1)
        }
        let shown = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(
            Array(shown.prefix(IssuerConfiguration.members.count)) == IssuerConfiguration.members)
    }
}
