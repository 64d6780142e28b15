import CEL
import Definition
import Sabotage
import Statechart
import Values

/// Which task is meant, who may act on it, and what whoever comes late is told.
extension Draft {
    // MARK: Which task

    mutating func openTask(_ request: TaskRequest) -> Activation? {
        if answerRepeat(request) { return nil }
        let open = run.activations.filter { $0.task != nil }
        if let number = request.number {
            if let found = open.first(where: { $0.number == number }) { return found }
            if let closed = run.closedTasks.numbered(number) {
                answer(request, about: closed)
            } else {
                refuse(
                    .notApplicable, "\(run.name) has no open task \(number)",
                    fix: open.isEmpty
                        ? "`pawl history \(run.name.pasted)` says who decided what"
                        : "open: \(open.map { "\($0.number)" }.joined(separator: ", "))")
            }
            return nil
        }
        guard let first = open.first else {
            if let closed = run.closedTasks.last {
                answer(request, about: closed)
            } else {
                refuse(
                    .notApplicable, "\(run.name) waits for no person",
                    fix: "`pawl why \(run.name.pasted)` says what it waits for")
            }
            return nil
        }
        guard open.count == 1 else {
            let known = open.map { "\($0.number) (\($0.task?.title ?? ""))" }
            refuse(
                .notApplicable, "\(run.name) has \(open.count) open tasks",
                fix: "say which: \(known.joined(separator: ", "))")
            return nil
        }
        return first
    }

    /// A decision's id is its own in the whole instance: the same one once more is about the same task, whatever is open
    /// now.
    private mutating func answerRepeat(_ request: TaskRequest) -> Bool {
        guard let id = request.id, case .decide = request.action,
            let closed = run.closedTasks.last(where: { sameUTF8($0.end.decisionID, id) })
        else { return false }
        answer(request, about: closed)
        return true
    }

    /// What became of the task that is not open any more.
    private mutating func answer(_ request: TaskRequest, about closed: ClosedTask) {
        let actor = request.actor
        let isTheirs =
            actor.role == Actor.system.role || actor.role == Actor.operatorRole
            || sameUTF8(closed.role ?? actor.role, actor.role)
        guard isTheirs || !request.substitutions.isEmpty else {
            reply = .problem(.notForThem(closed.title, closed.role, actor, fix: nil))
            return
        }
        switch closed.end {
        case .decided(let outcome, let doer, let id, let fingerprint):
            if let id, sameUTF8(id, request.id), doer.actor == request.actor,
                case .decide(let decision) = request.action
            {
                return repeated(decision, closed, fingerprint)
            }
            reply = .problem(
                Problem(
                    .taskDecided,
                    "\"\(closed.title)\" was decided by \(doer): \(outcome), at \(closed.endedAt.rfc3339)",
                    fix: "`pawl history \(run.name.pasted)` has what was said", isStale: true))
        case .withdrawn(let cause):
            let states = activeNames.joined(separator: ", ")
            reply = .problem(
                Problem(
                    cause.kind == .timer ? .taskExpired : .taskWithdrawn,
                    "\"\(closed.title)\" was withdrawn at \(closed.endedAt.rfc3339) by \(cause.text)",
                    fix: run.status.isTerminal
                        ? "\(run.name) has ended: \(run.status.rawValue)"
                        : "\(run.name) is in \(states.isEmpty ? "no state" : states) now",
                    isStale: true))
        }
    }

    private mutating func repeated(
        _ decision: TaskDecision, _ closed: ClosedTask, _ fingerprint: String
    ) {
        guard sameUTF8(fingerprint, decision.fingerprint) else {
            return refuse(
                .eventConflict,
                "this id was used for another decision of \"\(closed.title)\"",
                fix: "give a new decision an id of its own")
        }
        reply = .receipt(
            Receipt(
                .duplicate, code: Receipt.Outcome.applied.rawValue,
                message: "decided at \(closed.endedAt.rfc3339)"))
    }

    // MARK: Who may

    func eligibility(
        _ request: TaskRequest, _ activation: Activation, _ task: OpenTask, _ standing: Standing,
        _ exclusion: Exclusion
    ) -> Problem? {
        guard standing.isTheirs || (request.action.isDistributing && standing.isOperator) else {
            return .notForThem(
                task.title, activation.role, request.actor, fix: assignment(of: activation))
        }
        let subjects: [String]
        switch request.action {
        case .claim, .decide:
            subjects = [request.actor.subject, standing.doer.standsInFor?.subject].compactMap(
                \.self)
        case .assign(let to): subjects = [to]
        case .release, .comment, .remind: return nil
        }
        guard !standing.isSystem, !isMutant(.fourEyesForgotten) else { return nil }
        return problem(with: subjects, exclusion, task)
    }

    private func problem(
        with subjects: [String], _ exclusion: Exclusion, _ task: OpenTask
    ) -> Problem? {
        if let subject = subjects.first(where: exclusion.names) {
            return Problem(
                .forbidden, "\"\(task.title)\" is not for \(subject): `except` names them",
                fix: "somebody else has to do it")
        }
        return exclusion.unknown.map {
            Problem(
                .notApplicable,
                "who is excluded from \"\(task.title)\" cannot be told: \($0.reason)",
                fix: "mend what `\($0.source)` reads")
        }
    }

