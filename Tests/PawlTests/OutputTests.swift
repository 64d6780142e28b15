import Definition
import Execution
import Logging
import Synchronization
import Testing
import Values

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// A log that is kept.
/// Lines that a server's log was given.
private final class Written: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func logger(_ format: LogFormat) -> Logger {
        var logger = Logger(label: "test") { _ in
            ServerLog(format, now: { Timestamp(milliseconds: 1_767_600_000_117) }) { line in
                self.lines.withLock { $0.append(line) }
            }
        }
        logger.logLevel = .info
        return logger
    }
}

@Suite struct WhyCards {
    private let why: Value = [
        "name": "order/1009", "status": "running", "health": "blocked",
        "at": "2026-11-21T12:00:00Z", "why": "`bank.charge` gave up.",
        "blockers": [
            [
                "kind": "call.exhausted", "state": "paying",
                "sentence": "`bank.charge` gave up after 8 tries: `declined`. Incident 1.",
                "since": "2026-11-21T11:30:00Z", "needsPerson": true,
                "evidence": ["incident": 1, "task": "bank.charge"],
                "actions": [
                    [
                        "name": "retry", "sentence": "Try it again.",
                        "command": "pawl retry order/1009 --incident 1",
                    ]
                ],
            ],
            [
                "kind": "waiting.timer", "state": "watching", "sentence": "Sleeping until 14:00.",
                "since": "2026-11-21T11:00:00Z", "overdueAt": "2026-11-21T13:00:00Z",
                "needsPerson": false, "evidence": [:],
                "next": ["at": "2026-11-21T14:00:00Z", "sentence": "it goes to late"],
                "actions": [],
            ],
        ],
    ]

    @Test func aCardSaysWhatItWaitsForAndWhatWouldMoveIt() {
        #expect(
            WhyCard.text(why, style: .plain) == """
                order/1009  paying, watching  blocked

                ● `bank.charge` gave up after 8 tries: `declined`. Incident 1.
                  since     2026-11-21T11:30:00Z (30 min ago)
                  incident  1
                  task      bank.charge

                ● Sleeping until 14:00.
                  since    2026-11-21T11:00:00Z (1 h ago)
                  overdue  2026-11-21T13:00:00Z (in 1 h)
                  next     2026-11-21T14:00:00Z (in 2 h): it goes to late

                What would move it:
                  pawl retry order/1009 --incident 1  Try it again.

                """)
    }

    @Test func anExpressionThatFailedIsShownWithItsCaretAndOperands() {
        let stopped: Value = [
            "name": "order/1", "status": "running", "health": "blocked",
            "at": "2026-11-21T12:00:00Z",
            "blockers": [
                [
                    "kind": "expression.error", "state": "open",
                    "sentence": "Stopped before a step that fails.",
                    "since": "2026-11-21T11:30:00Z", "needsPerson": true,
                    "evidence": [
                        "incident": 1, "message": "order 3:5 (action): division by zero",
                        "source": "10 / event.data.x", "line": 3,
                        "frame": "10 / event.data.x\n   ^ division by zero\u{7}",
                        "operands": [
                            ["text": "event.data.x", "value": 0], ["text": "event.data.y"],
                        ],
                        "input": ["event": "go"],
                    ],
                ]
            ],
        ]
        #expect(
            WhyCard.text(stopped, style: .plain) == """
                order/1  open  blocked

                ● Stopped before a step that fails.
                      10 / event.data.x
                         ^ division by zero\\u0007
                      event.data.x = 0
                      event.data.y = (no value)
                  since     2026-11-21T11:30:00Z (30 min ago)
                  incident  1
                  input     {"event":"go"}

                """)
    }

    @Test func oneThatEndedSaysSo() {
        let ended: Value = [
            "name": "order/1", "status": "completed", "health": "ok", "why": "Ended: completed.",
            "blockers": [],
        ]
        #expect(
            WhyCard.text(ended, style: .plain) == "order/1  completed  ok\n\nEnded: completed.\n")
    }

    @Test func coloursAreOnlyPutOnWhenWanted() {
        #expect(!WhyCard.text(why, style: .plain).contains("\u{1B}"))
        #expect(WhyCard.text(why, style: Style(isColoured: true)).contains("\u{1B}[1;31mblocked"))
    }
}

@Suite struct Formats {
    private let rows: [Value] = [
        [
            "name": "order/1", "health": "waiting", "states": ["active.visit"],
            "why": "Waiting for a, \"b\".", "updatedAt": "2026-11-21T11:06:27.123Z",
        ],
        ["name": "order/22", "health": "ok", "states": [], "status": "completed", "n": 7],
    ]

    /// A title set, the screen cleared, a line forged, text turned around.
    private let hostile =
        "a\u{1B}]0;x\u{7}\u{9B}2J\n\u{202E}b\u{2066}\u{200F}\u{61C}\u{2028}c\u{85}\u{7F}"
    private let harmless =
        #"a\u001b]0;x\u0007\u009b2J\n\u202eb\u2066\u200f\u061c\u2028c\u0085\u007f"#

