import Definition
import Execution
import Sabotage
import Values

extension Request {
    /// What it is in the audit once something was written for it; nil: it changes nothing, or the engine asks for it itself.
    ///
    /// Every case stands here: what a person can cause has a row, or does not compile.
    /// - Parameter digest: of a payload.
    func audited(
        from source: AuditSource?, _ digest: (Value) -> Value
    ) -> AuditEntry? {
        switch self {
        case .start(let command):
            var arguments: ValueMap = ["input": digest(command.input)]
            if command.params.mapValue?.isEmpty == false {
                arguments["params"] = digest(command.params)
            }
            return AuditEntry(.start, by: command.actor, AuditTarget(command.name), arguments)
                .ofSomebodyKnown(source)
        case .event(let command):
            let event = command.event
            return AuditEntry(
                .send, by: event.sender, command.address.audited,
                ["event": .string(event.name), "id": .string(event.id), "data": digest(event.data)]
            ).ofSomebodyKnown(source)
        case .schedule(let workflow, let action, let actor, let isDry):
            return isDry ? nil : action.audited(workflow, actor)
        case .operate(let name, let input, let isDry, _):
            return isDry ? nil : input.audited(name, digest)
        case .adapter(let name, let action, let actor):
            return action.audited(
                .adapterPause, .adapterResume, AuditTarget("adapter", name), actor)
        case .workflow(let name, let action, let actor):
            return action.audited(
                .workflowPause, .workflowResume, AuditTarget("workflow", name), actor)
        case .money(let action, let actor):
            return isMutant(.auditRowSkipped) ? nil : action.audited(actor)
        case .update(let update): return update.audited(from: source)
        case .attachment(let change): return change.audited
        case .remove: return nil
        case .restore(let document, let until, let actor):
            return AuditEntry(
                .archiveRestore, by: actor, AuditTarget(document.name),
                ["until": .string(until.rfc3339)])
        case .record(let entry): return entry
        }
    }
}

extension AuditEntry {
    /// Of starts and events: a program that nobody knows, and says no name, has its trace in the history of the instance.
    fileprivate func ofSomebodyKnown(_ source: AuditSource?) -> AuditEntry? {
        source?.principal != nil || !actor.isNameless ? self : nil
    }
}

extension EventCommand.Address {
    fileprivate var audited: AuditTarget {
        switch self {
        case .instance(let name): AuditTarget(name)
        case .correlate(let key, let workflow): AuditTarget("correlation", workflow, key: key)
        }
    }
}

extension ScheduleAction {
    fileprivate func audited(_ workflow: String, _ actor: Actor) -> AuditEntry {
        let target = AuditTarget("schedule", workflow)
        return switch self {
        case .pause(let reason):
            AuditEntry(.schedulePause, by: actor, target, reason: reason)
        case .resume(let reason):
            AuditEntry(.scheduleResume, by: actor, target, reason: reason)
        case .run(let reason): AuditEntry(.scheduleRun, by: actor, target, reason: reason)
        case .backfill(let from, let to, let reason):
            AuditEntry(
                .scheduleBackfill, by: actor, target,
                ["from": .string(from.rfc3339), "to": .string(to.rfc3339)], reason: reason)
        }
    }
}

extension PauseAction {
    fileprivate func audited(
        _ pause: AuditDeed, _ resume: AuditDeed, _ target: AuditTarget, _ actor: Actor
    ) -> AuditEntry {
        switch self {
        case .pause(let reason): AuditEntry(pause, by: actor, target, reason: reason)
        case .resume(let reason): AuditEntry(resume, by: actor, target, reason: reason)
        }
    }
}

extension MoneyAction {
    fileprivate func audited(_ actor: Actor) -> AuditEntry {
        switch self {
        case .hold(let number, let scope, let reason):
            AuditEntry(
                .moneyHold, by: actor, AuditTarget("hold", String(number), key: scope.text),
                reason: reason)
        case .release(let number, let reason):
            AuditEntry(
                .moneyRelease, by: actor, AuditTarget("hold", String(number)), reason: reason)
        }
    }
}

