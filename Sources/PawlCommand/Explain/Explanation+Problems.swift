import Definition

extension Problem.Code {
    var explanation: CodeExplanation {
        func problem(
            _ meaning: String, when: String, do advice: String, example: String
        ) -> CodeExplanation {
            CodeExplanation(
                .problem, rawValue, meaning, when: when, do: advice, example: example)
        }
        return switch self {
        case .malformed:
            problem(
                "What was sent cannot be read at all.",
                when: "A body is no JSON, a file is no YAML or no UTF-8.",
                do: "Mend the text; the message names the place.",
                example: "pawl start loan -d '{\"title\": '")
        case .invalid:
            problem(
                "What was sent can be read and does not fit.",
                when:
                    "An input, an event's data, a form or a filter is refused by its schema or its rules.",
                do:
                    "`errors` names each place with a JSON pointer; mend all of them and send it again.",
                example: "pawl start loan --key 7 title=7\n  /title: a string is expected")
        case .unknownWorkflow:
            problem(
                "No workflow has that name.",
                when: "A start, a schedule or a list names one that is not loaded.",
                do: "`pawl workflows` lists them; a removed one starts nothing any more.",
                example: "pawl start lone --key 7\n  fix: did you mean loan?")
        case .unknownInstance:
            problem(
                "No instance has that name or number.",
                when: "Anything is asked of a key that nothing was started under.",
                do: "`pawl ls -f key:7*` finds it by the beginning of its key.",
                example: "pawl why loan/8")
        case .unknownEvent:
            problem(
                "No workflow declares that event.",
                when: "An event is sent whose name stands in no `events`.",
                do: "Take the name that `fix` suggests, or declare it.",
                example: "pawl send loan/7 loan.withdrew")
        case .unknownState:
            problem(
                "The workflow has no such state.",
                when: "A `move`, a wait or a filter names one.",
                do:
                    "`pawl diagram WORKFLOW -o table` lists its states; nested ones are written with dots.",
                example: "pawl move loan/7 --to reeding --reason test")
        case .notFound:
            problem(
                "Something else that was named is not there.",
                when: "A file, a task, an incident, an adapter, an operation or a route.",
                do: "`fix` names the nearest one there is.",
                example: "pawl adapters notces")
        case .unauthenticated:
            problem(
                "Nothing proves who asked.",
                when:
                    "The server has access control, and the request brings no token, session or certificate, or one that "
                    + "is not taken: unknown, expired, revoked, of another server.",
                do:
                    "Put a token into PAWL_TOKEN or a file for `--token-file`; `pawl token create` makes one, `pawl token "
                    + "whoami` says who the server takes you for.",
                example: "PAWL_TOKEN=$(cat my.token) pawl token whoami")
        case .forbidden:
            problem(
                "Whoever asked may not do this.",
                when:
                    "The workflow wants another sender for the event or another role for the task, or none of your roles has "
                    + "the permission.",
                do:
                    "Say who you are with `--as role/subject`; `pawl why` names who may, `pawl token whoami` what you may.",
                example: "pawl send loan/7 loan.withdraw --as member/m-2")
        case .keyConflict:
            problem(
                "The key is taken by something with another content.",
                when:
                    "A start finds an instance under its key that has another input; a version of a workflow that has run is another file now.",
                do:
                    "Choose another key, or take the instance that is there; give a changed workflow another `version`.",
                example: "pawl start loan --key 7 title=Emma\npawl start loan --key 7 title=Emily")
        case .idempotencyKeyReused:
            problem(
                "The Idempotency-Key was used for another start.",
                when:
                    "A start comes under an `Idempotency-Key` that came with another body before, to the same workflow.",
                do:
                    "Repeat a request as it was; give another start a key of its own. It stands for its start as long as the instance is kept.",
                example:
                    "curl -X POST localhost:8087/v1/workflows/loan/instances -H 'Idempotency-Key: 4f1c' -H 'Content-Type: application/json' -d '{\"input\": {\"id\": \"8\"}}'"
            )
        case .eventConflict:
            problem(
                "The id of the event was used for another one.",
                when:
                    "An event comes under an id that its instance has taken with another name or other data.",
                do: "Send a new event under a new id; a repeat must be the same event.",
                example:
                    "pawl send loan/7 note.added text=a --id e-1\npawl send loan/7 note.added text=b --id e-1"
            )
        case .instanceEnded:
            problem(
                "The instance has ended.",
                when:
                    "Something is to be done to one that is completed, failed, cancelled or terminated.",
                do: "`pawl why` says how it ended; start another one.",
                example: "pawl cancel loan/7 --reason late")
        case .notApplicable:
            problem(
                "It is not in a state in which this could be done.",
                when: "There is nothing to retry, no timer to fire, it is paused already.",
                do: "`pawl why` says what it waits for and what can be done.",
                example: "pawl resume loan/7 --reason done\n  it is not paused")
        case .cannotMigrate:
            problem(
                "Another version of its workflow cannot take the instance over as it stands; `errors` says why.",
                when:
                    "It is in a state, or waits for a call, that the version has no place for; its data do not fit.",
                do:
                    "Say in `migrate` of a newer version where its states go, or wait until it has gone on; `pawl compat` finds all of this beforehand ([migration](migration.md)).",
                example: "pawl migrate loan/7 --to 2 --dry-run")
        case .stepFailed:
            problem(
                "What was asked for leads to a step whose expression fails; nothing was changed.",
                when: "An operator's action would have to evaluate it.",
                do:
                    "Mend the data with `pawl assign`, or choose another way ([when an expression fails](errors.md)).",
                example: "pawl move cake/birthday --to cut --reason test")
        case .preconditionRequired:
            problem(
                "Whoever changes this has to say what they saw of it.",
                when: "A task is acted on over HTTP without `If-Match`.",
                do: "Send the ETag of what was shown, or `If-Match: *`. `pawl` does.",
                example: "curl -X POST …/tasks/1/claim")
        case .taskClaimed:
            problem(
                "Somebody else has taken the task.",
                when: "It is claimed or decided while another one holds it.",
                do: "`pawl task show` says who; they can `release` it, or it is assigned to you.",
                example: "pawl decide hiring/17 accept --as manager/bo")
        case .taskAssigned:
            problem(
                "The task was given to somebody else.",
                when: "It is claimed or decided by another one than its assignee.",
                do: "`pawl task assign NAME --to SUBJECT` gives it to another one.",
                example: "pawl task claim hiring/17 --as manager/bo")
        case .taskDecided:
            problem(
                "The task was decided before.",
                when: "A second decision comes for it.",
                do: "`pawl history` says who decided what.",
                example: "pawl decide hiring/17 accept\npawl decide hiring/17 decline")
        case .taskHeld:
            problem(
                "A decision of the task waits already.",
                when: "The step that a decision led to failed, or its instance is paused.",
                do: "`pawl why` says what holds it; the decision is taken when that is over.",
                example: "pawl decide hiring/17 accept")
        case .taskExpired:
            problem(
                "The task's time was over before it was decided.",
                when: "Its deadline led the instance on.",
                do: "`pawl why` says where it stands now.",
                example: "pawl decide approval/desk accept")
        case .taskWithdrawn:
            problem(
                "Nobody has to do the task any more.",
                when: "The state that asked was left by an event, a timer or an operator.",
                do: "`pawl history` says what led on.",
                example: "pawl decide hiring/17 accept")
        case .taskChanged:
            problem(
                "The task is not as it was seen.",
                when: "It was claimed, assigned or commented on since it was shown.",
                do: "Look at it again with `pawl task show`, and decide on what is there.",
                example: "pawl decide hiring/17 accept --task 3 --revision 4")
        case .outcomeRefused:
            problem(
                "The workflow does not take this decision now.",
                when: "Every guard of the outcome is false, or the outcome rejects it.",
                do:
                    "The message gives the reason; choose another outcome, or change what the guard reads.",
                example: "pawl decide release/july pay")
        case .unknownAttachment:
            problem(
                "It refers to content that whoever sent it has not put.",
                when:
                    "A member of `format: attachment` names a file that is not there, or that another actor put.",
                do: "Put it first as the same actor: `pawl attach FILE --as …`, or `field=@FILE`.",
                example: "pawl send loan/7 proof.sent 'proof={\"sha256\": …}'")
        case .tooLarge:
            problem(
                "What was sent is larger than is taken.",
                when: "A body, a file, a key or what an instance carries passes its limit.",
                do: "Send less; put what is large as an attachment and refer to it.",
                example: "pawl attach film.mp4")
        case .overloaded:
            problem(
                "Too much waits.",
                when: "The engine's queue is full.",
                do: "Try again in a moment with the same key or id; `pawl top` shows the queue.",
                example: "HTTP/1.1 429 Too Many Requests")
        case .unavailable:
            problem(
                "The store takes no writes now, or the engine is stopping.",
                when: "The disk is full, the server is being stopped.",
                do: "Try again with the same key or id; the server's log says why.",
                example: "HTTP/1.1 503 Service Unavailable")
        case .timedOut:
            problem(
                "The time was over first; whatever was asked for goes on by itself.",
                when: "A wait ended before its goal was reached.",
                do: "`pawl why` says what it waits for; wait longer with `--timeout`.",
                example: "pawl wait loan/7 --timeout 1s")
        case .cancelled:
            problem(
                "Whoever asked went away; what was asked for may have been done.",
                when: "A program that embeds the engine cancels the task that asks.",
                do: "Ask again with the same key or id to learn the result.",
                example: "task.cancel()")
        case .storeUntrusted:
            problem(
                "Nobody knows what is on the disk; this engine answers nothing more.",
                when: "A write or flush failed in a way that leaves its result open.",
                do:
                    "See to the disk, then start the server again: nothing that was acknowledged is lost.",
                example: "the database cannot be trusted any more; the server ends")
        case .internalError:
            problem(
                "Something is wrong inside.",
                when: "A rule of the engine's own was broken.",
                do: "The server's log has more under the request's id; report it.",
                example: "HTTP/1.1 500 Internal Server Error")
        }
    }
}

