import Access
import CEL
import Engine
import Server
import Testing
import Values

/// Takes whoever comes with `Bearer ana:operator,reader` for `ana` of those roles.
struct NamingAuthenticator: Authenticator {
    func principal(for credentials: Credentials) async throws(Unproven) -> Principal? {
        guard let bearer = credentials.bearer, !bearer.hasPrefix("pawl_") else { return nil }
        let parts = bearer.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw Unproven("it is not NAME:ROLES") }
        let roles = parts[1].split(separator: ",").map { ExactText(String($0)) }
        return Principal(subject: String(parts[0]), roles: Set<ExactText>(roles), proof: .host)
    }
}

extension AccessControl {
    /// With roles of a library's: `reader` of one's own loans, `desk` of all of them, `shop` that speaks for readers.
    static func library(_ engine: Engine) throws -> AccessControl {
        AccessControl(
            policy: Policy(declaring: [
                "reader": Policy.Role(grants: [
                    Policy.Grant(
                        [.read, .start, .send], workflows: ["loan"], subject: "input.reader"),
                    Policy.Grant([.decide], workflows: ["loan"]),
                ]),
                "desk": Policy.Role(grants: [
                    Policy.Grant([.read, .send, .operate, .decide], workflows: ["loan"])
                ]),
                // All that there is, of one's own loans.
                "owner": Policy.Role(grants: [
                    Policy.Grant(
                        Set(Permission.allCases), workflows: ["loan"], subject: "input.reader")
                ]),
                "giver": Policy.Role(grants: [
                    Policy.Grant([.administer]), Policy.Grant([.read], workflows: ["loan"]),
                ]),
                "clerk": Policy.Role(grants: [Policy.Grant([.decide], workflows: ["loan"])]),
                "shop": Policy.Role(
                    grants: [Policy.Grant([.start, .send], workflows: ["loan"])],
                    speaksFor: ["reader"]),
            ]),
            subjects: ["input.reader": try Expression(parsing: "input.reader")],
            authenticators: [
                try TokenBook(engine.store) { engine.inspector.now }, NamingAuthenticator(),
            ])
    }
}

extension [String: String] {
    /// The header of somebody of these roles.
    static func by(_ name: String, _ roles: String = "") -> [String: String] {
        ["Authorization": "Bearer \(name):\(roles)"]
    }
}
