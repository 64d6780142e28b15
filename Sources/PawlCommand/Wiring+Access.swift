import Access
import Adapters
import Assembly
import Definition
import Engine
import Execution
import Foundation
import Logging
import Resources
import Server
import Values

extension Wiring {
    /// Who is let in, and to what; nil: `pawl.yaml` says nothing of it.
    static func access(
        _ configuration: PawlConfiguration, _ engine: Engine, _ keeper: TLSKeeper?,
        _ logger: Logger
    ) throws -> AccessControl? {
        guard let access = configuration.access else { return nil }
        let known = engine.catalog.knownNames
        for (role, workflow) in access.unknownWorkflows(of: known) {
            let near = nearestName(to: workflow, among: known).map { "did you mean `\($0)`?" }
            logger.warning(
                "a role names a workflow that there is not",
                metadata: [
                    "role": "\(role)", "workflow": "\(workflow)",
                    "fix": "\(near ?? "leave it out")",
                ])
        }
        let tokens = try TokenBook(engine.store) { engine.inspector.now }
        if tokens.isEmpty {
            logger.warning(
                "nobody has a token yet",
                metadata: [
                    "fix": "stop, then `pawl token create --data DIR --subject NAME --role admin`"
                ])
        }
        var authenticators: [any Authenticator] = [tokens]
        var logins: [any LoginProvider] = []
        if !access.issuers.isEmpty {
            let issuers = try Issuers(access.issuers, settings: .process)
            authenticators.append(issuers.authenticator)
            logins = issuers.logins
        }
        if !access.certificates.isEmpty {
            authenticators.append(CertificateAuthenticator(access.certificates, keeper))
        }
        return AccessControl(
            policy: access.policy, subjects: access.subjects, authenticators: authenticators,
            logins: logins, sessions: access.sessions)
    }

    /// The first token, or one for whoever has lost theirs: whoever may write the database's files may do that.
    static func issueToken(
        _ order: ValueMap, in directory: String, config: String?
    ) throws -> Value {
        let configuration = try PawlConfiguration.read(config, default: "./pawl.yaml")
        guard let access = configuration.access else {
            throw Failure(
                status: 1, "pawl.yaml has no access control, and no token would say anything",
                fix: "put `access:` into pawl.yaml, or name another with --config")
        }
        let store = try store(directory, config: config)
        var members = BodyMembers(
            order, known: ["subject", "roles", "permissions", "workflows", "expires", "note"])
        let now = WallClock.wallTime()
        let order = TokenOrder(&members, policy: access.policy, nil, at: now)
        try members.check()
        let user = ProcessInfo.processInfo.environment["USER"] ?? "anonymous"
        let (token, text) = order.token(by: "\(user) (beside the database)", at: now)
        do throws(StoreError) {
            try store.issue(token, by: Actor(role: Actor.operatorRole, subject: user))
        } catch {
            throw failure(error, in: directory)
        }
        return .map(token.document(at: now).merging(["token": .string(text)]))
    }
}
