import Access
import Definition
import Execution
import Values

/// A token that is asked for.
package struct TokenOrder: Sendable, Hashable {
    @ExactText package private(set) var subject: String
    package let roles: Set<ExactText>
    package let scope: Principal.Scope
    private let note: String
    private let expiresAt: Timestamp

    /// Unless something else is said.
    package static let usualLife = Duration.seconds(90 * 86_400)

    /// Notes all that is wrong with it.
    /// - Parameter catalog: nil: workflows are not looked at.
    package init(
        _ body: inout BodyMembers, policy: Policy, _ catalog: Catalog?, at now: Timestamp
    ) {
        let subject = body.requiredString("subject")
        _subject = ExactText(subject)
        if !subject.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) {
            body.note("/subject", "printable characters are expected")
        }
        if body["roles"] == nil { body.note("", "the member `roles` is missing") }
        let names = body.strings("roles")
        if body["roles"] != nil, names.isEmpty { body.note("/roles", "one role at least") }
        for (index, name) in names.enumerated() where policy.roles[ExactText(name)] == nil {
            let known = policy.roles.keys.sorted().map(\.text)
            body.note(
                "/roles/\(index)",
                "there is no role `\(name.shortened(to: 100))`; "
                    + (nearestName(to: name, among: known).map { "did you mean `\($0)`?" }
                        ?? "known: \(known.joined(separator: ", "))"))
        }
        roles = Set<ExactText>(names.map { ExactText($0) })
        var scope = Principal.Scope()
        if body["permissions"] != nil {
            scope.permissions = Self.permissions(&body)
        }
        if body["workflows"] != nil {
            let names = body.strings("workflows")
            for (index, name) in names.enumerated() where catalog?.knows(name) == false {
                body.note(
                    "/workflows/\(index)", "there is no workflow `\(name.shortened(to: 100))`")
            }
            scope.workflows = Set<ExactText>(names.map { ExactText($0) })
        }
        self.scope = scope
        note = body.string("note") ?? ""
        expiresAt = Self.end(body.string("expires"), &body, now)
    }

    private static func permissions(_ body: inout BodyMembers) -> Set<Permission> {
        var result = Set<Permission>()
        let known = Permission.allCases.filter { $0 != .none }
        for (index, name) in body.strings("permissions").enumerated() {
            if let permission = known.first(where: { $0.rawValue == name }) {
                result.insert(permission)
            } else {
                body.note(
                    "/permissions/\(index)",
                    "there is no permission `\(name.shortened(to: 100))`; known: "
                        + known.map(\.rawValue).joined(separator: ", "))
            }
        }
        return result
    }

    private static func end(
        _ text: String?, _ body: inout BodyMembers, _ now: Timestamp
    ) -> Timestamp {
        guard let text else { return now + usualLife }
        let moment =
            Timestamp(rfc3339: text) ?? Duration(parsing: text).flatMap { now.adding($0) }
        guard let moment, now < moment, moment - now <= AccessToken.maximumLife else {
            body.note(
                "/expires", "a moment to come or a span like `90d` is expected, a year at most")
            return now
        }
        return moment
    }

    /// - Returns: the token, and the text that proves it, which nothing keeps.
    package func token(by maker: String, at now: Timestamp) -> (AccessToken, text: String) {
        let text = AccessToken.Text.random()
        let token = AccessToken(
            id: text.id, subject: subject, roles: roles, scope: scope, note: note, createdAt: now,
            createdBy: maker, expiresAt: expiresAt, digest: text.digest)
        return (token, text.text)
    }
}