    /// Each member and each key of it is hostile.
    private var attack: Value {
        var all: ValueMap = [
            "states": .list([.string(hostile)]), "sequence": 1, "number": 1,
            "blockers": [["sentence": .string(hostile), "evidence": ["x": .string(hostile)]]],
            "data": [hostile: .string(hostile)], "context": [hostile: .string(hostile)],
            "receipts": [["instance": .string(hostile), "message": .string(hostile)]],
        ]
        for name in [
            "name", "why", "health", "status", "kind", "at", "key", "message", "instance", "error",
            "cause", "workflow", "zone", "title", "role", "assignee", "due", "updatedAt", "overlap",
        ] {
            all[name] = .string(hostile)
        }
        return .map(all)
    }

    @Test func whatComesFromOutsideIsShownAndNotObeyed() {
        let texts = [
            InstanceText.table([attack], width: nil, style: .plain),
            InstanceText.card(attack, style: .plain),
            InstanceText.history([attack], style: .plain),
            InstanceText.members([attack], width: nil, style: .plain),
            InstanceText.incidents([attack], width: nil, style: .plain),
            InstanceText.incidentGroups([attack], width: nil, style: .plain),
            InstanceText.started(attack), InstanceText.receipts(attack),
            WhyCard.text(attack, style: .plain), TaskText.card(attack, style: .plain),
            TaskText.table([attack], width: nil, style: .plain),
            ScheduleText.table([attack], style: .plain),
            ScheduleText.card(attack, style: .plain),
            Failure(status: 409, document: ["detail": .string(hostile), "fix": .string(hostile)])
                .text(style: .plain), OutputFormat.yaml.text(attack) { _ in "" },
        ]
        for text in texts {
            #expect(text == Terminal.shown(text, isColoured: false), "\(text)")
            #expect(text.contains(harmless), "\(text)")
        }
        // No line more than one entry has.
        #expect(InstanceText.table([attack], width: nil, style: .plain).lines.count == 3)
        #expect(InstanceText.history([attack], style: .plain).lines.count == 2)
    }

    @Test func programsGetEveryCharacterAsItIs() throws {
        let text = OutputFormat.json.text(attack) { _ in "" }
        #expect(try JSON.parse(text)["name"]?.stringValue == hostile)
        #expect(OutputFormat.csv.text([["name": "a\u{202E}b"]]) { _ in "" }.contains("\u{202E}"))
    }

    @Test func nothingButOurOwnColoursGetsPastTheTerminal() {
        let red = Style(isColoured: true).red("x")
        #expect(Terminal.shown(red, isColoured: true) == red)
        #expect(Terminal.shown(red, isColoured: false) == #"\u001b[31mx\u001b[0m"#)
        #expect(Terminal.shown("\u{1B}[2J\ta\n", isColoured: true) == "\\u001b[2J\ta\n")
    }

    @Test func noLineOfTheLogIsForged() {
        let written = Written()
        written.logger(.text).warning("a\nb", metadata: ["reason": "x\n2026 critical\u{1B}[31m"])
        #expect(
            written.all == [
                "2026-01-05T08:00:00.117Z WARNING a\\nb reason=\"x\\n2026 critical\\u001b[31m\"\n"
            ])
    }

    @Test func aLineOfTheLogSaysWhatHappenedFirstAndQuotesWhatIsMoreThanAWord() {
        let written = Written()
        written.logger(.text).info(
            "a call failed",
            metadata: [
                "task": "bank.charge", "empty": "", "reason": "HTTP 402: \"no\"", "sum": "a=b",
            ])
        #expect(
            written.all == [
                "2026-01-05T08:00:00.117Z INFO    a call failed "
                    + #"empty="" reason="HTTP 402: \"no\"" sum="a=b" task=bank.charge"# + "\n"
            ])
    }

    @Test func programsReadTheLogAsAnObjectALine() throws {
        let written = Written()
        let logger = written.logger(.json)
        logger.notice("started", metadata: ["url": "http://h", "level": "\u{1B}[31m", "n": "1"])
        logger.debug("nobody wants it")
        let line = try #require(written.all.first)
        #expect(written.all.count == 1 && line.hasSuffix("}\n") && !line.contains("\u{1B}"))
        #expect(
            try JSON.parse(line) == [
                "time": "2026-01-05T08:00:00.117Z", "level": "notice", "message": "started",
                "url": "http://h", "level_": "\u{1B}[31m", "n": "1",
            ])
    }

    @Test func aTableIsCutWhereTheTerminalEnds() {
        #expect(
            InstanceText.table(rows, width: 70, style: .plain) == """
                HEALTH   INSTANCE  STATE         WHY
                waiting  order/1   active.visit  Waiting for a, "b".
                ok       order/22  completed

                """)
        #expect(
            InstanceText.table(rows, width: nil, style: .plain).contains("Waiting for a, \"b\"."))
    }

    @Test func csvQuotesAndTakesTheColumnsOfAllRows() {
        #expect(
            OutputFormat.csv.text(rows) { _ in "" }
                == "name,health,states,why,updatedAt,status,n\r\n"
                + "order/1,waiting,active.visit,\"Waiting for a, \"\"b\"\".\",2026-11-21T11:06:27.123Z,,\r\n"
                + "order/22,ok,,,,completed,7\r\n")
    }

    @Test func yamlQuotesWhatCouldBeMistaken() {
        let value: Value = [
            "a": "yes", "b": "1009", "c": [], "d": [["x": 1, "y": [true, nil]]], "e": "plain-text",
        ]
        #expect(
            OutputFormat.yaml.text(value) { _ in "" } == """
                a: "yes"
                b: "1009"
                c: []
                d:
                  - x: 1
                    "y":
                      - true
                      - null
                e: plain-text

                """)
    }

    @Test func linesAndNamesAreForPrograms() {
        #expect(OutputFormat.name.text(rows) { _ in "" } == "order/1\norder/22\n")
        #expect(
            OutputFormat.jsonl.text([["a": 1], ["a": 2]]) { _ in "" } == "{\"a\":1}\n{\"a\":2}\n")
        #expect(OutputFormat.json.text([]) { _ in "" } == "[]")
    }

    @Test func receiptsAreOneLineEach() {
        let answer: Value = [
            "receipts": [
                ["instance": "order/1", "outcome": "rejected", "code": "late", "message": "no"],
                ["instance": "order/2", "outcome": "applied"],
            ]
        ]
        #expect(InstanceText.receipts(answer) == "order/1  rejected (late): no\norder/2  applied\n")
    }
}