extension CodeExplanation {
    /// Refusals that only HTTP knows.
    static let ofTheAPI: [CodeExplanation] = [
        CodeExplanation(
            .problem, "rejected", "The workflow rejects the event.",
            when:
                "A `reject` of the workflow took it, or the state that the instance is in does not wait for it (`early: reject`).",
            do: "The receipt's own code and message say why; `pawl why` says what is waited for.",
            example: "pawl send loan/7 loan.withdraw"),
        CodeExplanation(
            .problem, "method-not-allowed", "The address is there, the method is not.",
            when: "A POST to what is only read, for example.",
            do: "`Allow` names the methods; [the API](api.md) lists the routes.",
            example: "curl -X DELETE …/v1/instances"),
        CodeExplanation(
            .problem, "request-in-progress", "The same start is under way already.",
            when:
                "A start comes under an `Idempotency-Key` while an earlier one under it is not durable yet.",
            do: "Send it again in a moment (`Retry-After`): then it is answered as the first was.",
            example: "curl -X POST -H 'Idempotency-Key: 4f1c' …/v1/workflows/loan/instances"),
        CodeExplanation(
            .problem, "unsupported-media-type", "The body is of a kind that is not taken.",
            when:
                "`Content-Type` is missing or not `application/json`; an attachment is of no kind that is allowed.",
            do: "Send JSON, or one of the types that [attachments](attachments.md) lists.",
            example: "curl -d @film.mp4 -H 'Content-Type: video/mp4' …/v1/attachments"),
        CodeExplanation(
            .problem, "length-required", "The request does not say how much comes.",
            when: "An upload or a public start without `Content-Length`.",
            do: "Send the length; do not send it in chunks.",
            example: "curl -H 'Transfer-Encoding: chunked' …"),
        CodeExplanation(
            .problem, "range-not-satisfiable", "The attachment has no such bytes.",
            when: "`Range` begins behind its end.",
            do: "Ask for less; the size stands in `Content-Range`.",
            example: "curl -H 'Range: bytes=9999-' …"),
        CodeExplanation(
            .problem, "misdirected", "The server is called by a name that is not its own.",
            when:
                "`Host` is none of `server.hosts` in `pawl.yaml`; without that list a server on loopback answers to names of its own machine alone. A page of another site can have its own name point here.",
            do:
                "Address it by a name that it answers to, or add the name to `server.hosts`; a probe that asks by an address sends `Host`.",
            example: "curl -H 'Host: evil.example' …/livez"),
        CodeExplanation(
            .problem, "too-slow", "The request came too slowly and was cut off.",
            when:
                "A head takes longer than `head`, or of a body less than the least rate came for too long ([limits](limits.md)).",
            do: "Send it again over a better line.",
            example: "HTTP/1.1 408 Request Timeout"),
        CodeExplanation(
            .problem, "too-many-requests", "More came from there than is let in.",
            when:
                "The [public entry](public-entry.md) counts starts by their source, the API requests by whoever asks ([limits](limits.md)).",
            do: "`Retry-After` says when to come again.",
            example: "HTTP/1.1 429 Too Many Requests"),
    ]

