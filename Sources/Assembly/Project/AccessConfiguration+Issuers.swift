import Definition
import Identity
import Values

/// An entry of `access.issuers`: the issuer, and where the secret is that a login needs.
package struct IssuerConfiguration: Sendable, Hashable {
    package let settings: IssuerSettings
    package let secret: Setting?

    package static let members = [
        "issuer", "audience", "algorithms", "jwks", "subject", "prefix", "roles", "parties",
        "clockSkew",
        "maximumAge", "client",
    ]
    package static let clientMembers = ["id", "secret", "scopes"]
    package static let roleMembers = ["claim", "map"]

    /// `access.issuers` in `pawl.yaml`, in its order.
    package static func issuers(
        _ value: Value, in file: String
    ) throws(Problem) -> [IssuerConfiguration] {
        guard let entries = value.mapValue?.entries else {
            throw Problem(
                .invalid, "\(file): `access.issuers` is no mapping of names to issuers",
                fix: "write `issuers: {acme: {issuer: https://login.acme.example, audience: pawl}}`"
            )
        }
        var issuers: [IssuerConfiguration] = []
        for (key, value) in entries {
            let section = IssuerSection(name: key.stringValue ?? "", file: file)
            let issuer = try section.issuer(value)
            let address = issuer.settings.issuer
            if let other = issuers.first(where: { sameUTF8($0.settings.issuer, address) }) {
                throw section.problem(
                    "is `\(other.settings.name)` once more: both have the issuer \(address)",
                    "make one entry of them")
            }
            issuers.append(issuer)
        }
        // Whose `ana` is meant is never left to chance.
        let prefixes = Set<ExactText>(issuers.map(\.settings.prefix))
        guard prefixes.count == issuers.count else {
            throw Problem(
                .invalid,
                "\(file): two of `access.issuers` give names with one `prefix`: an `ana` of both would be one person",
                fix: "give each its own, like `prefix: 'acme:'`; one of them may have none")
        }
        return issuers
    }

    /// Names of the policy's roles that it gives, by which a caller can see that they are there.
    package var roles: Set<ExactText> {
        settings.roles.reduce(into: Set<ExactText>()) { roles, rule in
            for given in rule.map.values { roles.formUnion(given) }
        }
    }
}

/// Reads one entry.
private struct IssuerSection {
    let name: String
    let file: String

    private static let maximumSkew = Duration.seconds(300)

    func problem(_ what: String, _ fix: String) -> Problem {
        Problem(.invalid, "\(file): `access.issuers.\(name)` \(what)", fix: fix)
    }

    func issuer(_ value: Value) throws(Problem) -> IssuerConfiguration {
        guard (1...40).contains(name.utf8.count),
            name.utf8.allSatisfy({
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            })
        else {
            throw problem(
                "is no name of an issuer: small letters, digits and hyphens, 40 at most",
                "call it as its page is called: `acme`")
        }
        let map = try PawlConfiguration.section(
            value, "access.issuers.\(name)", members: IssuerConfiguration.members,
            example: "\(name): {issuer: https://login.acme.example, audience: pawl}", in: file)
        var settings = IssuerSettings(
            name: name, issuer: try address(map["issuer"], "issuer", in: nil),
            audience: try text(map["audience"], "audience", "pawl"),
            algorithms: try algorithms(map["algorithms"]))
        settings.keys = try keys(map["jwks"], of: settings.issuer)
        if let value = map["subject"] {
            settings.subject = ExactText(try text(value, "subject", "preferred_username"))
        }
        settings.prefix = try prefix(map["prefix"])
        settings.roles = try roles(map["roles"])
        settings.parties = Set<ExactText>(try texts(map["parties"], "parties", "[console]"))
        settings.clockSkew = try span(map["clockSkew"], "clockSkew", .zero) ?? settings.clockSkew
        guard settings.clockSkew <= Self.maximumSkew else {
            throw problem(
                "allows a `clockSkew` beyond 5m", "mend the clock that is so far off, with NTP")
        }
        settings.maximumAge = try span(map["maximumAge"], "maximumAge", .seconds(60))
        let secret = try client(map["client"], &settings)
        return IssuerConfiguration(settings: settings, secret: secret)
    }

    // MARK: Parts

