import Definition
import Execution
import Schedule
import Values

extension ResourceSchema {
    static let ofMany: [(name: String, schema: Value)] = [
        (
            "InstanceList",
            object(
                [
                    "instances": list(reference("Instance")),
                    "total": described(integer, "How many the filter finds in all."),
                    "totalIsLeast": described(flag, "There are more than `total`."),
                ],
                optional: [
                    "cursor": described(text, "There are more: ask again with it."),
                    "hint": described(text, "What may have been meant, where nothing is found."),
                ])
        ),
        (
            "Neighbours",
            object(
                ["name": text],
                optional: [
                    "newer": described(text, "The one above it; none: it is the first."),
                    "older": described(text, "The one below it; none: it is the last."),
                ])
        ),
        (
            "PauseGroupList",
            object([
                "groups": list(
                    object([
                        "by": text, "reason": text, "count": integer, "firstAt": moment,
                        "lastAt": moment,
                        "filter": described(text, "Finds the instances of the group."),
                    ])), "hasMore": flag,
                "workflows": described(
                    list(object(standing.merging(["workflow": text]))),
                    "Those that are held as a whole, each with all its instances."),
            ])
        ),
        (
            "Incident",
            object(
                [
                    "instance": text, "number": integer, "kind": text,
                    "error": described(text, "The error's name."), "message": text,
                    "cause": described(text, "What those like it have in common."),
                    "openedAt": moment,
                ], optional: ["command": text])
        ),
        (
            "IncidentList",
            object(["incidents": list(reference("Incident"))], optional: ["cursor": text])
        ),
        (
            "IncidentGroupList",
            object([
                "groups": list(
                    object(["cause": text, "count": integer, "firstAt": moment, "lastAt": moment])),
                "hasMore": flag,
            ])
        ),
    ]

    // MARK: Schedules

    private static let occurrence = object([
        "key": text, "nominal": described(text, "The moment by the rule, in the schedule's zone."),
        "at": moment,
    ])

    static let ofSchedules: [(name: String, schema: Value)] = [
        (
            "Schedule",
            object(
                [
                    "workflow": text, "rule": described(anything, "As it is declared."),
                    "zone": text, "overlap": choice(OverlapPolicy.allCases.map(\.rawValue)),
                    "catchup": object([
                        "window": text, "backlog": choice(Backlog.allCases.map(\.rawValue)),
                    ]), "paused": flag, "running": texts, "waiting": list(occurrence),
                    "next": list(occurrence),
                    "log": list(
                        object(
                            ["number": integer, "outcome": text, "at": moment],
                            optional: [
                                "occurrence": occurrence, "last": text, "count": integer,
                                "from": moment, "to": moment, "reason": text, "by": text,
                            ])),
                ],
                optional: [
                    "pause": object(["reason": text, "by": text, "at": moment]),
                    "workflowPause": described(
                        object(standing), "Who holds its workflow: nothing starts meanwhile."),
                    "last": occurrence,
                ])
        ),
        ("ScheduleList", object(["schedules": list(reference("Schedule"))])),
        (
            "ScheduleEffect",
            object(optionalOnly: [
                "started": texts, "outcome": text, "message": text, "queued": texts,
                "behind": texts, "cancelled": texts, "terminated": texts,
                "reason": choice(SkipReason.allCases.map(\.rawValue)), "dryRun": flag,
                "schedule": reference("Schedule"), "workflow": text, "from": moment,
                "to": moment, "count": integer,
                "occurrences": described(
                    list(
                        object([
                            "key": text, "nominal": text, "at": moment, "exists": flag,
                            "last": ["type": ["string", "null"]],
                        ])), "Of a backfill's dry run."),
            ])
        ),
    ]

    // MARK: What is declared

    private static let version = object([
        "version": integer, "starts": described(flag, "New instances run on it."),
        "running": described(integer, "Instances, counted up to 10,000."),
        "runningIsLeast": described(flag, "There are more than `running`."),
    ])

    private static let summary: ValueMap = [
        "name": text, "version": ["type": ["integer", "null"]], "versions": list(version),
    ]

