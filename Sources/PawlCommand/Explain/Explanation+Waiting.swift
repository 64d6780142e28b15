import Execution

extension Blocker.Kind {
    var explanation: CodeExplanation {
        func blocker(
            _ meaning: String, when: String, do advice: String, example: String
        ) -> CodeExplanation {
            CodeExplanation(
                .blocker, rawValue, meaning, when: when, do: advice, example: example)
        }
        return switch self {
        case .waitingEvent:
            blocker(
                "a state waits for an event; the sentence names the events, who may send them, and the timer that ends the wait",
                when: "A state with `on`, and nothing else to do.",
                do: "send the event",
                example:
                    "● Waiting for `loan.withdraw` from member/m-1; on 2026-11-22T18:00:00Z it goes to asking."
            )
        case .waitingTimer:
            blocker(
                "a state sleeps until a moment",
                when: "A state with `after` and no event that could come first.",
                do: "time",
                example: "● Sleeping until 14:00.")
        case .waitingChild:
            blocker(
                "a child instance is under way",
                when: "A state invokes another workflow.",
                do: "see the child's own `why`",
                example: "● Waiting for reminder/7.")
        case .waitingMembers:
            blocker(
                "a [fan-out](fan-out.md): how many of its members are done, failed and under way; those under way longest have a line of their own",
                when: "A state invokes with `forEach`.",
                do: "each that ends starts the next; see `pawl members`",
                example: "● 2 of 5 members are done, 1 failed, 2 are under way.")
        case .waitingPerson:
            blocker(
                "a [task](tasks.md) waits for somebody of a role; how long it is over its due time, the reminders sent",
                when: "A state invokes a `person`.",
                do: "`pawl decide` for each outcome, `claim`, `assign`, `remind`",
                example: "● Waiting for a manager: Approve a desk.")
        case .callRunning:
            blocker(
                "an adapter's call is under way",
                when: "A call has left and its answer has not come.",
                do: "its answer or its timeout",
                example: "● `notices.send` attempt 1 is running for 3 s.")
        case .callRetrying:
            blocker(
                "a call failed and is tried again at a known time",
                when: "An attempt failed with an error that is tried again.",
                do: "time, or `pawl retry` now; look at the error",
                example: "● `notices.send` failed 2 times, again in 8 s.")
        case .callUnknown:
            blocker(
                "a call was sent and its answer is not known; the remote is asked by the key, or a person must find out",
                when: "A connection broke or timed out after the request had left.",
                do:
                    "time, or `pawl retry` asks now; once it is an incident: `pawl complete` / `pawl fail` when a person knows, or `pawl retry`",
                example: "● Whether `notices.send` took effect is not known.")
        case .callExhausted:
            blocker(
                "a call gave up; an incident is open in place",
                when: "Its retries are over, or its error is final, and no `onError` takes it.",
                do:
                    "repair the cause, then `pawl retry`; or say how it ended: `pawl complete`, `pawl fail`",
                example: "● `notices.send` gave up after 8 tries: `declined`. Incident 1.")
        case .adapterOpen:
            blocker(
                "the adapter's breaker is open, the call waits; or half open, and one call is its probe",
                when: "Too many calls of the adapter failed within its window.",
                do: "the next probe, or `pawl adapter probe` now",
                example: "● The breaker of `notices` is open since 12:00.")
        case .adapterLimit:
            blocker(
                "the call waits for a place in the adapter's queue",
                when: "More calls wait than `concurrency` or `rate` let leave.",
                do: "its turn",
                example: "● Position 3 in the queue of `notices` (limit 8 at once).")
        case .adapterPaused:
            blocker(
                "somebody [holds the adapter](pauses.md); who, since when, why, and the call's place",
                when: "`pawl adapter pause`.",
                do: "`pawl adapter resume`",
                example: "● `notices` is paused by operator/olga: the office moves.")
        case .adapterUnready:
            blocker(
                "no call of the adapter can leave: it lacks a setting, or may not reach its address; which one. Waiting costs no attempt. It is the adapter that needs a person, not each call",
                when:
                    "A variable or file that the adapter names is not there, or is no address that may be reached.",
                do:
                    "set the variable and start the server again, or put the file where it is looked for; then `pawl adapter probe`, or 30 s",
                example:
                    "● `notices` cannot be called: the variable NOTICES_TOKEN for the adapter's token is not set."
            )
        case .moneyHeld:
            blocker(
                "somebody [holds money](money-hold.md); who, since when, why, under which hold, and how much this call is about. It was not sent, and no deadline of its step runs out. It is the hold that needs a person, not each call",
                when: "`pawl money hold`, or a database that was restored.",
                do: "`pawl money`; somebody else than who placed the hold releases it",
                example:
                    "● Outgoing money is held by operator/olga 3 min ago: \"a wrong amount\" (hold 2); `notices.buy` (12.00 EUR) waits and was not sent."
            )
        case .workflowPaused:
            blocker(
                "somebody [holds the whole workflow](pauses.md); who, since when, why, and how much waits. It is the workflow that needs a person, not each instance",
                when: "`pawl workflow pause`.",
                do: "`pawl workflow resume`",
                example: "● Workflow `loan` is paused by operator/olga: moving.")
        case .guardFalse:
            blocker(
                "an event came, but every guard was false; the values are shown",
                when: "The last event for the state was taken by no transition.",
                do: "another event, or other data; `pawl move`",
                example: "● `book.returned` came, and `event.data.pages > 10` is false.")
        case .expressionError:
            blocker(
                "the instance stopped before a step whose expression [fails](errors.md): place, source with a caret, operands, the input that waits",
                when: "A guard, an assignment, a template or a schema failed in the step.",
                do: "`pawl assign` and `pawl retry`; `pawl move`",
                example: "● Stopped before a step that fails: loan 41:17: no such key.")
        case .compensationRunning:
            blocker(
                "effects are being undone, in reverse order",
                when: "The instance is cancelled or failed, and calls that took effect are undone.",
                do: "time",
                example: "● Undoing `notices.send`, 2 more to go.")
        case .compensationFailed:
            blocker(
                "undoing gave up; one effect stands",
                when: "The call that undoes gave up.",
                do: "repair the cause, then `pawl retry`",
                example: "● Undoing `notices.send` gave up: `unavailable`. Incident 2.")
        case .suspended:
            blocker(
                "more transitions without a wait than allowed; or deciding it stopped the server three times in a row; or the store refused again and again what deciding it would write (`conflict`)",
                when: "The step would go on for ever, or cannot be decided or written.",
                do: "a new version of the workflow, or of pawl; then `pawl retry`; or `pawl move`",
                example: "● Suspended: more transitions without a wait than are allowed.")
        case .paused:
            blocker(
                "an operator holds it; who, why, and what came meanwhile. Only open incidents are told besides: nothing else moves it",
                when: "`pawl pause`.",
                do: "`pawl resume`",
                example: "● Paused by operator/olga: the customs look at it.")
        case .rowDamaged:
            blocker(
                "the instance's row in the database cannot be read; the others go on",
                when: "The disk or another program has changed bytes of the row.",
                do: "restore it from a backup",
                example: "● Its row in the database cannot be read.")
        case .definitionMissing:
            blocker(
                "the pinned version is not loaded",
                when:
                    "The server was started with a folder that lacks the version that the instance began with.",
                do: "load it",
                example: "● loan version 3 is not loaded here.")
        case .nothing:
            blocker(
                "the state has no way out",
                when: "A state without a transition, a timer or a call that is not final.",
                do: "`pawl move`; a new version",
                example: "● Nothing moves it: corner waits for no event.")
        }
    }
}