@Suite struct Failures {
    @Test(arguments: [
        (422, "invalid", 1), (404, "unknown-instance", 3), (403, "forbidden", 4),
        (409, "key-conflict", 5), (409, "rejected", 1), (409, "anything", 5), (504, "timed-out", 7),
        (503, "unavailable", 8), (415, "unsupported-media-type", 1), (500, "internal-error", 1),
    ])
    func problemsBecomeExitStatuses(http: Int, code: String, status: Int32) {
        let failure = Failure(status: http, document: ["code": .string(code), "detail": "x"])
        #expect(failure.status == status)
    }

    @Test func aFailurePrintsItsPointersAndFix() {
        let failure = Failure(
            Problem(
                .invalid, "no", fix: "mend it",
                errors: [
                    Problem.Detail(pointer: "/a", detail: "is required"),
                    Problem.Detail(pointer: "", detail: "an object is expected"),
                ]))
        #expect(
            failure.text(style: .plain) == """
                error: no
                  /a: is required
                  /: an object is expected
                fix: mend it

                """)
        #expect(Failure(status: 1).text(style: .plain).isEmpty)
    }
}

@Suite struct WorkflowTables {
    @Test func theVersionThatStartsAndWhatRunsOnOthersAreShown() {
        let workflows: [Value] = [
            [
                "name": "lamp", "version": 1, "removed": false, "description": "A lamp.",
                "versions": [
                    ["version": 1, "starts": true, "running": 3],
                    ["version": 2, "starts": false, "running": 9, "runningIsLeast": true],
                ],
            ],
            [
                "name": "gone", "version": nil, "removed": true,
                "versions": [["version": 4, "starts": false, "running": 2]],
            ],
            [
                "name": "order", "version": 7, "removed": false, "startedBy": "order.placed",
                "versions": [["version": 7, "starts": true, "running": 12]],
            ],
            [
                "name": "quiet", "version": 1, "removed": false,
                "versions": [["version": 1, "starts": true, "running": 0]],
            ],
        ]
        #expect(
            WorkflowText.table(workflows, width: 100, style: .plain) == """
                WORKFLOW  STARTS ON  RUNNING          STARTED BY    DESCRIPTION
                lamp      version 1  3 on 1, 9+ on 2                A lamp.
                gone      removed    2 on 4
                order     version 7  12               order.placed
                quiet     version 1  -

                """)
    }

    @Test func whoIsNotToldIsSaidWithTheTriesAndTheLastError() {
        let alert: Value = [
            "id": "a-1", "status": "firing", "sentence": "The disk is full.",
            "told": [["receiver": "desk", "at": "2026-01-05T08:00:00Z"]],
            "untold": [
                [
                    "receiver": "ops", "status": "pending", "attempts": 3,
                    "error": "it answered 500", "nextAt": "2026-01-05T08:05:00Z",
                ],
                ["receiver": "late", "status": "pending", "attempts": 0],
                [
                    "id": "msg_1", "receiver": "desk", "address": "bo@x.example",
                    "status": "dead", "attempts": 1, "error": "550",
                ],
            ],
        ]
        #expect(
            AlertText.card(alert, style: .plain) == """
                a-1  firing
                The disk is full.
                told       desk at 2026-01-05T08:00:00Z
                not told   ops: 3 tries, the last: it answered 500; again at 2026-01-05T08:05:00Z
                not told   late: on its way
                not told   desk bo@x.example: nobody tries any more, 1 try, the last: 550; pawl alerts redeliver msg_1

                """)
    }
}