    static let ofTheCatalog: [(name: String, schema: Value)] = [
        (
            "WorkflowList",
            object([
                "workflows": list(
                    object(
                        summary.merging([
                            "removed": described(flag, "Only instances of it are left.")
                        ]),
                        optional: [
                            "description": text, "startedBy": text, "pause": object(standing),
                        ]))
            ])
        ),
        (
            "Workflow",
            object(
                summary.merging([
                    "description": text, "contentHash": text, "input": anything,
                    "params": anything, "context": anything, "search": texts,
                    "events": list(
                        object(
                            ["name": text, "early": text, "data": anything],
                            optional: ["from": described(text, "The role that may send it.")])),
                    "states": list(
                        object(
                            ["id": text, "kind": text],
                            optional: ["tags": texts, "outcome": text, "usual": usual])
                    ),
                    "held": described(
                        integer,
                        "Instances that something has come to while it was held, and that are still to go on; counted "
                            + "up to 1,000."),
                    "heldIsLeast": described(flag, "There are more than `held`."),
                    "removed": described(flag, "Only instances of it are left."),
                    "log": log,
                ]), optional: ["startedBy": text, "pause": object(standing)])
        ),
        ("AdapterList", object(["adapters": list(object(adapter, optional: condition))])),
        (
            "VersionDifference",
            object([
                "workflow": text, "from": integer, "to": integer,
                "states": described(
                    list(
                        object([
                            "state": described(text, "Empty: what belongs to no state."),
                            "change": choice(VersionDifference.Change.allCases.map(\.rawValue)),
                            "removed": described(texts, "What only `from` declares, a line each."),
                            "added": texts,
                        ])), "Those that differ."),
                "stranded": described(
                    list(
                        object([
                            "state": text, "running": integer, "runningIsLeast": flag,
                            "filter": text,
                        ])), "Where instances of `from` wait that `to` has no state for."),
            ])
        ),
        (
            "Adapter",
            object(
                adapter.merging([
                    "log": log
                ]), optional: condition)
        ),
    ]

    private static let adapter: ValueMap = [
        "name": text, "description": text, "transport": text, "operations": texts,
    ]

    private static let log = described(
        list(object(standing.merging(["paused": flag]))),
        "Who held it and who let it go on, the latest first.")

    private static let standing: ValueMap = ["by": text, "at": moment, "reason": text]

    /// Of an adapter that calls something.
    private static let condition: ValueMap = [
        "breaker": described(
            choice(["closed", "half-open", "open"]), "Half-open: the next call is its probe."),
        "openSince": moment, "nextProbe": moment,
        "failures": integer, "calls": integer, "running": integer, "concurrency": integer,
        "queued": integer, "paused": described(flag, "A person holds it: no call of it leaves."),
        "pause": object(standing),
        "unready": described(
            object(["reason": text, "since": moment]),
            "It lacks a setting, or may not reach its address: no call of it leaves."),
    ]

    // MARK: The process and what is beside it

    private static let clock = object(
        [
            "status": choice(["followed", "jumped", "ahead"]), "now": moment,
            "wall": described(moment, "What the wall clock shows."),
            "aheadSeconds": described(
                integer, "How far the engine's time is before a wall clock that was set back."),
        ],
        optional: [
            "sentence": text,
            "jump": described(
                object(["seconds": integer, "since": moment, "followedInSeconds": integer]),
                "Not followed yet; `seconds` below zero: it was set back."),
        ])

    private static let clockWhereApart = described(
        reference("Clock"), "Only where the engine's time is not the wall clock's.")

    private static let certificate = object(
        ["expires": described(moment, "Of the first that ends, of those that the server shows.")],
        optional: [
            "fault": described(text, "Why a newer one in the files is not used."), "fix": text,
        ])

    static let ofTheProcess: [(name: String, schema: Value)] = [
        (
            "Attachment",
            object(["sha256": text, "size": integer, "type": text])
        ),
        ("Reference", object(["reference": described(text, "To be told when asking about it.")])),
        ("Liveness", object(["status": text])),
        (
            "Readiness",
            object(
                ["status": text, "now": described(moment, "By the store's clock.")],
                optional: [
                    "clock": clockWhereApart,
                    "certificate": described(
                        certificate, "Only where it ends within 14 days, or cannot be renewed."),
                ])
        ),
        ("Clock", clock),
        ("Version", object(["name": text, "version": text, "api": text])),
        (
            "System",
            object(
                [
                    "version": text, "runningSeconds": integer, "intervalSeconds": integer,
                    "samples": described(
                        list(
                            object(
                                [
                                    "commits": integer, "flushes": integer,
                                    "flushMs": described(number, "Of the slowest flush."),
                                    "lateMs": described(
                                        number, "Of the timer that was the latest."),
                                    "waiting": described(
                                        integer, "What waited to be decided, at most."),
                                ], optional: ["bytes": integer])),
                        "The oldest first; the last one is not over yet."),
                ],
                optional: [
                    "bytes": described(integer, "Of the database and its log; none in memory."),
                    "clock": clockWhereApart,
                    "certificate": described(certificate, "Of TLS; none in the clear."),
                ])
        ),
        ("Description", map),
        (
            "Problem",
            object(
                [
                    "type": text, "title": text, "status": integer,
                    "code": described(text, "For programs; its meaning never changes."),
                    "detail": text,
                ],
                optional: [
                    "fix": described(text, "What to do about it."),
                    "errors": list(object(["pointer": text, "detail": text])), "requestId": text,
                    "id": text, "event": text,
                    "receipts": described(
                        list(reference("Receipt")), "Where instances rejected it."),
                ])
        ),
    ]
}
