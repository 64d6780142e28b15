import Access
import Execution

// Every verb, the gentlest first within what it is done to.

extension ActionDeclaration {
    package static let ofInstances: [ActionDeclaration] = [
        instance(
            .retry, "Try again",
            "tries an incident's call again, under the same key unless its error was final; of a fan-out the "
                + "failed members; lets a suspended instance go on; without an incident also a call that waits for its "
                + "next attempt",
            "repair the cause, or change what is sent", [.incident(isRequired: false)],
            reason: .optional, .repeatsEffect, .operate, "retried"),
        instance(
            .complete, "Say that it took effect",
            "says that the incident's call, child or fan-out is done and gave this; it must fit the operation's "
                + "output",
            "ask or call the remote",
            [
                .incident(),
                ActionArgument(
                    "output", true, isRequired: false, label: "What it gave",
                    "What it gave; `{}` where it is left out."),
            ], .changesData, .override, "completed by hand"),
        instance(
            .fail, "Say that it took no effect",
            "says that the incident's call took no effect; `onError` catches it by that name",
            "undo anything: if the call did take effect, that effect stands and is not known",
            [
                .incident(), .text("error", "The error's name, as the adapter declares it."),
                .text(
                    "message", upTo: 1000, isRequired: false, label: "What happened",
                    "What happened, for the history."),
            ], .changesData, .override, "failed by hand"),
        instance(
            .assign, "Edit data",
            "sets members of the context within its schema, `null` removes one; conditions that hold by then "
                + "are taken",
            "send anything again, or try a failed step again: `retry` does",
            [
                ActionArgument(
                    "context", ["type": "object", "minProperties": 1], label: "Members",
                    "The members to set; null removes one.")
            ], .changesData, .override, "context assigned"),
        instance(
            .move, "Move to a state",
            "enters a state that no transition led to; what cannot be active beside it is left by its own "
                + "logic, as by a transition; other regions of a parallel state go on",
            "undo what the states that are left have done", [.state("The state to enter.")],
            .changesData, .override, "moved"),
        instance(
            .fireTimer, "Fire a timer", "has the state's timer fire now",
            "move other timers, or those of other instances",
            [.state("The state that waits for the timer.")], .changesData, .operate,
            "timer fired"),
        instance(
            .migrate, "Migrate to a version",
            "lets another version of its workflow take it over as it stands: states by that version's `migrate` or their "
                + "names, with their timers, calls, children, tasks, kept events and what can be undone",
            "enter or leave states again, send a call again, or move what the version has no place for: that is refused, "
                + "with why",
            [
                ActionArgument(
                    "to", ["type": "integer", "minimum": 1], label: "Version",
                    "The version's number; it must be loaded.")
            ], reason: .requiredUnlessDry, .changesData, .migrate, "migrated"),
        instance(
            .pause, "Pause",
            "holds it: nothing of it moves and nothing new leaves, timers wait, events and the answers of calls under "
                + "way are kept as they come, calls that have not left are taken back",
            "stop calls that have left, or its children", [], .safe, .operate, "paused"),
        instance(
            .resume, "Resume",
            "takes what came meanwhile in its order, then what fell due",
            "drop anything that waited", [], .safe, .operate, "resumed"),
        instance(
            .cancel, "Cancel",
            "ends it as `cancelled`: by the workflow's own `cancel`, else everything is undone",
            "take back what has no undoing of its own; that stands and is listed", [], .destructive,
            .operate, "cancelled"),
        instance(
            .terminate, "Terminate",
            "ends here and now as `terminated`: no logic, nothing undone, late answers change nothing. A "
                + "workflow that starts on `<workflow>.terminated` is told the input and the effects that stand",
            "undo anything: `cancel` does", [], .destructive, .override, "terminated"),
    ]

    package static let ofTasks: [ActionDeclaration] = [
        task(
            .claim, "Take it", "takes it: nobody else decides it then", "decide it", [], .safe,
            "task claimed", isExclusive: true),
        task(
            .release, "Give it back", "gives it back to everybody of its role",
            "tell the others; `assign` does", [], .safe, "task released", isExclusive: true),
        task(
            .assignTask, "Give it to somebody",
            "gives it to somebody, who alone may decide it then", "change its role or its due time",
            [.text("to", "The subject, without the role.")], .safe, "task assigned"),
        task(
            .comment, "Comment", "says something about it, which everybody who sees it reads",
            "move the instance",
            [
                .text(
                    "text", upTo: Int64(TaskDecision.maximumComment), "What is to be said.")
            ], .safe, "task commented"),
        task(
            .remind, "Remind", "sends its reminder now", "move the reminders that are to come", [],
            .repeatsEffect, "reminder sent"),
        task(
            .decide, "Decide",
            "ends it: the form is checked, and the instance goes on by the outcome",
            "leave a way back: a decision is not taken back",
            [
                .text("outcome", "The outcome's name."),
                ActionArgument(
                    "form", ["type": "object"], isRequired: false,
                    "The members of the outcome's form."),
                .text(
                    "comment", upTo: Int64(TaskDecision.maximumComment), isRequired: false,
                    "Why; kept with the decision."),
            ], .changesData, "task decided", isExclusive: true),
    ]

