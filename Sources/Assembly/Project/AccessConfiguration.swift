import Access
import CEL
import Definition
import Values

/// `access` in `pawl.yaml`: that it is there means that everybody has to say who they are.
package struct AccessConfiguration: Sendable, Hashable {
    /// Besides the built-in ones.
    package private(set) var roles: [ExactText: Policy.Role] = [:]
    /// What the grants' `subject` says, to be evaluated over an instance.
    package private(set) var subjects: [ExactText: Expression] = [:]
    /// Whose word is taken.
    package private(set) var issuers: [IssuerConfiguration] = []
    /// Whose certificates make somebody whom.
    package private(set) var certificates: [CertificateRule] = []
    package private(set) var sessions = SessionLimits()

    package static let members = ["roles", "issuers", "certificates", "sessions"]
    static let roleMembers = ["may", "workflows", "subject", "grants", "speaksFor"]
    private static let grantMembers = ["may", "workflows", "subject"]
    private static let example =
        "access: {roles: {support: {may: [read, operate], workflows: [loan]}}}"

    package var policy: Policy { Policy(declaring: roles) }

    init(_ value: Value, in file: String) throws(Problem) {
        // `access:` alone switches it on, with the built-in roles.
        let value = value.isNull ? .map(ValueMap()) : value
        let map = try PawlConfiguration.section(
            value, "access", members: Self.members, example: Self.example, in: file)
        if let declared = map["roles"] { try take(roles: declared, file) }
        if let value = map["issuers"] { issuers = try IssuerConfiguration.issuers(value, in: file) }
        if let value = map["sessions"] { try take(sessions: value, file) }
        if let value = map["certificates"] {
            certificates = try CertificateRule.list(value, in: file)
        }
        for (index, rule) in certificates.enumerated() {
            try check(rule.roles, of: "certificates[\(index)]", file)
        }
        for issuer in issuers {
            try check(issuer.roles, of: "issuers.\(issuer.settings.name)", file)
        }
    }

    private mutating func take(sessions value: Value, _ file: String) throws(Problem) {
        let map = try PawlConfiguration.section(
            value, "access.sessions", members: ["idle", "whole", "issued"],
            example: "sessions: {idle: 30m, whole: 12h, issued: 4h}", in: file)
        func span(_ name: String) throws(Problem) -> Duration? {
            guard let value = map[name] else { return nil }
            let span = value.stringValue.flatMap { Duration(parsing: $0) }
            guard let span, (.seconds(60)...(.seconds(30 * 86_400))).contains(span) else {
                throw Problem(
                    .invalid,
                    "\(file): `access.sessions.\(name)` is no span of time from 1m to 30d",
                    fix: "write it like `30m` or `12h`")
            }
            return span
        }
        sessions.idle = try span("idle") ?? sessions.idle
        sessions.whole = try span("whole") ?? sessions.whole
        sessions.issued = try span("issued") ?? sessions.issued
    }

    /// Roles that somebody is given have to be there.
    func check(_ given: Set<ExactText>, of member: String, _ file: String) throws(Problem) {
        let known = policy.roles.keys.sorted().map(\.text)
        for role in given.sorted() where !known.contains(exactly: role.text) {
            throw Problem(
                .invalid,
                "\(file): `access.\(member)` gives the role `\(role)`, which there is not",
                fix: nearestName(to: role.text, among: known).map { "did you mean `\($0)`?" }
                    ?? "declare it in `access.roles`; known: \(known.joined(separator: ", "))")
        }
    }

    private mutating func take(roles declared: Value, _ file: String) throws(Problem) {
        guard let entries = declared.mapValue?.entries else {
            throw Problem(
                .invalid, "\(file): `access.roles` is no map of names to what they may",
                fix: "write `\(Self.example)`")
        }
        for (key, value) in entries {
            let name = key.stringValue ?? ""
            try Self.check(name, file)
            roles[ExactText(name)] = try role(value, "access.roles.\(name)", file)
        }
    }

    private static func check(_ name: String, _ file: String) throws(Problem) {
        if Policy.builtIn.contains(where: { $0.name == name }) {
            throw Problem(
                .invalid, "\(file): the role `\(name)` is built in, and means the same everywhere",
                fix: "give yours another name")
        }
        guard name.isRoleName, name.lowercased() != "system" else {
            throw Problem(
                .invalid, "\(file): `\(name.shortened(to: 100))` is no name of a role",
                fix: "1 to 64 letters, digits, `-` and `_`; `system` is the engine itself")
        }
    }

    private mutating func role(
        _ value: Value, _ path: String, _ file: String
    ) throws(Problem) -> Policy.Role {
        let map = try PawlConfiguration.section(
            value, path, members: Self.roleMembers, example: Self.example, in: file)
        var role = Policy.Role(grants: [])
        if map["may"] != nil {
            role.grants.append(try grant(map, path, file))
        } else if map["workflows"] != nil || map["subject"] != nil {
            throw Problem(
                .invalid, "\(file): `\(path)` bounds what it does not allow",
                fix: "say what it may: `may: [read]`")
        }
        if let list = map["grants"] {
            guard let grants = list.listValue else {
                throw Problem(
                    .invalid, "\(file): `\(path).grants` is no list",
                    fix: "write `grants: [{may: [read], workflows: [loan]}]`")
            }
            for (index, value) in grants.enumerated() {
                let place = "\(path).grants[\(index)]"
                let map = try PawlConfiguration.section(
                    value, place, members: Self.grantMembers,
                    example: "{may: [read], workflows: [loan]}", in: file)
                role.grants.append(try grant(map, place, file))
            }
        }
        role.speaksFor = Set<ExactText>(
            try Self.names(map["speaksFor"], path + ".speaksFor", file).map { ExactText($0) })
        for name in role.speaksFor where name.text.lowercased() == "system" {
            throw Problem(
                .invalid, "\(file): `\(path).speaksFor` names `system`, which is the engine itself",
                fix: "name roles that workflows know")
        }
        return role
    }

    private mutating func grant(
        _ map: ValueMap, _ path: String, _ file: String
    ) throws(Problem) -> Policy.Grant {
        let known = Permission.allCases.filter { $0 != .none }
        var permissions = Set<Permission>()
        for name in try Self.names(map["may"], path + ".may", file) {
            guard let permission = known.first(where: { $0.rawValue == name }) else {
                let names = known.map(\.rawValue)
                throw Problem(
                    .invalid,
                    "\(file): `\(path).may` has no permission `\(name.shortened(to: 100))`",
                    fix: nearestName(to: name, among: names).map { "did you mean `\($0)`?" }
                        ?? "known: \(names.joined(separator: ", "))")
            }
            permissions.insert(permission)
        }
        guard !permissions.isEmpty else {
            throw Problem(
                .invalid, "\(file): `\(path)` allows nothing", fix: "say what it may: `may: [read]`"
            )
        }
        let workflows =
            map["workflows"] == nil
            ? nil : try Self.names(map["workflows"], path + ".workflows", file)
        return Policy.Grant(
            permissions, workflows: workflows.map { Set<ExactText>($0.map { ExactText($0) }) },
            subject: try subject(map["subject"], path, workflows, file))
    }

    private mutating func subject(
        _ value: Value?, _ path: String, _ workflows: [String]?, _ file: String
    ) throws(Problem) -> ExactText? {
        guard let value else { return nil }
        guard let text = value.stringValue, workflows != nil else {
            throw Problem(
                .invalid,
                "\(file): `\(path).subject` says where in an instance of its `workflows` the subject stands",
                fix: "write it like `workflows: [loan], subject: input.reader`")
        }
        do throws(ParseError) {
            subjects[ExactText(text)] = try Expression(parsing: text)
        } catch {
            throw Problem(
                .invalid, "\(file): `\(path).subject` is no expression: \(error)",
                fix: "write it like `context.reader` or `input.reader`")
        }
        return ExactText(text)
    }

    private static func names(
        _ value: Value?, _ path: String, _ file: String
    ) throws(Problem) -> [String] {
        guard let value else { return [] }
        let names = value.listValue?.map { $0.stringValue ?? "" } ?? [""]
        guard !names.contains("") else {
            throw Problem(
                .invalid, "\(file): `\(path)` is no list of names", fix: "write it like `[loan]`")
        }
        return names
    }

    /// - Returns: names of workflows in grants that there are not, with the nearest that there is.
    package func unknownWorkflows(of known: [String]) -> [(role: String, workflow: String)] {
        roles.sorted { $0.key < $1.key }.flatMap { name, role in
            role.grants.flatMap { $0.workflows ?? [] }.sorted()
                .filter { !known.contains(exactly: $0.text) }.map { (name.text, $0.text) }
        }
    }
}

extension String {
    fileprivate var isRoleName: Bool {
        (1...64).contains(utf8.count)
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
