import Sabotage
import Values

/// What somebody is to a task: a pure function of the task, the actor and who is away.
struct Standing {
    /// The engine itself, which may anything.
    let isSystem: Bool
    let isOperator: Bool
    /// Of its role, or the one to whom it was given, or who stands in for them.
    let isTheirs: Bool
    /// The one to whom it was given, or who stands in for them.
    let isAssignee: Bool
    let doer: Doer
    private let absent: [Substitution.Absent]

    init(
        of request: TaskRequest, to task: OpenTask, role: String?, at moment: Timestamp,
        _ workflow: String, _ exclusion: Exclusion = Exclusion()
    ) {
        let actor = request.actor
        let all = request.substitutions.filter {
            $0.holds(at: moment, for: workflow) || isMutant(.substituteForEver)
        }
        // Who stands in for two of whom one is excluded does it for the other.
        let holding =
            isMutant(.firstAbsentTaken)
            ? all
            : all.filter { !exclusion.names($0.absent.subject) }
                + all.filter { exclusion.names($0.absent.subject) }
        isSystem = actor.role == Actor.system.role
        isOperator = actor.role == Actor.operatorRole
        absent = holding.map(\.absent)
        let hasRole = role.map { sameUTF8($0, actor.role) } ?? false
        let isGiven = sameUTF8(task.assignee, actor.subject)
        let isNamed = isGiven && (role == nil || hasRole)
        // For whom: the very person to whom it was given or who is at it before the role.
        let owners = [task.assignee, task.claim?.by.actor.subject].compactMap(\.self)
        let forPerson = holding.first { substitution in
            guard let subject = substitution.absent.subject else { return false }
            return owners.contains { sameUTF8($0, subject) }
                && (role == nil || sameUTF8(role, substitution.absent.role))
        }
        let forRole = holding.first { substitution in
            guard let role else { return false }
            return sameUTF8(role, substitution.absent.role)
        }
        let standsIn = isNamed ? nil : forPerson ?? (hasRole ? nil : forRole)
        // It may be given to who stands in, too.
        isAssignee = isNamed || forPerson != nil || (isGiven && standsIn != nil)
        isTheirs = isSystem || hasRole || isNamed || standsIn != nil
        doer = Doer(actor, standsInFor: standsIn?.absent, until: standsIn?.until)
    }

    /// The very one, or who stands in for them.
    func isHolder(of claim: OpenTask.Claim) -> Bool {
        let holder = claim.by.actor
        if sameUTF8(holder.subject, doer.actor.subject), sameUTF8(holder.role, doer.actor.role) {
            return true
        }
        return absent.contains {
            sameUTF8($0.subject, holder.subject) && sameUTF8($0.role, holder.role)
        }
    }
}
