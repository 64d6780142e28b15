import Foundation
import Testing
import Values

@testable import PawlCommand

/// `pawl replay`, as a shell sees it: anybody's log through the engine.
@Suite(.serialized) struct ReplayTests {
    private static func line(_ hour: String, _ members: String) -> String {
        #"{"at":"2026-01-05T\#(hour):00:00Z",\#(members)}"#
    }

    /// A lamp's life, with five events that nobody takes.
    private static let life = [
        line("09", #""key":"7","event":"lamp.made","data":{"id":"7"}"#),
        line("10", #""key":"7","event":"lamp.broken","actor":"guard/g-1""#),
        line("11", #""key":"7","event":"lamp.on","actor":"guard/g-1","id":"on-1""#),
        line("12", #""key":"7","event":"lamp.on","actor":"guard/g-1","id":"on-2""#),
        line("12", #""key":"7","event":"lamp.on","actor":"guard/g-1","id":"on-1""#),
        line("13", #""key":"7","event":"lamp.broken""#),
        line("14", #""key":"7","event":"lamp.on","id":"on-3""#),
        line("15", #""key":"8","event":"lamp.on""#),
        line("16", #""key":"8","event":"lamp.of""#),
        line("17", #""key":"9","start":"lamp","input":{"id":9}"#),
        line("18", #""key":"9","start":"lamp","input":{"id":"9"},"actor":"shop/web""#),
    ].joined(separator: "\n")

    private func replay(
        _ words: [String], of events: String, in folder: String, input: String? = nil
    ) throws -> Finished {
        try write(lamp, folder + "/workflows/lamp/workflow.yaml")
        try write(events, folder + "/events.jsonl")
        return try RunningPawl(["replay"] + words, in: folder, input: input).finish()
    }

    @Test func everyRefusedEventIsNamedWithItsCodeAndReason() async throws {
        try await withFolder { folder in
            let told = try replay(
                ["--events", "events.jsonl", "--data", "a", "--rejects", "rejects.jsonl"],
                of: Self.life, in: folder)
            #expect(told.status == 6, "\(told.errors)")
            #expect(
                told.output.contains(
                    "events     4 applied, 1 duplicate, 1 ignored, 3 refused, 2 rejected\n"))
            #expect(
                told.output.contains(
                    "refused    1 ended, 1 invalid, 1 not-expected, 1 unknown-event, 1 unknown-instance\n"
                ))
            let file = try String(contentsOfFile: folder + "/rejects.jsonl", encoding: .utf8)
            let rejects = try file.split(separator: "\n").map { try JSON.parse(String($0)) }
            #expect(rejects.map { $0["line"] } == [4, 7, 8, 9, 10])
            #expect(rejects.map { $0["id"] } == ["on-2", "on-3", "line-8", "line-9", "line-10"])
            #expect(
                rejects.map { $0["code"] } == [
                    "not-expected", "ended", "unknown-instance", "unknown-event", "invalid",
                ])
            #expect(rejects[0]["reason"] == "lamp/7 is in lit and waits for lamp.broken")
            #expect(rejects[0]["actor"] == "guard/g-1" && rejects[0]["key"] == "7")
            #expect(rejects[1]["event"] == "lamp.on" && rejects[1]["at"] == "2026-01-05T14:00:00Z")
            #expect(rejects[3]["fix"] == "did you mean lamp.on?")
            #expect(rejects[4]["start"] == "lamp")
            #expect(rejects[4]["reason"]?.stringValue?.contains("/id: ") == true)
        }
    }

    /// Who does not ask for them is told of the first, and of how many there are.
    @Test func theFirstThatAreRefusedAreNamedOnTheTerminal() async throws {
        try await withFolder { folder in
            let more = (19...23).map {
                Self.line("\($0)", ##""key":"\u001b[2J","event":"lamp.of""##)
            }
            let told = try replay(
                ["--events", "events.jsonl", "--data", "a"],
                of: ([Self.life] + more).joined(separator: "\n"), in: folder)
            #expect(told.status == 0, "\(told.errors)")
            #expect(
                told.output.contains(
                    "line 4: lamp.on of lamp/7 at 2026-01-05T12:00:00Z: not-expected: lamp/7 is in lit"
                ))
            #expect(told.output.contains("and 5 more: --rejects FILE names them all"))
            let whole = try replay(
                ["--events", "events.jsonl", "--data", "b", "--rejects", "none.jsonl"],
                of: Self.line("09", #""key":"7","event":"lamp.made","data":{"id":"7"}"#), in: folder
            )
            #expect(whole.status == 0)
            #expect(!whole.output.contains("refused"))
            #expect(try String(contentsOfFile: folder + "/none.jsonl", encoding: .utf8).isEmpty)
            let nowhere = try replay(
                ["--events", "events.jsonl", "--data", "c", "--rejects", "no/where/r.jsonl"],
                of: Self.life, in: folder)
            #expect(nowhere.status == 1)
            #expect(nowhere.errors.contains("no/where/r.jsonl cannot be written"))
        }
    }

    /// From a pipe, packed, as another system saved it.
    @Test func aStreamComesFromAFileOrTheStandardInputPackedOrNot() async throws {
        try await withFolder { folder in
            // {"at":"2026-01-05T09:00:00Z","key":"7","event":"lamp.made","data":{"id":"7"}}, by gzip
            let packed =
                "H4sIAAAAAAACA6tWSixRslIyMjAy0zUw1DUwDTGwtDIwAKIoJR2l7NRKoKQ5kJValpoHUpiTmFugl5uYkgoUS0ksSVSyqlbKTAErqq3lAgDSncKsTgAAAA=="
            try #require(Data(base64Encoded: packed)).write(
                to: URL(filePath: folder + "/packed"))
            for (index, words) in [["packed"], ["-"]].enumerated() {
                let told = try replay(
                    ["--data", "p\(index)", "--events"] + words, of: "", in: folder,
                    input: folder + "/packed")
                #expect(told.status == 0, "\(told.errors)")
                #expect(told.output.contains("instances  lamp: 1 running\n"))
            }
            let marked = try replay(
                ["--events", "-", "--data", "m"],
                of: "\u{FEFF}" + Self.life.replacing("\n", with: "\r\n") + "\r\n", in: folder,
                input: folder + "/events.jsonl")
            #expect(marked.output.hasPrefix("Replayed 11 events up to 2026-01-05T18:00:00"))
            try #require(Data(base64Encoded: packed)).dropLast(9).write(
                to: URL(filePath: folder + "/packed"))
            let torn = try replay(["--events", "packed", "--data", "t"], of: "", in: folder)
            #expect(torn.status == 1)
            #expect(torn.errors.contains("packed cannot be unpacked: it ends too early, at byte"))
        }
    }

    @Test func wrongLinesAreNamedByLineAndColumn() async throws {
        try await withFolder { folder in
            let wrong = Self.life + "\n" + Self.line("17", #""key":7,"event":"lamp.on""#) + "\n[]"
            let told = try replay(
                ["--events", "events.jsonl", "--data", "a"], of: wrong, in: folder)
            #expect(told.status == 1)
            #expect(told.errors.contains("events.jsonl: 2 lines cannot be replayed"))
            #expect(
                told.errors.contains("line 12, column 36: `key` is no text; expected it in quotes"))
            #expect(told.errors.contains("line 13, column 1: not a JSON object; expected {"))
            let missing = try replay(
                ["--events", "no.jsonl", "--data", "a"], of: wrong, in: folder)
            #expect(missing.status == 3)
            #expect(missing.errors.contains("no.jsonl cannot be read"))
        }
    }

    @Test func paramsAreGivenOnTheCommandLineOrAsAnInstallationHasThem() async throws {
        try await withFolder { folder in
            func params(_ words: String..., into data: String) throws -> Value? {
                let told = try replay(
                    ["--events", "events.jsonl", "--data", data] + words, of: Self.life, in: folder)
                #expect(told.status == 0, "\(told.errors)")
                let history = try RunningPawl(
                    ["history", "lamp/7", "--data", data, "-o", "json"], in: folder
                ).finish()
                return try JSON.parse(history.output)["entries"]?.listValue?.first?["data"]?[
                    "params"]
            }
            #expect(try params(into: "a") == ["currency": "EUR", "watts": 5])
            #expect(
                try params("--param", "watts=7", "--param", "lamp.currency=123", into: "b")
                    == ["currency": "123", "watts": 7])
            try write("params: {lamp: {watts: 9}}", folder + "/pawl.yaml")
            #expect(
                try params("--config", "pawl.yaml", "--param", "currency=CHF", into: "c")
                    == ["currency": "CHF", "watts": 9])
            for (param, message, fix) in [
                ("watt=7", "no workflow has a param `watt`", "did you mean `watts`?"),
                ("lam.watts=7", "there is no workflow `lam`", "did you mean lamp?"),
                ("lamp.wats=7", "the workflow lamp has no param `wats`", "did you mean `watts`?"),
                ("watts=many", "`many` does not fit the param `watts` of lamp", ""),
                ("watts", "`--param watts` names no value", "name=value"),
            ] {
                let wrong = try replay(
                    ["--events", "events.jsonl", "--data", "d", "--param", param], of: Self.life,
                    in: folder)
                #expect(wrong.status != 0)
                #expect(
                    wrong.errors.contains(message) && (fix.isEmpty || wrong.errors.contains(fix)),
                    "\(wrong.errors)")
            }
        }
    }

    /// Its history does not change any more; what came is told with it.
    @Test func whatCameAfterTheEndIsToldWithTheHistory() async throws {
        try await withFolder { folder in
            let told = try replay(
                ["--events", "events.jsonl", "--data", "a", "--outcomes", "out.csv"], of: Self.life,
                in: folder)
            #expect(told.output.contains("late       1 came after the end of 1 instance;"))
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words + ["--data", "a"], in: folder).finish()
            }
            let history = try pawl("history", "lamp/7")
            #expect(history.errors.hasPrefix("after its end came:\n"))
            #expect(history.errors.contains("lamp.on  rejected  lamp/7  by system/pawl"))
            #expect(try pawl("history", "lamp/9").errors.isEmpty)
            let events = try pawl("events", "--key", "8")
            #expect(events.output.contains("lamp.of  refused") && !events.output.contains("lamp/7"))
            let outcomes = try String(contentsOfFile: folder + "/out.csv", encoding: .utf8)
            #expect(
                outcomes == """
                    workflow,key,outcome,endedAt,state,eventsAfterEnd
                    lamp,9,inProgress,,off,0
                    lamp,7,completed,2026-01-05T13:00:00Z,gone,1

                    """)
        }
    }

    @Test func instancesAreToldByTheirSearchAttributes() async throws {
        try await withFolder { folder in
            try write("", folder + "/adapters/none")
            try write(
                """
                workflow: case
                version: 1
                start: {on: case.opened}
                input: {type: object, properties: {amount: {type: integer}, channel: {type: string}}}
                search: {amount: input.amount, channel: input.channel}
                events: {case.closed: {}}
                initial: open
                states: {open: {on: {case.closed: closed}}, closed: {type: final}}
                """, folder + "/workflows/case/workflow.yaml")
            let cases =
                (0..<6).map { number in
                    Self.line(
                        "09",
                        #""key":"\#(number)","event":"case.opened","data":{"amount":\#(number % 2),"channel":"web"}"#
                    )
                } + [Self.line("10", #""key":"2","event":"case.closed""#)]
            let told = try replay(
                ["--events", "events.jsonl", "--data", "a", "--by", "amount", "--by", "channel"],
                of: cases.joined(separator: "\n"), in: folder)
            #expect(told.status == 0, "\(told.errors)")
            let table = told.output.split(separator: "\n").suffix(4).map {
                $0.split(separator: " ").joined(separator: " ")
            }
            #expect(
                table == [
                    "WORKFLOW STATUS STATE AMOUNT CHANNEL INSTANCES",
                    "case inProgress open 1 web 3", "case inProgress open 0 web 2",
                    "case completed closed 0 web 1",
                ])
            let wrong = try replay(
                ["--events", "events.jsonl", "--data", "b", "--by", "amunt"], of: cases[0],
                in: folder)
            #expect(wrong.status == 1)
            #expect(wrong.errors.contains("did you mean `amount`?"))
        }
    }

    @Test func twoRunsAreCompared() async throws {
        try await withFolder { folder in
            func run(_ data: String, _ life: String) throws -> Finished {
                try replay(
                    ["--events", "events.jsonl", "--data", data, "--against", "a"], of: life,
                    in: folder)
            }
            _ = try replay(
                ["--events", "events.jsonl", "--data", "a"], of: Self.life, in: folder)
            let same = try run("b", Self.life)
            #expect(same.status == 0, "\(same.errors)")
            #expect(
                same.output.hasSuffix(
                    "Against a: 2 instances are in both runs, and nothing differs.\n"))
            let other = try run("c", Self.life.replacing("T13", with: "T12"))
            #expect(other.status == 1)
            #expect(
                other.output.hasSuffix(
                    """
                    Against a: 2 instances are in both runs.
                    times      1 instance differs
                               lamp/7: lit: 2 h → 1 h

                    """))
            let nowhere = try replay(
                ["--events", "events.jsonl", "--data", "d", "--against", "no"], of: Self.life,
                in: folder)
            #expect(nowhere.status == 3)
        }
    }