    /// `pawl task assign hiring/17 --to bo --task 3`
    private func assignment(of activation: Activation, to subject: String = "<subject>") -> String {
        let isAlone = run.activations.filter { $0.task != nil }.count == 1
        return CommandLineText(
            .assignTask, on: run.name.description, ["to": .string(subject)],
            task: isAlone ? nil : activation.number
        ).text
    }

    /// What came in between, the most final reason first.
    func lateness(
        _ request: TaskRequest, _ activation: Activation, _ task: OpenTask, _ standing: Standing
    ) -> Problem? {
        let isStale = request.revision.map { $0 != task.revision } ?? false
        guard request.action.isExclusive else {
            return isStale ? changed(task, request) : nil
        }
        if case .decided(_, let decider, _) = run.hold(of: activation.number) {
            return Problem(
                .taskHeld,
                "\"\(task.title)\" has been decided by \(decider), and the decision waits with an incident",
                fix: "`pawl why \(run.name.pasted)` says what would end it", isStale: isStale)
        }
        if request.action.isDecide, let problem = standstill() { return problem }
        if let other = otherHolder(activation, task, request, standing), !standing.isSystem,
            request.action != .release || !standing.isOperator
        {
            return Problem(
                other.code, other.message(task),
                fix: "have it released or assigned to you: "
                    + "`\(assignment(of: activation, to: request.actor.subject))`",
                isStale: isStale)
        }
        guard isStale, !isMutant(.staleRevisionTaken) else { return nil }
        return changed(task, request)
    }

    private func changed(_ task: OpenTask, _ request: TaskRequest) -> Problem {
        Problem(
            .taskChanged,
            "\"\(task.title)\" is at revision \(task.revision) now, not \(request.revision ?? 0)",
            fix: "look at it again: `pawl task show \(run.name.pasted)`", isStale: true)
    }

    private func standstill() -> Problem? {
        run.pauseProblem
            ?? stopping.map {
                Problem(
                    .notApplicable,
                    "\(run.name) is stopped by incident \($0.number): \($0.error.message)",
                    fix: "`pawl why \(run.name.pasted)` says what would end it")
            }
    }

    private enum Holder {
        case assignee(String)
        case claimer(OpenTask.Claim)

        var code: Problem.Code {
            switch self {
            case .assignee: .taskAssigned
            case .claimer: .taskClaimed
            }
        }

        func message(_ task: OpenTask) -> String {
            switch self {
            case .assignee(let subject): "\"\(task.title)\" is \(subject)'s"
            case .claimer(let claim):
                "\"\(task.title)\" was taken by \(claim.by) at \(claim.at.rfc3339)"
            }
        }
    }

    /// Nil: nobody, or the actor, or who has the actor stand in.
    private func otherHolder(
        _ activation: Activation, _ task: OpenTask, _ request: TaskRequest, _ standing: Standing
    ) -> Holder? {
        if let claim = validClaim(activation, task, request) {
            return standing.isHolder(of: claim) || isMutant(.claimIgnored) ? nil : .claimer(claim)
        }
        guard let assignee = task.assignee, !standing.isAssignee else { return nil }
        return .assignee(assignee)
    }

    /// One in another's name holds as long as the standing in does, which may have been ended before its time.
    func validClaim(
        _ activation: Activation, _ task: OpenTask, _ request: TaskRequest
    ) -> OpenTask.Claim? {
        task.asOf(now, isVoid: request.voidClaims.contains(activation.number)).claim
    }
}

extension TaskAction {
    /// Says whose it is, not how it ends: who runs the engine sees to it that somebody does it, and does not do it.
    fileprivate var isDistributing: Bool {
        switch self {
        case .claim, .release, .assign, .comment, .remind: true
        case .decide: false
        }
    }

    /// One of two wins.
    fileprivate var isExclusive: Bool {
        switch self {
        case .claim, .release, .decide: true
        case .assign, .comment, .remind: false
        }
    }

    fileprivate var isDecide: Bool {
        if case .decide = self { true } else { false }
    }
}

extension ClosedTask.End {
    fileprivate var decisionID: String? {
        if case .decided(_, _, let id, _) = self { id } else { nil }
    }
}

extension Problem {
    /// - Parameter assignment: the command that gives it to somebody; nil: it is not open any more.
    fileprivate static func notForThem(
        _ title: String, _ role: String?, _ actor: Actor, fix assignment: String?
    ) -> Problem {
        Problem(
            .forbidden,
            "\"\(title)\" is for \(role.map { "a \($0)" } ?? "somebody else"), not for \(actor)",
            fix: role.map { "act as \($0)/<subject>: `--as`, or the Pawl-Actor header" }
                ?? assignment.map { "whoever has it, or an operator, can give it away: `\($0)`" })
    }
}
