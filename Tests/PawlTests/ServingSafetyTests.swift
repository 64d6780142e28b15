import Access
import ArgumentParser
import Definition
import Foundation
import Testing
import Values

@testable import Assembly
@testable import PawlCommand

/// Which servers may begin, cell by cell: where they listen, TLS, access control, a proxy.
@Suite struct ServingSafetyTests {
    private typealias Situation = ServingSafety.Situation

    private static let loopback = ["127.0.0.1", "127.8.8.8", "localhost", "::1"]
    private static let reachable = [
        "0.0.0.0", "::", "192.0.2.7", "10.0.0.1", "pawl.example.com", "127.0.0.1.example.com",
        "localhost.example.com", "", "::ffff:127.0.0.1",
    ]

    @Test func whatOnlyThisMachineReachesMayBeginAsItIs() {
        for host in Self.loopback {
            for hasTLS in [false, true] {
                for hasAccess in [false, true] {
                    let situation = Situation(
                        host: host, hasTLS: hasTLS, hasAccessControl: hasAccess)
                    #expect(ServingSafety.lacks(situation) == [], "\(host)")
                }
            }
            // A proxy lets others in.
            let behind = Situation(host: host, isBehindProxy: true)
            #expect(ServingSafety.lacks(behind) == [.accessControlBehindProxy])
            let known = Situation(host: host, hasAccessControl: true, isBehindProxy: true)
            #expect(ServingSafety.lacks(known) == [])
        }
    }

    @Test func whatOthersReachNeedsBoth() {
        for host in Self.reachable {
            for hasTLS in [false, true] {
                for hasAccess in [false, true] {
                    for isBehindProxy in [false, true] {
                        let situation = Situation(
                            host: host, hasTLS: hasTLS, hasAccessControl: hasAccess,
                            isBehindProxy: isBehindProxy)
                        let expected: [ServingSafety.Lack] =
                            (hasAccess ? [] : [.accessControl])
                            + (hasTLS || isBehindProxy ? [] : [.encryption])
                        #expect(ServingSafety.lacks(situation) == expected, "\(situation)")
                    }
                }
            }
        }
    }

    @Test func strangersAreNotLetInInTheClear() {
        for host in Self.reachable {
            var situation = Situation(publicHost: host)
            #expect(ServingSafety.lacks(situation) == [.publicEncryption])
            situation.hasPublicProxy = true
            #expect(ServingSafety.lacks(situation) == [])
            situation.hasPublicProxy = false
            situation.hasTLS = true
            #expect(ServingSafety.lacks(situation) == [])
        }
        #expect(ServingSafety.lacks(Situation(publicHost: "127.0.0.1")) == [])
    }

    @Test func eachLackIsSaidWithWhatToDo() throws {
        let failure = #expect(throws: Failure.self) {
            try ServingSafety.check(Situation(host: "0.0.0.0"))
        }
        #expect(failure?.status == 64)
        for word in ["nobody has to say who asks", "reads along"] {
            #expect(failure?.message.contains(word) == true, "\(word)")
        }
        for word in ["access:", "pawl token create", "--behind-proxy", "127.0.0.1", "tls"] {
            #expect(failure?.fix?.contains(word) == true, "\(word)")
        }
        let strangers = #expect(throws: Failure.self) {
            try ServingSafety.check(Situation(publicHost: "0.0.0.0"))
        }
        #expect(strangers?.fix?.contains("--public-proxy") == true)
    }

    @Test func theOptionsBelongTogether() throws {
        func parse(_ words: String...) throws -> Serve? {
            try RootCommand<Lamplighter>.parseAsRoot(["serve"] + words) as? Serve
        }
        let serve = try #require(
            try parse(
                "--tls-certificate", "s.pem", "--tls-key", "s.key", "--behind-proxy", "10.0.0.0/8"))
        #expect(serve.transport.tls(nil) == TLSFiles(certificate: "s.pem", key: "s.key"))
        let declared = TLSFiles(
            certificate: "d.pem", key: "d.key", clients: .init(authorities: "ca.pem"))
        #expect(serve.transport.tls(declared)?.clients == declared.clients)
        #expect(serve.transport.proxies.contains("10.1.2.3"))
        #expect(throws: (any Error).self) { try parse("--tls-key", "s.key") }
        #expect(throws: (any Error).self) { try parse("--behind-proxy", "proxy.internal") }
    }
}

/// `server` in pawl.yaml.
@Suite struct ServingConfigurationTests {
    private static func parse(_ text: String) throws -> PawlConfiguration {
        try PawlConfiguration(parsing: text, file: "pawl.yaml")
    }

    @Test func everythingIsRead() throws {
        let server = try Self.parse(
            """
            server:
              hosts: [Pawl.example.com, 192.0.2.7, '2001:db8::7']
              tls:
                certificate: /etc/pawl/server.pem
                key: /etc/pawl/server.key
                clients: {authorities: /etc/pawl/clients.pem, required: true, revoked: ['0abc']}
              limits: {connections: 100, connectionsByPeer: 7, head: 3s, idle: 1m, bodyRate: 0}
            """
        ).server
        #expect(server.hosts == ["pawl.example.com", "192.0.2.7", "2001:db8::7"])
        #expect(server.tls?.key == "/etc/pawl/server.key")
        #expect(server.tls?.clients?.isRequired == true)
        #expect(server.tls?.clients?.revoked == .serials(["0abc"]))
        #expect(server.limits.connections == 100 && server.limits.connectionsByPeer == 7)
        #expect(server.limits.head == .seconds(3) && server.limits.idle == .seconds(60))
        #expect(server.limits.bodyRate == 0)
        #expect(server.limits.headerBytes == ServerLimits().headerBytes)
        let none = try Self.parse("namespace: shop").server
        #expect(none == ServingConfiguration())
    }