extension AttachmentChange {
    fileprivate var audited: AuditEntry? {
        switch self {
        case .put(let hash, let size, let type, let actor):
            AuditEntry(
                .attachmentPut, by: actor, AuditTarget("attachment", hash.text),
                ["size": .int(size), "type": .string(type.rawValue)])
        case .condemn, .drop: nil
        }
    }
}

extension Input {
    fileprivate func audited(_ name: InstanceName, _ digest: (Value) -> Value) -> AuditEntry? {
        let target = AuditTarget(name)
        switch self {
        case .cancel(let reason, let actor):
            return AuditEntry(.cancel, by: actor, target, reason: reason)
        case .operate(let action, let reason, let actor):
            let (deed, arguments) = action.audited(digest)
            return AuditEntry(deed, by: actor, target, arguments, reason: reason)
        case .task(let request):
            var (deed, arguments) = request.action.audited(digest)
            if let number = request.number { arguments["task"] = .int(number) }
            return AuditEntry(deed, by: request.actor, target, arguments)
        case .event(let event):
            return AuditEntry(
                .send, by: event.sender, target,
                ["event": .string(event.name), "id": .string(event.id), "data": digest(event.data)])
        case .proceed, .eventRefused, .timer, .local, .localConflict, .answer, .childEnded,
            .childRefused, .holdWithWorkflow, .releaseWithWorkflow, .releaseMoney, .park:
            return nil
        }
    }
}

extension OperatorAction {
    fileprivate func audited(_ digest: (Value) -> Value) -> (AuditDeed, ValueMap) {
        switch self {
        case .retry(let incident):
            (.retry, incident.map { ["incident": .int($0)] } ?? ValueMap())
        case .complete(let incident, let output):
            (.complete, ["incident": .int(incident), "output": digest(output)])
        case .fail(let incident, let error, let message):
            (
                .fail,
                [
                    "incident": .int(incident), "error": .string(error),
                    "message": digest(.string(message)),
                ]
            )
        case .assign(let context):
            (
                .assign,
                [
                    "members": .string(
                        context.keys.compactMap(\.stringValue).joined(separator: " ")),
                    "context": digest(.map(context)),
                ]
            )
        case .move(let state): (.move, ["to": .string(state)])
        case .fireTimer(let state): (.fireTimer, ["state": .string(state)])
        case .migrate(let version): (.migrate, ["to": .int(Int64(version))])
        case .pause: (.pause, ValueMap())
        case .resume: (.resume, ValueMap())
        case .terminate: (.terminate, ValueMap())
        }
    }
}

extension TaskAction {
    fileprivate func audited(_ digest: (Value) -> Value) -> (AuditDeed, ValueMap) {
        switch self {
        case .claim: (.taskClaim, ValueMap())
        case .release: (.taskRelease, ValueMap())
        case .assign(let subject): (.taskAssign, ["to": digest(.string(subject))])
        case .comment(let text): (.taskComment, ["comment": digest(.string(text))])
        case .decide(let decision):
            (
                .taskDecide,
                [
                    "outcome": .string(decision.outcome), "form": digest(decision.form),
                    "comment": digest(.string(decision.comment)),
                ]
            )
        case .remind: (.taskRemind, ValueMap())
        }
    }
}

extension RecordUpdate {
    fileprivate func audited(from source: AuditSource?) -> AuditEntry? {
        switch audited {
        case .deed(var entry):
            // By whoever asks.
            if entry.actor == .system, let source { entry.actor = source.actor }
            return entry
        case .unnamed: return source.map { AuditEntry(.records, by: $0.actor) }
        case .part, .engine: return nil
        }
    }
}

extension Reply {
    /// What became of it, in a word.
    var audited: String? {
        switch self {
        case .started(_, let isNew): return isNew ? "started" : "known"
        case .receipts(let deliveries):
            var words: [String] = []
            for delivery in deliveries {
                let word = [delivery.receipt.outcome.rawValue, delivery.receipt.code ?? ""]
                    .filter { !$0.isEmpty }.joined(separator: ":")
                if !words.contains(exactly: word) { words.append(word) }
            }
            return words.isEmpty ? "done" : words.joined(separator: " ")
        case .schedule(let effect): return effect.document["outcome"]?.stringValue ?? "done"
        case .preview: return nil
        case .removed: return "removed"
        case .refused(let problem): return problem.code.rawValue
        }
    }
}