    package static let ofSchedules: [ActionDeclaration] = [
        schedule(
            .pauseSchedule, "Pause the schedule",
            "starts nothing; what comes due is logged as skipped",
            "stop instances that run", [], hasDryRun: false, .safe, "schedule paused"),
        schedule(
            .resumeSchedule, "Resume the schedule", "starts by the clock again",
            "start what was skipped meanwhile: `backfill` does", [], hasDryRun: false, .safe,
            "schedule resumed"),
        schedule(
            .runSchedule, "Run now",
            "starts an instance now, paused or not; the overlap policy holds, and the answer says what it made "
                + "of it",
            "move the occurrence that is next", [], hasDryRun: true, .repeatsEffect, "schedule run"),
        schedule(
            .backfill, "Backfill",
            "starts what a past span missed, one after the other; `--dry-run` lists the occurrences, the one "
                + "before each, and which of them ran",
            "start again what ran",
            [
                .moment("from", "From when on, this moment included."),
                .moment("to", "Until when, this moment excluded."),
            ], hasDryRun: true, .repeatsEffect, "schedule backfilled"),
    ]

    package static let ofAdapters: [ActionDeclaration] = [
        adapter(
            .probeAdapter, "Probe now",
            "lets an open breaker's next call through now; what comes of it closes the breaker or starts its "
                + "pause again. Where a setting is missing it is looked for again",
            "send anything that would not be sent anyway", reason: .none, .repeatsEffect,
            "adapter probed"),
        adapter(
            .pauseAdapter, "Pause the adapter",
            "holds its calls: none leaves, whatever it is for, also after a restart; what comes waits in its "
                + "order, and costs no attempt",
            "stop calls that have left, or whatever the instances do besides", reason: .required,
            .safe, "adapter paused"),
        adapter(
            .resumeAdapter, "Resume the adapter", "lets its calls leave again, in their order",
            "try again what gave up before: `retry` does", reason: .required, .repeatsEffect,
            "adapter resumed"),
    ]

    package static let ofWorkflows: [ActionDeclaration] = [
        workflow(
            .pauseWorkflow, "Pause the workflow",
            "holds its instances: nothing of any of them moves and nothing new leaves, also after a restart; what starts "
                + "waits from its first moment, events and answers are kept, timers wait",
            "stop calls that have left, children of other workflows, or mails of instances that have ended",
            .safe, "workflow paused"),
        workflow(
            .resumeWorkflow, "Resume the workflow",
            "lets each instance go on with what came and what fell due meanwhile, in its order; what started begins",
            "resume those that were paused by themselves", .repeatsEffect, "workflow resumed"),
    ]

    private static func workflow(
        _ verb: ActionVerb, _ title: String, _ does: String, _ doesNot: String, _ risk: Risk,
        _ past: String
    ) -> ActionDeclaration {
        ActionDeclaration(
            verb: verb, subject: .workflow, title: title, does: does, doesNot: doesNot,
            arguments: [], reason: .required, hasDryRun: false, risk: risk, permission: .operate,
            past: past)
    }

    private static func adapter(
        _ verb: ActionVerb, _ title: String, _ does: String, _ doesNot: String, reason: Reason,
        _ risk: Risk, _ past: String
    ) -> ActionDeclaration {
        ActionDeclaration(
            verb: verb, subject: .adapter, title: title, does: does, doesNot: doesNot,
            arguments: [], reason: reason, hasDryRun: false, risk: risk, permission: .operate,
            past: past)
    }

    private static func instance(
        _ verb: ActionVerb, _ title: String, _ does: String, _ doesNot: String,
        _ arguments: [ActionArgument], reason: Reason = .required, _ risk: Risk,
        _ permission: Permission, _ past: String
    ) -> ActionDeclaration {
        ActionDeclaration(
            verb: verb, subject: .instance, title: title, does: does, doesNot: doesNot,
            arguments: arguments, reason: reason, hasDryRun: true, risk: risk,
            permission: permission, past: past)
    }

    private static func task(
        _ verb: ActionVerb, _ title: String, _ does: String, _ doesNot: String,
        _ arguments: [ActionArgument], _ risk: Risk, _ past: String, isExclusive: Bool = false
    ) -> ActionDeclaration {
        ActionDeclaration(
            verb: verb, subject: .task, title: title, does: does, doesNot: doesNot,
            arguments: arguments, reason: .none, hasDryRun: true, risk: risk, permission: .decide,
            past: past, isExclusive: isExclusive)
    }

    private static func schedule(
        _ verb: ActionVerb, _ title: String, _ does: String, _ doesNot: String,
        _ arguments: [ActionArgument], hasDryRun: Bool, _ risk: Risk, _ past: String
    ) -> ActionDeclaration {
        ActionDeclaration(
            verb: verb, subject: .schedule, title: title, does: does, doesNot: doesNot,
            arguments: arguments, reason: hasDryRun ? .requiredUnlessDry : .required,
            hasDryRun: hasDryRun, risk: risk, permission: .operate, past: past)
    }
}
