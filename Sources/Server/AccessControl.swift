import Access
import CEL
import Definition
import Execution
import Logging
import Resources
import Values

/// Who is let in by what, and to what.
package struct AccessControl: Sendable {
    package let policy: Policy
    /// What grants' `subject` says, over an instance.
    package let subjects: [ExactText: Expression]
    /// The first that knows the kind of what a request brings decides.
    package let authenticators: [any Authenticator]
    /// One of those: the tokens that this server makes.
    var tokens: TokenBook? { authenticators.lazy.compactMap { $0 as? TokenBook }.first }
    /// By which a browser can log in.
    package let logins: [any LoginProvider]
    package let sessions: SessionLimits

    package init(
        policy: Policy, subjects: [ExactText: Expression] = [:],
        authenticators: [any Authenticator], logins: [any LoginProvider] = [],
        sessions: SessionLimits = SessionLimits()
    ) {
        self.policy = policy
        self.subjects = subjects
        self.authenticators = authenticators
        self.logins = logins
        self.sessions = sessions
    }

    /// - Throws: 401 for whoever brings nothing, or something that proves nothing. Which of both the log says.
    func principal(of request: RawRequest, _ id: String, _ logger: Logger) async throws(Refusal)
        -> Principal
    {
        if let principal = request.principal { return principal }
        let credentials = Credentials(
            authorization: request.authorization, certificates: request.certificates)
        do throws(Unproven) {
            if let principal = try await proven(by: credentials) { return principal }
        } catch {
            logger.notice(
                "not let in",
                metadata: [
                    "reason": "\(error.reason)", "peer": "\(request.peer ?? "")",
                    "request": "\(id)",
                ])
            throw error.isUnavailable ? .unverifiable : .unauthenticated(error: "invalid_token")
        }
        throw .unauthenticated(error: nil)
    }

    /// On whose behalf it is asked: `Pawl-Actor` names one of the principal's own roles, or somebody of a role for which
    /// it may speak.
    func actor(of principal: Principal, speakingAs text: String?) throws(Problem) -> Actor {
        guard let text else {
            return Actor(role: principal.usualRole, subject: principal.subject)
        }
        let actor = try Actor(header: text)
        let role = ExactText(actor.role)
        let isOwn =
            sameUTF8(actor.subject, principal.subject) && principal.roles.contains(role)
        guard isOwn || policy.speaks(principal, for: role) else {
            throw Problem(
                .forbidden, "\(principal.subject.quotable) may not speak as \(text.quotable)",
                fix: "leave Pawl-Actor out, or name one of your own roles; `speaksFor` of a role "
                    + "in pawl.yaml lets it speak for others")
        }
        return actor
    }
}

extension Principal {
    /// In the history, where nothing says in which of several: one that the business knows rather than one of this
    /// server's own.
    fileprivate var usualRole: String {
        let builtIn = Policy.builtIn.map(\.name)
        let own = roles.sorted().map(\.text)
        return own.first { !builtIn.contains(exactly: $0) }
            ?? builtIn.reversed().first { own.contains(exactly: $0) } ?? "nobody"
    }
}

extension Refusal {
    /// Whoever vouches for the caller cannot be asked, and what is known of it is too old.
    static var unverifiable: Refusal {
        var refusal = Refusal(
            Problem(
                .unavailable, "the issuer of that token cannot be asked now",
                fix: "try again in half a minute; the server's log says why (`not let in`)"))
        refusal.headers = [("Retry-After", "30")]
        return refusal
    }

    /// RFC 6750: without a token, what is wanted; with one that is not taken, that it is not.
    static func unauthenticated(error: String?) -> Refusal {
        var refusal = Refusal(
            Problem(
                .unauthenticated,
                error == nil
                    ? "this server wants to know who asks" : "that does not prove who asks",
                fix: "send `Authorization: Bearer TOKEN` (`pawl` takes PAWL_TOKEN), or log in; "
                    + "`pawl token create` makes one"))
        let detail = error.map { ", error=\"\($0)\"" } ?? ""
        refusal.headers = [("WWW-Authenticate", "Bearer realm=\"pawl\"\(detail)")]
        return refusal
    }
}