    @Test func aReplayTellsOnlyOfTheEventsThatItReplayed() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            try write(
                "id,name,skills,lat,lon,rating\nw-1,Ana,cleaning,,,4.5\n", folder + "/w.csv")
            try write("\n", folder + "/none.jsonl")
            let events = ["09", "11"].map {
                #"{"at":"2026-01-05T\#($0):00:00Z","key":"7","event":"lamp.made","data":{"id":"7"}}"#
            }
            try write(events.joined(separator: "\n"), folder + "/events.jsonl")
            func replay(_ words: String...) throws -> Finished {
                try RunningPawl(["replay", "--workers", "w.csv"] + words, in: folder).finish()
            }
            let empty = try replay("--events", "none.jsonl", "--data", "a")
            #expect(empty.status != 0)
            #expect(empty.errors.contains("none.jsonl holds no events"))
            let early = try replay(
                "--events", "events.jsonl", "--data", "b", "--until", "2026-01-05T10:00:00Z")
            #expect(early.status == 0, "\(early.errors)")
            #expect(early.output.hasPrefix("Replayed 1 of 2 events up to 2026-01-05T10:00:00"))
            let whole = try replay("--events", "events.jsonl", "--data", "c")
            #expect(whole.output.hasPrefix("Replayed 2 events up to 2026-01-05T11:00:00"))
        }
    }

    /// As a year of applications is: who sent what is part of the recording, and so are people's decisions.
    @Test func aRecordingHoldsWhoSentAnEventAndWhatPeopleDecided() async throws {
        try await withFolder { folder in
            try write(
                """
                workflow: request
                version: 1
                start: {on: request.made}
                events:
                  request.seen: {from: {role: clerk, subject: instance.key}}
                initial: open
                states:
                  open:
                    on: {request.seen: looking}
                  looking:
                    invoke:
                      person:
                        role: manager
                        title: Yes or no
                        outcomes:
                          yes: {form: {limit: {type: integer}}, target: granted}
                          no: {target: refused}
                  granted: {type: final}
                  refused: {type: final, status: cancelled}
                """, folder + "/workflows/request/workflow.yaml")
            try write("", folder + "/adapters/none")
            let lines = [
                #"{"at":"2026-01-05T09:00:00Z","key":"7","event":"request.made","as":"shop/web"}"#,
                #"{"at":"2026-01-05T10:00:00Z","key":"7","workflow":"request","event":"request.seen","as":"clerk/8"}"#,
                #"{"at":"2026-01-05T11:00:00Z","key":"7","event":"request.seen","as":"clerk/7"}"#,
                #"{"at":"2026-01-05T12:00:00Z","key":"7","workflow":"request","decide":"yes","form":{"limit":3},"as":"clerk/7"}"#,
                #"{"at":"2026-01-05T13:00:00Z","key":"7","workflow":"request","decide":"yes","form":{"limit":3},"comment":"fine","as":"manager/mia"}"#,
            ]
            func replay(_ lines: [String], into data: String) throws -> Finished {
                try write(lines.joined(separator: "\n"), folder + "/events.jsonl")
                return try RunningPawl(
                    ["replay", "--events", "events.jsonl", "--data", data], in: folder
                ).finish()
            }
            let whole = try replay(lines, into: "a")
            #expect(whole.status == 0, "\(whole.errors)")
            #expect(whole.output.contains("instances  request: 1 completed"))
            #expect(
                whole.output.contains("events     3 applied, 2 refused\nrefused    2 forbidden\n"))
            for (line, message) in [
                (lines[4].replacing(#","as":"manager/mia""#, with: ""), "expected who decides"),
                (lines[4].replacing(#""workflow":"request","#, with: ""), "`workflow` is missing"),
                (lines[4].replacing("form", with: "data"), "`data` has no meaning beside `decide`"),
                (lines[0].replacing("shop/web", with: "shop"), "`as` is no actor"),
                (lines[0].replacing("event", with: "evnt"), "did you mean `event`?"),
            ] {
                let wrong = try replay([line], into: "b")
                #expect(wrong.status != 0)
                #expect(wrong.errors.contains(message), "\(wrong.errors)")
            }
        }
    }
}
