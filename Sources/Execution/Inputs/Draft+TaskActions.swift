import CEL
import Definition
import Sabotage
import Statechart
import Values

/// What people do with tasks. Who comes late is told what became of it, and who was faster.
extension Draft {
    mutating func act(_ request: TaskRequest) {
        guard let activation = openTask(request), let task = activation.task,
            let declared = userTask(of: activation)
        else { return }
        let exclusion = declared.exclusion(in: scope(of: activation))
        let standing = Standing(
            of: request, to: task, role: activation.role, at: now, run.name.workflow, exclusion)
        let late = lateness(request, activation, task, standing)
        if let problem = eligibility(request, activation, task, standing, exclusion) ?? late {
            reply = .problem(problem)
            return
        }
        switch request.action {
        case .claim: claim(activation, task, declared, request, standing)
        case .release: release(activation, task, standing)
        case .assign(let subject): assign(activation, to: subject, by: request.actor)
        case .comment(let text): comment(activation, text, by: request.actor)
        case .remind: remindNow(activation, task, declared)
        case .decide(let decision):
            decide(activation, task, declared, decision, request, standing)
        }
    }

    // MARK: Whose it is

    private mutating func claim(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask,
        _ request: TaskRequest, _ standing: Standing
    ) {
        guard declared.claim != .never else {
            return refuse(
                .notApplicable, "\"\(task.title)\" is decided without being claimed",
                fix: "`pawl decide \(run.name.pasted)`")
        }
        if validClaim(activation, task, request) != nil {
            // A repeat of what is so already.
            reply = .receipt(Receipt(.applied))
            return
        }
        let void = task.claim?.by
        let claim = OpenTask.Claim(by: standing.doer, at: now)
        updateTask(activation.number) {
            $0.claim = claim
            $0.revision += 1
        }
        var data = describe(standing.doer, activation)
        data.set("void", void.map { .string("\($0)") })
        record(.taskClaimed, .map(data))
        applied()
    }

    private mutating func release(
        _ activation: Activation, _ task: OpenTask, _ standing: Standing
    ) {
        guard task.claim != nil || task.assignee != nil else {
            reply = .receipt(Receipt(.applied))
            return
        }
        updateTask(activation.number) {
            $0.claim = nil
            // Back to everybody of the role.
            if activation.role != nil { $0.assignee = nil }
            $0.revision += 1
        }
        record(.taskReleased, .map(describe(standing.doer, activation)))
        applied()
    }

    private mutating func assign(
        _ activation: Activation, to subject: String, by actor: Actor
    ) {
        guard let task = activation.task else { return }
        guard !sameUTF8(task.assignee, subject) || task.claim != nil else {
            reply = .receipt(Receipt(.applied))
            return
        }
        updateTask(activation.number) {
            $0.assignee = subject
            $0.claim = nil
            $0.revision += 1
        }
        record(
            .taskAssigned,
            [
                "activation": .int(activation.number), "assignee": .string(subject),
                "before": (task.claim.map { $0.by.actor.subject } ?? task.assignee)
                    .map { .string($0) } ?? .null,
                "by": .string(actor.description),
            ])
        applied()
    }

    func describe(_ doer: Doer, _ activation: Activation) -> ValueMap {
        var map: ValueMap = [
            "activation": .int(activation.number), "by": .string(doer.actor.description),
        ]
        map.set("for", doer.standsInFor.map { .string($0.description) })
        return map
    }

    // MARK: Saying something

    private mutating func comment(_ activation: Activation, _ text: String, by actor: Actor) {
        guard !text.allSatisfy(\.isWhitespace), text.utf8.count <= TaskDecision.maximumComment
        else {
            return refuse(
                .invalid, "a comment has 1 to \(TaskDecision.maximumComment) bytes",
                fix: "shorten it")
        }
        let comment = OpenTask.Comment(by: actor, at: now, text: text)
        updateTask(activation.number) {
            $0.comments.append(comment)
            if $0.comments.count > OpenTask.maximumComments { $0.comments.removeFirst() }
        }
        record(
            .taskCommented,
            [
                "activation": .int(activation.number), "text": .string(text),
                "by": .string(actor.description),
            ])
        applied()
    }

    private mutating func remindNow(
        _ activation: Activation, _ task: OpenTask, _ declared: UserTask
    ) {
        guard let reminder = declared.remind else {
            return refuse(
                .notApplicable, "\"\(task.title)\" declares no reminder",
                fix: "`remind` in workflow \(definition.name) would")
        }
        remind(activation.number, reminder)
        applied()
    }
}

extension Doer: CustomStringConvertible {
    package var description: String {
        standsInFor.map { "\(actor) for \($0)" } ?? "\(actor)"
    }
}