    /// Of receipts that say no more than `kept`, `ignored` or `rejected`.
    static let ofReceipts: [CodeExplanation] = [
        CodeExplanation(
            .receipt, "too-late",
            "The workflow has gone past the point where it waits for the event.",
            when: "No state that can still be reached takes it.",
            do:
                "`pawl history` says what led past it; there may be another event for the same purpose.",
            example: "pawl send loan/7 loan.withdraw"),
        CodeExplanation(
            .receipt, "not-expected", "No active state waits for the event now.",
            when: "It is declared with `early: reject` or `early: drop`.",
            do: "Send it when the instance waits for it (`pawl why`), or declare `early: keep`.",
            example: "pawl send lamp/7 lamp.broken"),
        CodeExplanation(
            .receipt, "guard-false", "A state waits for the event, and every guard was false.",
            when: "The transition's `if` does not hold for this data.",
            do: "The message shows the guard's values; send other data, or `pawl move`.",
            example: "pawl send loan/7 book.returned pages=3"),
        CodeExplanation(
            .receipt, "too-many", "The instance keeps as many early events as it may.",
            when: "Events come that no state waits for yet (`early: keep`).",
            do: "Send them later; `pawl history` lists what is kept.",
            example: "for n in $(seq 200); do pawl send loan/7 note.added; done"),
        CodeExplanation(
            .receipt, "expired", "An early event was kept, and its time was over.",
            when: "No state that waits for it was reached within its `keepFor`.",
            do: "Send it again when the instance waits for it.",
            example: "pawl events --outcome rejected"),
        CodeExplanation(
            .receipt, "ended", "The instance has ended.",
            when: "An event comes for one that waits for nothing any more.",
            do: "`pawl why` says how it ended.",
            example: "pawl send loan/7 loan.withdraw"),
        CodeExplanation(
            .receipt, "workflow-paused", "Somebody holds the whole workflow; the event is kept.",
            when: "It comes between `pawl workflow pause` and `resume`.",
            do: "Nothing: it is taken when the workflow goes on.",
            example: "pawl workflow pause loan --reason moving"),
        CodeExplanation(
            .receipt, "compensating", "The instance is undoing what it did.",
            when: "It is cancelled a second time while effects are being undone.",
            do: "Nothing: `pawl why` says what is left to be undone.",
            example: "pawl cancel loan/7 --reason late   # twice"),
        CodeExplanation(
            .receipt, "withdrawn", "An event that waited behind a failed step was dropped.",
            when:
                "The instance was cancelled, or moved on past the step (`event.discarded` in its history).",
            do: "Nothing takes it any more; send it to another instance if it still matters.",
            example: "pawl cancel cake/birthday --reason late"),
        CodeExplanation(
            .receipt, "behind-incident", "The event waits behind a step that failed.",
            when: "The instance has stopped before a step ([when an expression fails](errors.md)).",
            do: "Repair that one (`pawl why`): the event is taken after it, in its order.",
            example: "pawl send cake/birthday guests.counted guests=4"),
        CodeExplanation(
            .receipt, "applied", "A repeat: the first one was applied.",
            when:
                "The same event comes under the same id again; `duplicate` is the outcome, this its code.",
            do: "Nothing: it took effect once.",
            example: "pawl send loan/7 note.added --id e-1   # twice"),
    ]

