import Foundation
import Testing
import Values

@testable import PawlCommand

/// What tables look like on terminals of several widths, in `Goldens`; REWRITE=1 writes what came out.
@Suite struct TableGoldens {
    static let widths: [Int?] = [60, 80, 120, 200, nil]

    private static let instances: [Value] = [
        instance(
            "blocked", "order/1009", ["active.visit.waiting"],
            "`bank.charge` gave up after 8 tries: `card_declined`: the card was declined. Incident 42, 37 like it."
        ),
        instance(
            "overdue", "client-invoice/3f0c7f1e-9f3c-4c55-9d39-2a6a9f3d8d2b", ["dunning"],
            "Waiting for a manager: call the client, 2 d over its due time."),
        instance(
            "waiting", "order/1010", ["matching"],
            "Waiting for order.accepted from client/c-7; on 2026-11-22T18:00:00Z it goes to late."),
        ["health": "ok", "name": "order/7", "status": "completed", "why": "Ended: completed."],
    ]

    private static func instance(
        _ health: Value, _ name: Value, _ states: Value, _ why: Value
    ) -> Value {
        [
            "health": health, "name": name, "states": states, "why": why,
            "updatedAt": "2026-11-21T11:06:27.123Z",
        ]
    }

    private static let tasks: [Value] = [
        [
            "name": "hiring/17", "task": 3, "priority": 50, "role": "manager",
            "claimedBy": "manager/ana", "title": "Accept or decline the candidate Kim Novak",
            "due": "2026-11-21T11:06:27Z", "isOverdue": true,
        ],
        [
            "name": "client-invoice/3f0c7f1e-9f3c-4c55-9d39-2a6a9f3d8d2b", "task": 12,
            "priority": 10, "role": "clerk", "title": "Call the client",
            "due": "2026-11-29T11:00:00Z",
        ],
    ]

    private static let incidents: [Value] = [
        [
            "number": 42, "instance": "order/1009", "kind": "call.exhausted",
            "error": "card_declined",
            "message": "HTTP 402: the card was declined; ask the client for another one",
            "openedAt": "2026-11-21T11:06:27.123Z",
        ]
    ]

    @Test(arguments: widths) func tablesAreReadAtEveryWidth(width: Int?) throws {
        let tables = [
            InstanceText.table(Self.instances, width: width, style: .plain),
            TaskText.table(Self.tasks, width: width, style: .plain),
            InstanceText.incidents(Self.incidents, width: width, style: .plain),
        ]
        if let width {
            for line in tables.joined().split(separator: "\n") { #expect(line.count <= width) }
        }
        try Golden.expect(
            tables.joined(separator: "\n"), "tables-\(width.map { String($0) } ?? "pipe").txt")
    }

    /// Whatever else gives way: half of the line is for the reason.
    @Test(arguments: [60, 80, 120]) func theReasonHasHalfOfTheLine(width: Int) throws {
        let lines = InstanceText.table(Self.instances, width: width, style: .plain)
            .split(separator: "\n").map(String.init)
        let start = try #require(lines.first?.firstRange(of: "WHY")).lowerBound
        let place = try #require(lines.first).distance(from: "".startIndex, to: start)
        #expect(width - place >= width / 2)
    }

    private static let why: Value = [
        "name": "order/1009", "status": "running", "health": "blocked",
        "at": "2026-11-21T12:00:00Z",
        "blockers": [
            [
                "kind": "call.exhausted", "state": "paying",
                "sentence":
                    "`bank.charge` gave up after 8 tries: `card_declined`: the card was declined. Incident 42, 37 like it.",
                "since": "2026-11-21T11:30:00Z", "needsPerson": true,
                "evidence": [
                    "incident": 42,
                    "message": "HTTP 402: the card was declined; ask the client for another one",
                ],
                "actions": [
                    [
                        "name": "retry", "sentence": "Call `bank.charge` again with the same key.",
                        "command": "pawl retry order/1009 --incident 42",
                    ],
                    [
                        "name": "complete",
                        "sentence": "Say what the call gave, if it took effect.",
                        "command":
                            "pawl complete order/1009 --incident 42 --data '{\"id\":\"<id>\"}' --reason 'how you know'",
                    ],
                ],
            ]
        ],
    ]

    @Test(arguments: widths) func aCardIsReadAtEveryWidth(width: Int?) throws {
        try Golden.expect(
            WhyCard.text(Self.why, width: width, style: .plain),
            "why-\(width.map { String($0) } ?? "pipe").txt")
    }

    @Test func linesEndBetweenWords() {
        #expect(
            "one two three four five six seven".broken(at: 23, indent: 2)
                == ["one two three four five", "  six seven"])
        #expect("a b".broken(at: 3, indent: 0) == ["a b"])
        let long = String(repeating: "x", count: 40)
        #expect(long.broken(at: 30, indent: 2) == [long])
    }
}

/// A file beside the tests that holds what is expected.
enum Golden {
    static func expect(_ text: String, _ name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Goldens/\(name)")
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        } else {
            let expected = try String(contentsOf: file, encoding: .utf8)
            #expect(text == expected, "\(name): REWRITE=1 rewrites it")
        }
    }
}