    /// `''` says that this one's names are known as they are.
    private func prefix(_ value: Value?) throws(Problem) -> ExactText {
        guard let value else { return "" }
        guard let text = value.stringValue, text.utf8.count <= 40,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw problem(
                "has a `prefix` that is no text of up to 40 characters without spaces",
                "write it like `prefix: 'acme:'`")
        }
        return ExactText(text)
    }

    private func address(
        _ value: Value?, _ member: String, in issuer: String?
    ) throws(Problem) -> String {
        guard let text = value?.stringValue, IssuerAddress.isSafe(text, of: issuer) else {
            throw problem(
                "has no `\(member)` that is an https address (http on this machine alone)",
                "write it as the issuer's own discovery document has it, to the last slash")
        }
        return text
    }

    private func algorithms(_ value: Value?) throws(Problem) -> [TokenAlgorithm] {
        guard let value else { return [.rs256] }
        var algorithms: [TokenAlgorithm] = []
        for name in value.listValue ?? [value] {
            guard let known = name.stringValue.flatMap({ TokenAlgorithm(exactly: $0) }) else {
                let all = TokenAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
                throw problem(
                    "names an algorithm that is none of \(all)",
                    "shared secrets and `none` are not taken: anybody who checks them could sign")
            }
            if !algorithms.contains(known) { algorithms.append(known) }
        }
        guard !algorithms.isEmpty else {
            throw problem("takes no algorithm", "write `algorithms: [RS256]`")
        }
        return algorithms
    }

    private func keys(_ value: Value?, of issuer: String) throws(Problem) -> ExactText? {
        guard let value, value != "discovery" else { return nil }
        return ExactText(try address(value, "jwks", in: issuer))
    }

    /// One rule, or several.
    private func roles(_ value: Value?) throws(Problem) -> [RoleRule] {
        var rules: [RoleRule] = []
        for value in value.map({ $0.listValue ?? [$0] }) ?? [] {
            let map = try PawlConfiguration.section(
                value, "access.issuers.\(name).roles", members: IssuerConfiguration.roleMembers,
                example: "roles: {claim: groups, map: {pawl-ops: operator}}", in: file)
            let claim = try texts(map["claim"], "roles.claim", "groups")
            guard !claim.isEmpty, let entries = map["map"]?.mapValue?.entries else {
                throw problem(
                    "gives roles without a `claim` and a `map` of its values",
                    "write `roles: {claim: groups, map: {pawl-ops: operator}}`")
            }
            var roles: [ExactText: Set<ExactText>] = [:]
            for (key, value) in entries {
                let given = try texts(value, "roles.map", "{pawl-ops: operator}")
                guard !given.contains(where: { sameUTF8($0.lowercased(), "system") }) else {
                    throw problem(
                        "gives the role `system`, which is the engine's own",
                        "write `map: {pawl-ops: operator}`")
                }
                roles[ExactText(key.stringValue ?? "")] = Set<ExactText>(given)
            }
            rules.append(RoleRule(claim: claim.map { ExactText($0) }, map: roles))
        }
        return rules
    }

    private func client(
        _ value: Value?, _ settings: inout IssuerSettings
    ) throws(Problem) -> Setting? {
        guard let value else { return nil }
        let map = try PawlConfiguration.section(
            value, "access.issuers.\(name).client", members: IssuerConfiguration.clientMembers,
            example: "client: {id: pawl, secret: {env: OIDC_SECRET}}", in: file)
        var client = IssuerSettings.Client(id: try text(map["id"], "client.id", "pawl"))
        if let scopes = map["scopes"] {
            client.scopes = try texts(scopes, "client.scopes", "[profile, email]").map {
                ExactText($0)
            }
            guard !client.scopes.contains(where: { $0.text.utf8.contains(0x20) }) else {
                throw problem("has a scope with a space in it", "write `scopes: [profile, email]`")
            }
        }
        settings.client = client
        return try map["secret"].map { value throws(Problem) in try secret(value) }
    }

    private func secret(_ value: Value) throws(Problem) -> Setting {
        if value.mapValue?.count == 1 {
            if let name = value["env"]?.stringValue, !name.isEmpty { return .environment(name) }
            if let path = value["file"]?.stringValue, !path.isEmpty { return .file(path) }
        }
        throw problem(
            "has a `client.secret` that is no reference to where it is kept",
            "write `secret: {env: NAME}` or `secret: {file: PATH}`")
    }

    // MARK: Values

    private func text(_ value: Value?, _ member: String, _ example: String) throws(Problem)
        -> String
    {
        guard let text = value?.stringValue, (1...200).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else {
            throw problem("has no text as `\(member)`", "write `\(member): \(example)`")
        }
        return text
    }

    /// A text is a list of one.
    private func texts(
        _ value: Value?, _ member: String, _ example: String
    ) throws(Problem) -> [String] {
        guard let value else { return [] }
        var texts: [String] = []
        for value in value.listValue ?? [value] {
            texts.append(try text(value, member, example))
        }
        return texts
    }

    private func span(
        _ value: Value?, _ member: String, _ least: Duration
    ) throws(Problem) -> Duration? {
        guard let value else { return nil }
        guard let span = value.stringValue.flatMap({ Duration(parsing: $0) }), span >= least else {
            throw problem(
                "has a `\(member)` that is no span of time, or too short a one",
                "write it like `60s` or `12h`")
        }
        return span
    }
}