    static let ofExits: [CodeExplanation] = [
        exit(
            0, "It is done.", when: "What was asked for took place.", do: "Nothing.",
            "pawl ls"),
        exit(
            1, "It was refused, or the workflow failed.",
            when: "The input does not fit, a check has errors, a wait ends with a failed instance.",
            do: "Read `error:` and `fix:`.", "pawl check; echo $?"),
        exit(
            3, "What was named is not there.", when: "An unknown workflow, instance, file or code.",
            do: "`fix:` names the nearest one.", "pawl why loan/8; echo $?"),
        exit(
            4, "Whoever asked may not do this.", when: "The workflow wants another sender or role.",
            do: "Say who you are with `--as`.", "pawl decide hiring/17 accept --as clerk; echo $?"),
        exit(
            5, "A conflict: it is not as was assumed.",
            when: "A key is taken, an instance has ended, a task is somebody else's.",
            do: "Look again, then decide.", "pawl start loan --key 7 title=Other; echo $?"),
        exit(
            6, "Of many, a part failed.",
            when: "An operation on many instances, a restore that lacks attachments.",
            do: "`pawl operations ID --items failed-again` lists them.",
            "pawl retry -f health:blocked --reason up; echo $?"),
        exit(
            7, "Time was over.",
            when:
                "A wait, or an answer that did not come: whether a change took effect is not known.",
            do: "Repeat it with the same key or id.", "pawl wait loan/7 --timeout 1s; echo $?"),
        exit(
            8, "The server cannot be reached, or takes nothing now.",
            when: "Nothing listens there, it is overloaded or stopping.",
            do:
                "Is `pawl serve` running? Which one is asked say `--url`, `--context` and PAWL_URL.",
            "pawl ls --url http://127.0.0.1:1; echo $?"),
        exit(
            64, "Wrong usage.", when: "An unknown command or option, a missing argument.",
            do: "`pawl help COMMAND`.", "pawl wy loan/7; echo $?"),
        exit(
            70, "The server ended itself: what is on its disk is not known.",
            when: "`pawl serve` could not flush, and nobody knows what was written.",
            do: "See to the disk, then start it again: nothing that was acknowledged is lost.",
            "pawl serve; echo $?"),
    ]

    private static func exit(
        _ status: Int, _ meaning: String, when: String, do advice: String, _ example: String
    ) -> CodeExplanation {
        CodeExplanation(.exit, String(status), meaning, when: when, do: advice, example: example)
    }
}