extension Incident.Kind {
    var explanation: CodeExplanation {
        func incident(
            _ meaning: String, when: String, do advice: String, example: String
        ) -> CodeExplanation {
            CodeExplanation(
                .incident, rawValue, meaning, when: when, do: advice, example: example)
        }
        return switch self {
        case .callExhausted:
            incident(
                "A call gave up, and nothing in the workflow takes its error.",
                when: "Its retries are over or its error is final.",
                do:
                    "Repair the cause, then `pawl retry`; or say how it ended: `pawl complete`, `pawl fail`. Many of one cause: `pawl retry --cause`.",
                example:
                    "pawl incidents --group\npawl retry --cause 'notices.send declined: HTTP 402' --reason paid"
            )
        case .outcomeUnknown:
            incident(
                "Nobody knows whether a call took effect, and the remote cannot be asked any more.",
                when:
                    "It was sent, its answer is lost, and the manifest has no `ask`, or asking gave up.",
                do:
                    "Find out at the remote by the call's key, then `pawl complete` or `pawl fail`.",
                example:
                    "pawl complete loan/7 --incident 1 -d '{\"id\": \"c-7\"}' --reason 'it stands in their list'"
            )
        case .compensationFailed:
            incident(
                "Undoing gave up, and an effect stands.",
                when: "The operation that undoes failed for good.",
                do: "Repair the cause, then `pawl retry`; or undo it by hand and `pawl complete`.",
                example: "pawl retry loan/7 --incident 2")
        case .expressionError:
            incident(
                "A step failed before anything of it happened.",
                when:
                    "An expression of it fails, or a value does not fit its schema ([when an expression fails](errors.md)).",
                do:
                    "`pawl why` shows the expression and its operands; `pawl assign` and `pawl retry`, or `pawl move`.",
                example:
                    "pawl assign cake/birthday -d '{\"guests\": 4}' --reason counted\npawl retry cake/birthday"
            )
        case .suspended:
            incident(
                "Deciding it cannot end or cannot be written.",
                when:
                    "More than 10,000 transitions without a wait, three deaths of the server while deciding it, or a store that refuses it again and again.",
                do:
                    "Bring another version of the workflow or of pawl, then `pawl retry`; or `pawl move`.",
                example: "pawl move pendulum/tall --to resting --reason endless")
        }
    }
}

