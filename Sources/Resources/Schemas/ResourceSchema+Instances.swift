import Engine
import Execution
import Values

extension ResourceSchema {
    private static let status = choice(Run.Status.allCases.map(\.rawValue))
    private static let health = choice(Health.allCases.map(\.rawValue))

    static let ofInstances: [(name: String, schema: Value)] = [
        (
            "Instance",
            object(
                [
                    "id": integer, "name": described(text, "`workflow/key`."), "workflow": text,
                    "key": text, "version": integer, "status": status, "health": health,
                    "states": described(texts, "Ids of the active leaf states."),
                    "why": described(text, "The most urgent reason in one line."),
                    "revision": integer, "startedAt": moment, "updatedAt": moment,
                    "search": described(map, "The workflow's search attributes."),
                ],
                optional: [
                    "endedAt": moment, "overdueAt": moment,
                    "workflowPaused": described(flag, "It is held with its workflow."),
                    "paused": described(
                        object(["by": text, "reason": text, "since": moment]), "Who holds it."),
                    "output": anything,
                    "input": anything, "params": anything, "context": map,
                    "parent": described(text, "The instance that waits for it."),
                    "children": texts,
                    "visits": list(
                        object(
                            ["state": text, "since": moment],
                            optional: ["overdueAt": moment, "usual": usual])),
                    "timers": list(object(["state": text, "due": moment, "targets": texts])),
                    "wait": described(
                        object(["until": text, "met": flag]), "Where the request waited."),
                ])
        ),
        (
            "Why",
            object(
                [
                    "name": text, "version": integer, "status": status, "health": health,
                    "at": moment, "why": text,
                    "blockers": list(reference("Blocker")),
                ],
                optional: [
                    "ending": object(
                        [
                            "standing": list(
                                object(["task": text, "key": text, "status": text]))
                        ], optional: ["state": text, "failure": map]),
                    "clock": described(
                        text, "Only where the engine's time is not the wall clock's."),
                ])
        ),
        (
            "Blocker",
            object(
                [
                    "kind": choice(Blocker.Kind.allCases.map(\.rawValue)),
                    "state": described(text, "Ids of the states concerned; empty for none."),
                    "sentence": text, "since": moment, "needsPerson": flag, "evidence": map,
                    "actions": list(reference("LegalAction")),
                ],
                optional: [
                    "overdueAt": moment, "usual": usual,
                    "next": object(["sentence": text], optional: ["at": moment]),
                ])
        ),
        (
            "LegalAction",
            object(
                [
                    "name": choice(verbs), "sentence": text,
                    "command": described(text, "The line to type."),
                    "instance": described(text, "Whom it concerns."),
                    "arguments": described(
                        map, "Members of the body; a text like `<orderId>` is to be filled in."),
                ],
                optional: [
                    "task": described(["type": ["integer", "string"]], "Its number, or `only`."),
                    "adapter": described(text, "The adapter that it is done to."),
                    "workflow": described(text, "The workflow that it is done to."),
                    "as": described(text, "`role/subject`, or the role alone."),
                    "dryRun": flag,
                    "because": described(text, "The kind of blocker that it is for."),
                ])
        ),
        ("ActionList", object(["name": text, "actions": list(reference("LegalAction"))])),
        (
            "HistoryEntry",
            object(["sequence": integer, "at": moment, "kind": text, "data": anything])
        ),
        (
            "History",
            object([
                "name": text, "entries": list(reference("HistoryEntry")), "hasMore": flag,
                "total": integer,
            ])
        ),
        (
            "DataMember",
            object(
                ["name": text, "value": anything],
                optional: [
                    "changed": described(
                        object(
                            [
                                "sequence": integer, "at": moment, "kind": text,
                                "isCertain": described(
                                    flag,
                                    "False: a condition decided, or it left no row of its own."),
                                "sentence": text,
                            ],
                            optional: [
                                "because": described(text, "The kind of the row that it came of."),
                                "by": text, "reason": text, "event": text, "task": text,
                            ]),
                        "The row of the history that it comes from; absent: none that was looked at."
                    )
                ])
        ),
        (
            "Data",
            object([
                "name": text, "members": list(reference("DataMember")),
                "from": described(
                    integer, "The history was looked at from this row on; up to 2,000 rows."),
                "total": described(integer, "Rows that it has."),
            ])
        ),
        (
            "Member",
            object(
                [
                    "number": integer, "status": ["type": "string", "enum": memberStatus],
                    "key": text,
                ],
                optional: [
                    "instance": described(text, "The child that it is, by its name."),
                    "since": moment, "output": anything,
                    "error": object(["name": text, "message": text]),
                ])
        ),
        (
            "MemberList",
            object(
                [
                    "name": text, "activation": integer,
                    "counts": described(
                        object([
                            "started": integer, "running": integer, "completed": integer,
                            "failed": integer, "cancelled": integer, "waiting": integer,
                        ]), "`waiting`: read, and not started yet."),
                    "members": list(reference("Member")), "hasMore": flag,
                ])
        ),
        (
            "Receipt",
            object(
                ["instance": text, "outcome": text], optional: ["code": text, "message": text])
        ),
        (
            "EventResult",
            object(
                ["id": text, "event": text, "receipts": list(reference("Receipt"))],
                optional: ["instances": list(reference("Instance"))])
        ),
        (
            "UnmatchedEvent",
            object(
                [
                    "number": integer, "at": moment, "event": text, "id": text, "by": text,
                    "outcome": choice(UnmatchedRow.Outcome.allCases.map(\.rawValue)),
                    "nearMisses": list(
                        object([
                            "kind": choice(NearMiss.Kind.allCases.map(\.rawValue)),
                            "instance": text, "sentence": text,
                        ])),
                ],
                optional: [
                    "workflow": text, "key": text, "code": text, "message": text,
                    "data": described(anything, "Absent when it has more than some 2,000 bytes."),
                    "since": described(text, "What became since of one that was kept or held."),
                ])
        ),
        (
            "EventList",
            object(["events": list(reference("UnmatchedEvent"))], optional: ["cursor": text])
        ),
        (
            "Effect",
            object(
                optionalOnly: [
                    "status": status, "states": texts, "history": list(previewed), "calls": texts,
                ])
        ),
        (
            "ActionResult",
            object(
                optionalOnly: [
                    "receipts": list(reference("Receipt")), "instance": reference("Instance"),
                    "dryRun": flag,
                    "effect": described(
                        reference("Effect"), "Of a dry run: what would come of it."),
                ])
        ),
    ]

