import WorkflowLanguage

extension Diagnostic.Code {
    var explanation: CodeExplanation {
        func finding(
            _ meaning: String, when: String, do advice: String, example: String
        ) -> CodeExplanation {
            CodeExplanation(
                .diagnostic, rawValue, meaning, when: when, do: advice, example: example)
        }
        return switch self {
        case .yamlSyntax:
            finding(
                "The file is not YAML.",
                when: "Quotes, brackets or the indentation do not close.",
                do: "Mend the place; the message is the YAML reader's.",
                example: "initial: [asking   # right: initial: asking")
        case .yamlSize:
            finding(
                "The file is too large to be read.",
                when: "A definition is longer than its limit.",
                do: "Split the workflow: a child workflow, another file.",
                example: "invoke: {workflow: reminder}")
        case .yamlDepth:
            finding(
                "The file is nested too deeply.",
                when: "More levels than are read.",
                do: "Make it flatter.",
                example: "context: {type: object}")
        case .yamlCharacter:
            finding(
                "A character that YAML does not allow.",
                when: "A control character, often pasted.",
                do: "Remove it.",
                example: "description: A loan.")
        case .yamlDuplicateKey:
            finding(
                "A key stands twice in one map.",
                when: "A member was copied and not renamed.",
                do: "Keep one.",
                example: "on: {a: x, a: y}   # right: on: {a: [x, y]} with guards")
        case .yamlAlias:
            finding(
                "Anchors and aliases are refused.",
                when: "`&x` or `*x` stands in the file.",
                do: "Write the value out.",
                example: "retry: *patient   # right: retry: patient")
        case .yamlTag:
            finding(
                "Tags are refused.",
                when: "`!x` stands before a value.",
                do: "Remove it.",
                example: "version: !!int 1   # right: version: 1")
        case .yamlMergeKey:
            finding(
                "Merge keys are refused.",
                when: "`<<` stands in a map.",
                do: "Write the entries out.",
                example: "<<: *base")
        case .yamlDocuments:
            finding(
                "A file holds one document.",
                when: "`---` begins a second one.",
                do: "Move it to a file of its own.",
                example: "---")
        case .yamlEmpty:
            finding(
                "The file is empty.",
                when: "Nothing but spaces or comments.",
                do: "Write something, or remove the file.",
                example: "workflow: loan")
        case .yamlKey:
            finding(
                "A key is not one word.",
                when: "A list or map stands as a key.",
                do: "Name it with one word.",
                example: "? [a, b]")
        case .numberRange:
            finding(
                "A number is beyond 64 bits.",
                when: "A long id is written without quotes.",
                do: "Quote it if it is a text.",
                example: "id: '123456789012345678901'")
        case .wrongKind:
            finding(
                "A value is of another kind than is expected.",
                when: "A list where a name is expected, for example.",
                do: "The message says which.",
                example: "initial: [a]   # right: initial: a")
        case .unknownWord:
            finding(
                "The map has no such member.",
                when: "A word is misspelled, or stands in the wrong place.",
                do: "Take what is suggested; the language's reference lists them.",
                example: "intial: asking   # right: initial: asking")
        case .missingWord:
            finding(
                "A member that is needed is missing.",
                when: "A workflow without `states`, for example.",
                do: "Add it.",
                example: "workflow: loan\nversion: 1")
        case .misplacedWord:
            finding(
                "The member means nothing here.",
                when: "A word of another kind of adapter, state or action.",
                do: "Move or remove it.",
                example: "transport: local\nurl: {env: X}")
        case .unsupported:
            finding(
                "The word is known and not supported in this version.",
                when: "A part of the language that is still to come.",
                do: "Leave it out.",
                example: "history: deep")
        case .invalidValue:
            finding(
                "The value is not one that is possible there.",
                when:
                    "A choice, a range or a rule is not kept; also a recorded exchange that the adapter reads otherwise.",
                do: "The message says what is possible.",
                example: "kind: retryable   # right: kind: retriable")
        case .invalidName:
            finding(
                "The name cannot name this.",
                when: "Characters that a path, a key or a database cannot carry.",
                do: "Take what the message advises.",
                example: "workflow: My Loan   # right: workflow: my-loan")
        case .invalidDuration:
            finding(
                "It is no duration.",
                when: "A unit is missing, or it is negative.",
                do: "Write 15m, 2h, 7d, 1h30m or P1M.",
                example: "after: {15: late}   # right: after: {15m: late}")
        case .invalidTimestamp:
            finding(
                "It is no moment.",
                when: "A date without time or zone.",
                do: "Write 2026-01-05T09:00:00Z.",
                example: "at: 2026-01-05")
        case .invalidSchema:
            finding(
                "It is no JSON Schema that is understood.",
                when: "A keyword is misspelled or not supported.",
                do: "Mend the place.",
                example: "properties: {n: {type: int}}   # right: integer")
        case .invalidExpression:
            finding(
                "The expression cannot be read.",
                when: "A bracket, an operator or a function is wrong.",
                do: "The caret shows the place.",
                example: "if: event.data.n >   # right: event.data.n > 3")
        case .wrappedExpression:
            finding(
                "A bare expression is expected, without `${ }`.",
                when: "`if`, `key` and `search` are expressions already.",
                do: "Leave out `${` and `}`.",
                example: "if: '${event.data.ok}'   # right: if: event.data.ok")
        case .unknownReference:
            finding(
                "The expression reads what is not there.",
                when:
                    "A member is misspelled or not declared. Of an answer whose `outputSchema` is open, a warning where it "
                    + "is not another's name misspelt.",
                do: "Take what is suggested, or declare it.",
                example: "context.licnce   # did you mean 'licence'?")
        case .optionalMember:
            finding(
                "The expression reads a member that may be missing; then the step would stop.",
                when: "The schema does not require it.",
                do: "Ask for it first with `has(…)`, or require it.",
                example: "'${has(event.data.note) ? event.data.note : \"\"}'")
        case .mayBeNull:
            finding(
                "A value that may be null stands where null has no meaning (a warning).",
                when: "A schema says `type: [integer, 'null']`, and nobody asks before it is used.",
                do: "Ask first, in the expression or in the guard; or take null out of the schema.",
                example: "guard: context.total != null && context.total > 10")
        case .typeMismatch:
            finding(
                "The types that the schemas declare do not fit, so the step would stop every time.",
                when:
                    "A guard gives no bool, two kinds of values are added or compared, or a value is none of the "
                    + "declared ones.",
                do: "Convert one side as the message says, or mend the schema.",
                example: "guard: input.count > '3'   # '>' compares values of one kind")
        case .forgottenBraces:
            finding(
                "A text is the name of something, where its value is probably meant.",
                when: "`${` and `}` were left out of a payload.",
                do: "Write `${…}` around it; as a text of its own, `${\"…\"}`.",
                example: "price: input.price   # right: price: '${input.price}'")
        case .unknownTarget:
            finding(
                "There is no such state.",
                when: "A target is misspelled or in another parent.",
                do: "Take what is suggested; nested states are written with dots.",
                example: "on: {x: redaing}   # right: reading")
        case .missingInitial:
            finding(
                "Several states, and none is named first.",
                when: "`initial` is missing.",
                do: "Name it.",
                example: "initial: asking")
        case .emptyState:
            finding(
                "A state with `states` names none.",
                when: "An empty map, or a parallel state without regions.",
                do: "Add states, or remove the word.",
                example: "states: {}")
        case .finalRegion:
            finding(
                "A region of a parallel state cannot be final itself.",
                when: "`type: final` stands at the region.",
                do: "Give the region a final state of its own.",
                example: "region: {states: {done: {type: final}}}")
        case .chartSize:
            finding(
                "The workflow has more states than are taken.",
                when: "More than the limit.",
                do: "Move some to a child workflow.",
                example: "invoke: {workflow: visit}")
        case .unknownEvent:
            finding(
                "`events` declares no such event.",
                when: "A transition, a raise or a send names it.",
                do: "Declare it, or take what is suggested.",
                example: "events: {loan.withdraw: {early: reject}}")
        case .reservedEvent:
            finding(
                "The name is one of the engine's own events.",
                when: "It begins like `done.`, `error.` or `after.`.",
                do: "Use `onDone`, `onError` or `after`; choose another name.",
                example: "on: {done.invoke: x}   # right: onDone: x")
        case .unknownContext:
            finding(
                "`context` declares no such member.",
                when: "An assignment names it.",
                do: "Declare it, or take what is suggested.",
                example: "context: {licence: {type: [string, 'null'], default: null}}")
        case .unknownMail:
            finding(
                "`mails` declares no such mail.",
                when: "A `notify` names it.",
                do: "Declare it, or take what is suggested.",
                example: "mails: {late: {subject: Late, text: It is late.}}")
        case .unknownRetry:
            finding(
                "`retries` declares no such policy.",
                when: "A `retry` names it.",
                do: "Declare it, or take what is suggested.",
                example: "retries: {patient: {maximumAttempts: 20}}")
        case .unknownPerson:
            finding(
                "`persons` names what no person can be found by.",
                when: "`search` declares no such attribute, or it is erased with the person.",
                do: "Name a search attribute whose value is the person's id.",
                example: "search: {client: input.clientId}\npersons: [client]")
        case .missingPersons:
            finding(
                "Members are marked `x-personal`, and nothing says whose they are.",
                when: "There is no `persons`: nobody could ask for them to be erased.",
                do: "Name the search attribute that holds the person's id.",
                example: "persons: [client]")
        case .invalidInvoke:
            finding(
                "The invoke cannot work like that.",
                when: "Parts of it exclude each other, or need an operation of another kind.",
                do: "The message says what it needs.",
                example: "forEach: {from: billing.accounts}   # an operation of the process")
        case .unreachableState:
            finding(
                "No transition leads to the state.",
                when: "It was forgotten, or a target is misspelled.",
                do: "Lead to it, or remove it.",
                example: "states: {old: {on: {x: new}}}")
        case .stuckState:
            finding(
                "Nothing moves an instance out of the state.",
                when: "It has no transition, timer or call.",
                do: "Give it a way out, or `type: final`.",
                example: "waiting: {}   # right: waiting: {on: {x: done}}")
        case .endlessAlways:
            finding(
                "An `always` without a guard leads back to itself.",
                when: "It would never end.",
                do: "Give it a guard.",
                example: "always: {target: a, if: context.n < 3}")
        case .parallelAssign:
            finding(
                "Two regions set the same member on the same event.",
                when: "The last region wins.",
                do: "Set it in one of them.",
                example: "assign: {n: 1}")
        case .reenteredRegion:
            finding(
                "`reenter: true` leaves and enters other regions too.",
                when: "The transition's target is in one region of a parallel state.",
                do: "Leave it out where only one region is meant.",
                example: "{target: a, reenter: true}")
        case .startsAgain:
            finding(
                "`reenter: true` starts calls or timers of the state again.",
                when: "The state is left and entered.",
                do: "Nothing, if that is meant.",
                example: "{target: a, reenter: true}")
        case .shadowedTransition:
            finding(
                "Transitions behind one without a guard are never tried.",
                when: "The first one always holds.",
                do: "Give it a guard, or move it to the end.",
                example: "on: {x: [{target: a}, {target: b, if: …}]}")
        case .unusedEvent:
            finding(
                "No state waits for a declared event.",
                when: "It was forgotten in an `on`.",
                do: "Name it in an `on`, or remove it.",
                example: "events: {never: {}}")
        case .unheardRaise:
            finding(
                "No state waits for a raised event.",
                when: "The name is misspelled, or its transition was removed.",
                do: "Take what is suggested.",
                example: "raise: dnoe")
        case .startEventAsTransition:
            finding(
                "An event that starts instances never reaches a running one.",
                when: "It stands in an `on`.",
                do: "Use another event.",
                example: "start: {on: loan.asked}")
        case .unknownTask:
            finding(
                "There is no such operation.",
                when: "An invoke, a `compensate` or a `notify` names it; no mail adapter is there.",
                do: "Take what is suggested; add the adapter.",
                example: "task: notices.sned   # right: notices.send")
        case .unknownWorkflow:
            finding(
                "There is no such workflow.",
                when: "An invoke or a send names it.",
                do: "Take what is suggested; add the folder.",
                example: "invoke: {workflow: remindr}")
        case .missingInput:
            finding(
                "What is written down lacks a member that its receiver needs.",
                when:
                    "The input of an operation or of a child, an event's data, an answer, or what is assigned; the schema's "
                    + "`required` says so.",
                do: "Give it, or leave it out of `required`.",
                example: "input: {account: '${input.account}'}")
        case .unknownInput:
            finding(
                "What is written down has a member that its receiver does not take.",
                when:
                    "The input of an operation or of a child, an event's data, an answer, or what is assigned; the schema has "
                    + "`additionalProperties: false`.",
                do: "Take what is suggested, remove it, or declare it in the schema.",
                example: "input: {acount: …}   # right: account")
        case .unknownError:
            finding(
                "The call never fails with that name.",
                when: "`onError` names it, and the manifest does not.",
                do: "Take what is suggested, or declare it in the manifest.",
                example: "onError: [{error: declnied, target: x}]")
        case .unreceivedEvent:
            finding(
                "No workflow receives a sent event.",
                when: "The name is misspelled, or the other workflow is missing.",
                do: "Take what is suggested.",
                example: "send: {event: book.returnd, to: shelf}")
        case .rejectedEffect:
            finding(
                "A transition refuses an event and acts on it all the same.",
                when: "Beside `reject` it has a `target` or another action than `log`.",
                do: "Leave `reject` alone; what is to happen belongs to a transition without it.",
                example: "x: {target: b, actions: {reject: {code: late, message: too late}}}")
        case .shortRetention:
            finding(
                "Instances go before an adapter's remote forgets their keys.",
                when: "`retention` is shorter than the adapter's `keyRetention`.",
                do:
                    "Keep them longer: who starts one under the same key would get the old answers.",
                example: "retention: 400d")
        case .duplicateWorkflow:
            finding(
                "A workflow's version is declared twice.",
                when: "Two folders hold the same name and version.",
                do: "Rename one, or raise its version.",
                example: "workflow: loan\nversion: 2")
        case .duplicateAdapter:
            finding(
                "An adapter is declared twice.",
                when: "Two folders hold the same name.",
                do: "Rename one.",
                example: "adapter: notices-eu")
        case .invalidCalendar:
            finding(
                "The calendar cannot be used.",
                when: "A date is wrong, or the rules exclude each other.",
                do: "Mend the place.",
                example: "holidays: [2026-12-25]")
        case .calendarEnds:
            finding(
                "The calendar's holidays end soon.",
                when: "Nothing is listed for the time to come.",
                do: "Add the next year's.",
                example: "holidays: [2027-01-01]")
        case .unknownCalendar:
            finding(
                "There is no such calendar.",
                when: "A duration in business days names it.",
                do: "Take what is suggested; add calendars/NAME.yaml.",
                example: "after: {3bd@germany: late}")
        case .missingZone:
            finding(
                "A calendar duration has no time zone.",
                when: "Neither it nor pawl.yaml names one.",
                do: "Set `zone` in pawl.yaml.",
                example: "zone: Europe/Berlin")
        case .literalSecret:
            finding(
                "A secret is written down.",
                when: "`auth` holds the text itself.",
                do: "Refer to the environment or a file.",
                example: "auth: {bearer: {env: NOTICES_TOKEN}}")
        case .invalidRate:
            finding(
                "It is no rate.",
                when: "The unit is missing.",
                do: "Write 100/s, 30/min or 5/h.",
                example: "limits: {rate: 50/s}")
        case .invalidStatus:
            finding(
                "It is no status.",
                when: "A word where a number or class is expected.",
                do: "Write 402 or 5xx.",
                example: "errors: [{status: [402], name: declined, retry: never}]")
        case .unknownOperation:
            finding(
                "The adapter has no such operation.",
                when: "`compensate` names it.",
                do: "Take what is suggested, or add it.",
                example: "compensate: cancel")
        case .undeclaredOutput:
            finding(
                "The operation declares no `outputSchema`.",
                when: "Whatever it answers is taken.",
                do: "Say which members a workflow may rely on.",
                example: "outputSchema: {type: object, required: [id]}")
        case .undeclaredErrors:
            finding(
                "The operation declares no `errors`.",
                when: "Every refusal leaves open whether it took effect.",
                do: "Declare the statuses that are answered before any effect.",
                example: "errors: [{status: [400], name: invalid, retry: never}]")
        }
    }
}