extension CodeExplanation {
    /// Names of errors that the engine gives itself; an adapter's manifest declares others.
    static let ofCalls: [CodeExplanation] = [
        CodeExplanation(
            .error, "timeout", "No answer came in time.",
            when: "The adapter's `timeout` passed.",
            do: "It is tried again, or asked about; give the remote more time in the manifest.",
            example: "limits: {timeout: 30s}"),
        CodeExplanation(
            .error, "unavailable", "The remote could not be reached, or broke off.",
            when: "No connection, a broken one, an answer that is too large, a restart in between.",
            do: "It is tried again by the call's `retry`; `pawl adapters NAME` shows the breaker.",
            example: "retries: {patient: {maximumAttempts: 20, initialInterval: 5s}}"),
        CodeExplanation(
            .error, "rejected",
            "The remote answered with a status that the manifest does not declare.",
            when: "A 4xx without a line in `errors`.",
            do: "Declare the status with a name and whether it is tried again.",
            example: "errors: [{status: [402], name: declined, retry: never}]"),
        CodeExplanation(
            .error, "configuration", "The call cannot leave as it is configured.",
            when:
                "An address or a secret is missing in the environment, or leads where `allowedHosts` does not.",
            do: "Set the variable that the message names; it is tried again by itself.",
            example: "export COURIER_URL=https://courier.example"),
        CodeExplanation(
            .error, "exhausted", "The call gave up, whatever its last error was.",
            when: "In `onError`: it takes whatever is left when the retries are over.",
            do: "Catch it by name, or leave it to an incident.",
            example: "onError: [{error: exhausted, target: byHand}]"),
        CodeExplanation(
            .error, "deadline", "The call had no result within its deadline.",
            when: "The invoke's `deadline` passed, retries included.",
            do: "Catch it by name; a result that comes later is still settled.",
            example: "onError: [{error: deadline, target: late}]"),
        CodeExplanation(
            .error, "invalid-input", "The input does not fit the operation's schema.",
            when:
                "The workflow's `input` of the invoke makes something else than the manifest declares.",
            do: "Mend the workflow or the data (`pawl assign`), then `pawl retry`.",
            example: "input: {amount: '${int(context.amount)}'}"),
        CodeExplanation(
            .error, "invalid-output", "The answer does not fit the operation's `outputSchema`.",
            when:
                "The remote, or an operation in the process, gives something else than is declared.",
            do:
                "Mend the manifest or the operation; whether it took effect is not known where it is no query.",
            example: "outputSchema: {type: object, required: [id]}"),
        CodeExplanation(
            .error, "invalid-page", "A fan-out's page cannot be used.",
            when: "Its operation gives no list, or no cursor that goes on.",
            do: "Mend the operation of `from`.",
            example: "forEach: {from: billing.accounts}"),
        CodeExplanation(
            .error, "members-failed", "Too many members of a fan-out failed.",
            when: "More than `quorum` or `onFailure` allow.",
            do: "`pawl members NAME --status failed` lists them; `pawl retry` tries them again.",
            example: "onError: [{error: members-failed, target: partly}]"),
        CodeExplanation(
            .error, "missing", "The operation or workflow is not loaded here.",
            when: "The folder that the server was started with lacks it.",
            do: "Load it, and start the server again; then `pawl retry`.",
            example: "pawl check"),
        CodeExplanation(
            .error, "too-large", "What the instance's calls carry is more than may be.",
            when: "Inputs and outputs of all of its open calls together.",
            do: "Pass references rather than contents.",
            example: "input: {file: '${context.scan}'}   # an attachment"),
        CodeExplanation(
            .error, "unknown-outcome", "Whether the call took effect is not known.",
            when: "It was sent and its answer is lost.",
            do: "See the blocker `call.unknown`.",
            example: "onError: [{error: unknown-outcome, target: ask}]"),
        CodeExplanation(
            .error, "broken-operation",
            "An operation in the process gave different results for the same call.",
            when: "Its code reads a clock, chance or memory of its own.",
            do: "Mend the operation: a function of its call and of the records.",
            example: "call.now  // not Date()"),
        CodeExplanation(
            .error, "child-exists", "The child's key is taken by an instance with another parent.",
            when: "The `key` of an invoke is not unique.",
            do: "Make the key from what is unique, like the parent's.",
            example: "key: '${instance.key}/1'"),
        CodeExplanation(
            .error, "conflict", "The store refuses what would be written.",
            when: "Two instances want the same record or key again and again.",
            do: "`pawl why` has the reason; retry it when the other one is done.",
            example: "pawl retry loan/7"),
        CodeExplanation(
            .error, "crash", "Deciding the instance stopped the server three times in a row.",
            when: "A fault of pawl, or of an operation in the process.",
            do: "Report it; another version of pawl may retry it.",
            example: "pawl retry loan/7"),
        CodeExplanation(
            .error, "endless", "More than 10,000 transitions without a wait.",
            when: "`always` and `raise` lead round in a circle.",
            do: "Give one of them a guard, in a new version.",
            example: "pawl check   # endless-always"),
        CodeExplanation(
            .error, "expression", "An expression of the call's `input` or `key` fails.",
            when: "The invoke is entered.",
            do: "Catch it by name, or mend the data and `pawl retry`.",
            example: "onError: [{error: expression, target: byHand}]"),
    ]
}
