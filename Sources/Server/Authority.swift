import Access
import CEL
import Definition
import Engine
import Execution
import Resources
import Sabotage
import Values

/// What whoever asks may, about what it is asked.
struct Authority: Sendable {
    let principal: Principal
    let access: AccessControl
    /// What proved it, to be asked of again where something goes on for long.
    var credentials = Credentials()

    /// Whether it is proven still: a token may have been revoked meanwhile.
    func stays() async -> Bool {
        let now = try? await access.proven(by: credentials)
        return now == principal || isMutant(.streamOutlivesToken)
    }

    /// - Parameter workflow: nil: it is about all of them, or about none.
    func verdict(_ permission: Permission, _ workflow: String?) -> Policy.Verdict {
        access.policy.allows(principal, permission, workflow: workflow.map { ExactText($0) })
    }

    func mayEverywhere(_ permission: Permission) -> Bool { verdict(permission, nil) == .allowed }

    func maySomewhere(_ permission: Permission) -> Bool {
        access.policy.allowsSomewhere(principal, permission)
    }

    /// To some of its instances at least.
    func maySome(_ permission: Permission, of workflow: String) -> Bool {
        verdict(permission, workflow) != .refused
    }

    func may(_ permission: Permission, _ view: InstanceView) -> Bool {
        switch verdict(permission, view.row.name.workflow) {
        case .allowed: true
        case .refused: false
        case .onlyWhere(let subjects):
            isSubject(of: subjects, view.definition.bindings(of: view.run, now: view.now))
        }
    }

    /// Of an instance that is to be started with this.
    func mayStart(_ input: Value, of workflow: String) -> Bool {
        switch verdict(.start, workflow) {
        case .allowed: return true
        case .refused: return false
        case .onlyWhere(let subjects):
            var bindings: Bindings = [:]
            bindings["input"] = input
            return isSubject(of: subjects, bindings)
        }
    }

    /// An expression that has no value there names nobody.
    private func isSubject(of subjects: [ExactText], _ bindings: Bindings) -> Bool {
        subjects.contains { text in
            guard let value = try? access.subjects[text]?.evaluate(bindings) else { return false }
            return (value.listValue ?? [value]).contains {
                $0.stringValue.map { sameUTF8($0, principal.subject) } ?? false
            }
        }
    }

    func refusal(_ permission: Permission, _ workflow: String?) -> Problem {
        let what = workflow.map { " of \($0.quotable)" } ?? ""
        let roles = principal.roles.sorted().map(\.text).joined(separator: ", ")
        return Problem(
            .forbidden, "\(principal.subject.quotable) may not \(permission.rawValue)\(what)",
            fix: roles.isEmpty
                ? "nobody gave \(principal.subject.quotable) a role"
                : "what the roles \(roles) may is said in `access` of pawl.yaml")
    }
}

extension WorkflowDefinition {
    /// What expressions see of an instance.
    fileprivate func bindings(of run: Run, now: Timestamp) -> Bindings {
        var bindings = environment(of: run, now: now)
        bindings["context"] = .map(run.snapshot.data)
        return bindings
    }
}

// MARK: - Before anything is answered

extension API {
    /// Of a request: what its route is about, and whether whoever asks may. What is about many things is allowed to whoever
    /// may about some, and shows those.
    func authorize(_ route: RouteDeclaration, _ request: APIRequest) throws {
        guard let authority = request.authority else { return }
        let permission = route.permission
        switch route.reach {
        case .instance: try authorize(permission, instanceOf: request, authority)
        case .task:
            // Whoever may do tasks looks at those of theirs.
            if try isAllowed(.read, instanceOf: request, authority) { return }
            try authorize(.decide, instanceOf: request, authority)
        case .workflow:
            let workflow = request.parameter("workflow")
            switch authority.verdict(permission, workflow) {
            case .allowed: return
            // What of it is whose is asked of the input, or it is nobody's: what the workflow declares.
            case .onlyWhere where route.isOfNobody || isMutant(.subjectOfWorkflowIgnored): return
            case .onlyWhere, .refused: throw authority.refusal(permission, workflow)
            }
        case .many:
            let isAllowed =
                authority.maySomewhere(permission)
                || (route.endpoint == .tasks && authority.maySomewhere(.decide))
            guard isAllowed else { throw authority.refusal(permission, nil) }
        case .everything:
            guard authority.mayEverywhere(permission) else {
                throw authority.refusal(permission, nil)
            }
        }
    }

    private func isAllowed(
        _ permission: Permission, instanceOf request: APIRequest, _ authority: Authority
    ) throws -> Bool {
        let address = try InstanceAddress(request)
        if case .name(let name) = address {
            switch authority.verdict(permission, name.workflow) {
            case .allowed: return true
            case .refused: return false
            case .onlyWhere: break
            }
        }
        if authority.mayEverywhere(permission) { return true }
        return authority.may(permission, try view(request))
    }

    private func authorize(
        _ permission: Permission, instanceOf request: APIRequest, _ authority: Authority
    ) throws {
        if try isAllowed(permission, instanceOf: request, authority) { return }
        // Whoever may not look is not told that it is there.
        let isSeen =
            try permission == .read
            ? false
            : isAllowed(
                .read, instanceOf: request, authority)
        let address = try InstanceAddress(request)
        switch address {
        case .name(let name):
            guard isSeen || authority.verdict(permission, name.workflow) == .refused else {
                throw Problem.unknownInstance(name)
            }
            throw authority.refusal(permission, name.workflow)
        case .id(let id):
            guard isSeen else {
                throw Problem(
                    .unknownInstance, "there is no instance \(id)", fix: "`pawl ls` lists them")
            }
            throw authority.refusal(permission, try view(request).row.name.workflow)
        }
    }
}

extension API {
    /// That somebody who is known tried what they may not do: who looks for a way in is seen.
    func recordRefusal(
        _ route: RouteDeclaration, by actor: Actor, _ authority: Authority?, _ id: String,
        _ problem: Problem
    ) async throws(Problem) {
        guard let principal = authority?.principal else { return }
        var entry = AuditEntry(
            .denied, by: actor, AuditTarget("endpoint", route.operationID), reason: problem.message)
        entry.principal = principal.subject
        entry.proof = principal.proof.description
        entry.request = id
        try await engine.record(entry)
    }
}

extension RouteDeclaration {
    /// What it is about.
    enum Reach: Sendable, Hashable {
        case instance
        case task
        case workflow
        /// What whoever asks may see of many.
        case many
        case everything
    }

    var reach: Reach {
        switch endpoint {
        case .instances, .incidents, .tasks, .workflows, .schedules, .correlate, .eventStream,
            .beginOperation, .operation, .operationItems, .steerOperation:
            .many
        case .instanceTasks, .instanceTask: .task
        case .put, .start: .workflow
        case .archived, .restoreArchived: .workflow
        default:
            if path.hasPrefix(Self.byNumber) || path.hasPrefix(Self.byKey) {
                .instance
            } else if path.contains("{workflow}") {
                .workflow
            } else {
                .everything
            }
        }
    }

    /// About a workflow, and about none of its instances.
    fileprivate var isOfNobody: Bool {
        [.workflow, .versionDifference, .schedule, .put, .start].contains(endpoint)
    }

    private static let byNumber = "/v1/instances/{id}"
}
