import Testing
import Values

@testable import Execution

/// A legal action is a value; the line to type is made of it, so that a filled-in one makes the line of what is sent.
@Suite struct CommandLineTests {
    private static let loan = InstanceName(workflow: "loan", key: "7")

    private static func line(
        _ verb: ActionVerb, _ arguments: ValueMap = ValueMap(), task: Int64? = nil,
        as actor: Blocker.Performer? = nil, isDry: Bool = false
    ) -> String {
        Blocker.LegalAction(
            verb, of: loan, arguments, task: task, as: actor, isDry: isDry, sentence: ""
        ).command
    }

    @Test func eachVerbHasItsLine() {
        let lines: [(String, String)] = [
            (Self.line(.retry), "pawl retry loan/7"),
            (
                Self.line(.retry, ["incident": 2, "reason": "it is up"]),
                "pawl retry loan/7 --incident 2 --reason 'it is up'"
            ),
            (
                Self.line(
                    .fail,
                    ["incident": 2, "error": "lost", "message": "by post", "reason": "called"]),
                "pawl fail loan/7 --incident 2 --error lost --message 'by post' --reason called"
            ),
            (
                Self.line(.assign, ["context": ["days": 3], "reason": "agreed"]),
                #"pawl assign loan/7 --data '{"days":3}' --reason agreed"#
            ),
            (
                Self.line(.move, ["state": "lent", "reason": "<why>"], isDry: true),
                "pawl move loan/7 --to lent --reason why --dry-run"
            ),
            (
                Self.line(.fireTimer, ["state": "lent", "reason": "now"]),
                "pawl fire loan/7 --state lent --reason now"
            ),
            (Self.line(.why), "pawl why loan/7"),
            (
                Self.line(.assignTask, ["to": "ana"], task: 4),
                "pawl task assign loan/7 --to ana --task 4"
            ),
            (Self.line(.comment, ["text": "a word"]), "pawl task comment loan/7 'a word'"),
            (Self.line(.configure), "pawl serve"),
        ]
        for (line, expected) in lines { #expect(line == expected) }
        #expect(
            CommandLineText(
                .backfill, on: "billing",
                ["from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z", "reason": "missed"]
            ).text
                == "pawl schedule backfill billing 2026-01-01T00:00:00Z 2026-02-01T00:00:00Z --reason missed"
        )
    }

    /// `count=5` would be read as a number, `photo=@x` as a file: such data travels as JSON.
    @Test func dataIsReadBackAsWhatItWas() {
        func send(_ data: Value) -> String {
            Self.line(
                .send, ["event": "returned", "data": data],
                as: Blocker.Performer(role: "member", subject: "m-1"))
        }
        #expect(
            send(["note": "a bit torn"])
                == "pawl send loan/7 returned 'note=a bit torn' --as member/m-1")
        #expect(
            send(["count": 5])
                == #"pawl send loan/7 returned --data '{"count":5}' --as member/m-1"#)
        for text: Value in ["5", "12345678901234567890", "true", "null", "@photo"] {
            #expect(send(["note": text]).contains("--data"), "\(text)")
        }
        #expect(send(["a.b": "x"]).contains("--data"))
        #expect(send([:]) == "pawl send loan/7 returned --as member/m-1")
    }

    /// A line says what it does, also to who only looks at it.
    @Test(arguments: [
        ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("\u{202E}x'\\", #"$'\u202ex\'\\'"#),
        ("\u{200B}é", #"$'\u200b\u00e9'"#),
        ("a\u{1B}[31m", #"$'a\u001b[31m'"#), ("\u{E0041}", #"$'\U000e0041'"#),
        ("two\nlines", "'two\nlines'"),
    ])
    func whatNobodySeesStandsInALineAsAnEscape(_ word: String, _ quoted: String) {
        #expect(CommandLineText.quoted(word) == quoted)
    }

    @Test func theAPIGivesTheSameAsAValue() throws {
        let story = try Story(CallTests.chart(extra: "onError: [{error: refused, target: poor}]"))
        var parked = story
        try parked.answer("bank.charge", .declined)
        let action = try #require(try parked.blockers().first?.actions.dropFirst().first)
        #expect(action.document["name"] == "complete")
        #expect(action.document["instance"] == "w/1")
        #expect(
            action.document["arguments"]
                == ["incident": 1, "output": ["id": "<id>"], "reason": "<how you know>"])
    }

    /// A verb's name in a path is never that of another kind of thing by accident.
    @Test func namesAreOneToAKind() {
        let ofTasks = ActionVerb.allCases.filter(\.isOfTask).map(\.name)
        #expect(Set(ofTasks).count == ofTasks.count)
        #expect(ActionVerb.assignTask.name == "assign" && ActionVerb.why.name == "open")
    }
}