    @Test(arguments: [
        ("server: 7", "`server` has the members hosts, tls, limits"),
        ("server: {host: [a]}", "did you mean `hosts`?"),
        ("server: {hosts: []}", "list of names"),
        ("server: {hosts: ['a:b']}", "names or addresses"),
        ("server: {hosts: ['http://a']}", "list of names"),
        ("server: {tls: {certificate: a.pem}}", "`server.tls.key`"),
        ("server: {tls: {certificate: a, key: b, client: {}}}", "did you mean `clients`?"),
        ("server: {tls: {certificate: a, key: b, clients: {}}}", "authorities"),
        (
            "server: {tls: {certificate: a, key: b, clients: {authorities: c, required: 1}}}",
            "true or false"
        ),
        (
            "server: {tls: {certificate: a, key: b, clients: {authorities: c, revoked: [12]}}}",
            "in quotes"
        ),
        ("server: {limits: {headr: 10s}}", "did you mean `head`?"),
        ("server: {limits: {head: 0s}}", "a time from 1s to 1h"),
        ("server: {limits: {head: 10}}", "a time from 1s to 1h"),
        ("server: {limits: {connectionsByPeer: 0}}", "a number from 1 to"),
        ("server: {limits: {headerBytes: many}}", "a number from 1024 to"),
    ])
    func whatDoesNotFitIsSaid(text: String, says: String) {
        let problem = #expect(throws: Problem.self) { try Self.parse(text) }
        let said = (problem?.message ?? "") + " " + (problem?.fix ?? "")
        #expect(said.contains(says), "\(said)")
    }

    @Test func rulesForCertificatesAreRead() throws {
        let rules = try CertificateRule.list(
            [
                ["san": "dns:a.internal", "name": "a", "roles": ["operator", "viewer"]],
                ["san": "uri:spiffe://example.org/b", "roles": ["viewer"]],
                ["subject": "CN=till", "roles": ["viewer"]],
            ], in: "pawl.yaml")
        #expect(
            rules.map(\.match) == [
                .name(kind: .dns, "a.internal"), .name(kind: .uri, "spiffe://example.org/b"),
                .commonName("till"),
            ])
        #expect(rules.map(\.called) == ["a", "spiffe://example.org/b", "till"])
        #expect(rules[0].roles == ["operator", "viewer"])
    }

    @Test(
        arguments: [
            ([["san": "a.internal", "roles": ["x"]]], "dns:, uri: or email:"),
            ([["san": "dns:", "roles": ["x"]]], "dns:, uri: or email:"),
            ([["subject": "till", "roles": ["x"]]], "CN="),
            ([["san": "dns:a", "subject": "CN=a", "roles": ["x"]]], "either `san` or `subject`"),
            ([["roles": ["x"]]], "either `san` or `subject`"), ([["san": "dns:a"]], "`roles`"),
            ([["san": "dns:a", "roles": []]], "`roles`"),
            ([["san": "dns:a", "roles": ["x"], "rolls": 1]], "no member `rolls`"),
            (
                [["san": "dns:a", "roles": ["x"]], ["san": "dns:a", "roles": ["y"]]], "never counts"
            ), ("dns:a", "is a list"),
        ] as [(Value, String)])
    func aRuleThatDoesNotFitIsSaid(value: Value, says: String) {
        let problem = #expect(throws: Problem.self) {
            try CertificateRule.list(value, in: "pawl.yaml")
        }
        #expect(problem?.message.contains(says) == true, "\(problem?.message ?? "")")
    }

    /// `docs/reference/limits.md` has a row for each.
    @Test func everyLimitHasARow() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appending(path: "docs/reference/limits.md"), encoding: .utf8)
        let shown = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(shown.sorted() == ServerLimits.members.sorted())
    }
}

/// Whom a client trusts, and what it shows.
@Suite struct ClientTrustTests {
    @Test func whatIsSaidNearestWins() {
        let typed = ClientTrust(authorities: "typed.pem")
        let kept = ClientTrust(authorities: "kept.pem", certificate: "c.pem", key: "c.key")
        let environment = ["PAWL_CA": "e.pem", "PAWL_CERT": "e.crt", "PAWL_CERT_KEY": ""]
        let said = ClientTrust.said(in: { environment[$0] })
        #expect(said == ClientTrust(authorities: "e.pem", certificate: "e.crt"))
        let trust = typed.falling(backTo: kept).falling(backTo: said)
        #expect(trust == ClientTrust(authorities: "typed.pem", certificate: "c.pem", key: "c.key"))
        // A certificate of one place never gets the key of another.
        let half = ClientTrust(certificate: "typed.crt").falling(backTo: kept)
        #expect(half.key == nil)
        #expect(half.options.keyFile == "typed.crt")
    }

    @Test func aContextKeepsIt() async throws {
        try await withFolder { folder in
            let file = folder + "/pawl/contexts.json"
            var book = ContextBook()
            let trust = ClientTrust(authorities: "/ca.pem", certificate: "/c.pem", key: "/c.key")
            _ = try book.set(
                ContextBook.Entry(name: "there", url: "https://pawl.example", trust: trust))
            try book.write(file)
            let read = try ContextBook.read(file)
            #expect(try read.entry("there").trust == trust)
        }
    }
}