    private static let verbs = {
        var names: [String] = []
        for name in ActionVerb.allCases.map(\.name) where !names.contains(name) {
            names.append(name)
        }
        return names
    }()

    private static let previewed = reference("HistoryEntry")

    static func object(optionalOnly members: ValueMap) -> Value {
        ["type": "object", "properties": .map(members)]
    }

    // MARK: Tasks

    private static let task: ValueMap = [
        "name": described(text, "The instance's."), "task": integer, "title": text,
        "status": choice(TaskRow.Status.allCases.map(\.rawValue)), "since": moment,
        "isOverdue": flag, "reminders": integer, "priority": integer,
    ]

    private static let holder: ValueMap = [
        "role": text, "assignee": text, "claimedBy": text, "claimedAt": moment, "due": moment,
        "held": described(text, "Why nobody can decide it now."),
    ]

    static let ofTasks: [(name: String, schema: Value)] = [
        (
            "TaskSummary",
            object(
                task.merging(["state": text]),
                optional: holder.merging([
                    "outcome": text, "decidedBy": text, "because": text, "endedAt": moment,
                ]))
        ),
        (
            "TaskList",
            object(["tasks": list(reference("TaskSummary"))], optional: ["cursor": text])
        ),
        (
            "Task",
            object(
                task.merging(["revision": integer, "show": anything]),
                optional: holder.merging([
                    "claimedFor": text, "dueName": text, "deadline": moment,
                    "comments": list(object(["by": text, "at": moment, "text": text])),
                    "outcomes": list(
                        object(
                            ["outcome": text, "label": text, "comment": text, "form": anything],
                            optional: ["style": text, "confirm": text])),
                ]))
        ),
        ("InstanceTaskList", object(["name": text, "tasks": list(reference("Task"))])),
        (
            "Substitution",
            object(
                ["for": text, "by": text, "from": moment, "until": moment],
                optional: ["workflows": texts, "reason": text])
        ),
        ("SubstitutionList", object(["substitutions": list(reference("Substitution"))])),
        ("SubstitutionEnd", object(["for": text, "by": text])),
    ]
}
