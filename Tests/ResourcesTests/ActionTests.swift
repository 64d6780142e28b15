import Testing
import Values

@testable import Definition
@testable import Execution
@testable import Resources

/// What people may do is declared once; what is sent is read by that, and nothing else.
@Suite struct ActionDeclarationTests {
    private static let ana = Actor(role: "operator", subject: "ana")

    private static func read(_ verb: ActionVerb, _ body: ValueMap) throws -> ActionRequest {
        try ActionRequest(try #require(ActionDeclaration.of(verb)), body)
    }

    private static func problem(_ verb: ActionVerb, _ body: ValueMap) throws -> [Problem.Detail] {
        do {
            _ = try read(verb, body)
            return []
        } catch let problem as Problem {
            #expect(problem.code == .invalid)
            return problem.errors
        }
    }

    /// A body that holds what the declaration asks for.
    private static func body(_ action: ActionDeclaration) throws -> ValueMap {
        var body = ValueMap()
        for member in action.members where member.isRequired || member.name == "reason" {
            let schema = member.schema
            body[member.name] =
                switch (schema["type"]?.stringValue, member.name) {
                case ("string", "to") where schema["format"] != nil: "2026-02-01T00:00:00Z"
                case ("string", _) where schema["format"] != nil: "2026-01-01T00:00:00Z"
                case ("integer", _): 1
                case ("object", _): ["days": 3]
                default: "x"
                }
        }
        return body
    }

    @Test func everyVerbIsDeclaredOnceAndReadAsItself() throws {
        let looking: Set<ActionVerb> = [
            .send, .wait, .why, .members, .history, .money, .load, .configure,
        ]
        let verbs = ActionDeclaration.all.map(\.verb)
        #expect(Set(verbs).count == verbs.count)
        #expect(Set(verbs) == Set(ActionVerb.allCases).subtracting(looking))
        for action in ActionDeclaration.all {
            let request = try Self.read(action.verb, try Self.body(action))
            let made = [
                request.input(by: Self.ana) != nil, request.taskAction != nil,
                request.scheduleAction != nil, request.adapterDemand != nil,
                request.workflowAction != nil,
            ]
            let wanted = ActionDeclaration.Subject.allCases.map { $0 == action.subject }
            #expect(made == wanted, "\(action.verb)")
            #expect(action.verb.isOfTask == (action.subject == .task))
            #expect((action.verb.target == .adapter) == (action.subject == .adapter))
            #expect((action.verb.target == .workflow) == (action.subject == .workflow))
        }
    }

    @Test func whatIsMissingIsSaidAtOnce() throws {
        for action in ActionDeclaration.all {
            let details = try Self.problem(action.verb, [:]).map(\.detail)
            for member in action.members where member.isRequired {
                let isTold = details.contains { $0.contains("`\(member.name)`") }
                #expect(isTold || member.name == "context", "\(action.verb) \(member.name)")
            }
            #expect(details.isEmpty == action.bodyIsOptional, "\(action.verb): \(details)")
        }
        #expect(
            try Self.problem(.complete, ["incidnt": 1, "reason": "", "dryRun": 1])
                == [
                    Problem.Detail(
                        pointer: "/incidnt", detail: "unknown member; did you mean `incident`?"),
                    Problem.Detail(pointer: "", detail: "the member `incident` is missing"),
                    Problem.Detail(
                        pointer: "/reason", detail: "a string of 1 to 1000 characters is expected"),
                    Problem.Detail(pointer: "/dryRun", detail: "true or false is expected"),
                ])
    }

    @Test func whatNoSchemaSaysIsCheckedToo() throws {
        let span: ValueMap = [
            "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z", "dryRun": true,
        ]
        #expect(try Self.problem(.backfill, span).map(\.pointer) == ["/to"])
        #expect(try Self.problem(.assignTask, ["to": "\n"]).map(\.pointer) == ["/to"])
        #expect(
            try Self.problem(.assign, ["context": [:], "reason": "r"]).map(\.pointer)
                == ["/context"])
    }

    @Test func aDryRunOfAScheduleNeedsNoReason() throws {
        #expect(try Self.read(.runSchedule, ["dryRun": true]).isDry)
        #expect(try Self.problem(.runSchedule, [:]).count == 1)
        // What is sent is checked, needed or not.
        for reason: Value in ["", 5] {
            let body: ValueMap = ["dryRun": true, "reason": reason]
            #expect(try Self.problem(.runSchedule, body).map(\.pointer) == ["/reason"])
        }
        #expect(try Self.problem(.pauseSchedule, ["dryRun": true, "reason": "r"]).count == 1)
    }

    /// Whoever follows a suggestion without filling it in is told which member is still to be.
    @Test func whatASuggestionLeavesOpenIsNoValue() throws {
        let output: Value = ["charge": "<charge>", "lines": [["sku": "<sku>"]], "note": "<b>"]
        let body: ValueMap = ["incident": 1, "output": output, "reason": "<how you know>"]
        #expect(
            try Self.problem(.complete, body) == [
                Problem.Detail(
                    pointer: "/output/charge",
                    detail: "`<charge>` only stands for a value: it is still to be filled in"),
                Problem.Detail(
                    pointer: "/output/lines/0/sku",
                    detail: "`<sku>` only stands for a value: it is still to be filled in"),
                Problem.Detail(
                    pointer: "/reason",
                    detail: "`<how you know>` only stands for a value: it is still to be filled in"),
            ])
        #expect(
            try Self.problem(.complete, ["incident": 1, "output": "<output>", "reason": "r"]).count
                == 1)
        #expect(try Self.problem(.assignTask, ["to": "<subject>"]).map(\.pointer) == ["/to"])
        #expect(
            try Self.problem(.decide, ["outcome": "no", "form": ["n": "<n>"], "comment": "<why>"])
                .map(\.pointer) == ["/form/n", "/comment"])
        let plain: ValueMap = ["incident": 1, "output": ["charge": "<html>"], "reason": "<r>"]
        #expect(try Self.problem(.complete, plain).isEmpty, "what stands for nothing is a value")
    }

    @Test func aReasonOfSpacesIsNone() throws {
        for action in ActionDeclaration.all where action.reason != .none {
            var body = try Self.body(action)
            body["reason"] = " \n\u{2003}"
            #expect(try Self.problem(action.verb, body).map(\.pointer) == ["/reason"])
        }
    }

    /// What an explanation suggests is an action that is declared, with arguments that it knows.
    @Test func aLegalActionsArgumentsAreMembersOfItsDeclaration() throws {
        let name = InstanceName(workflow: "loan", key: "7")
        for legal in [
            Blocker.LegalAction.retry(name, incident: 1), Blocker.LegalAction.cancel(name),
        ] {
            let action = try #require(ActionDeclaration.of(legal.verb))
            var arguments = legal.arguments
            if arguments["reason"] != nil { arguments["reason"] = "it is known" }
            #expect(try Self.problem(legal.verb, arguments).isEmpty)
            let known = action.members.map(\.name)
            #expect(legal.arguments.keys.compactMap(\.stringValue).allSatisfy(known.contains))
        }
    }

    // MARK: The page

    @Test func theReferenceSaysTheSame() throws {
        try ReferencePage("actions.md").expect(
            ActionDeclaration.Subject.allCases.map { subject in
                let rows = ActionDeclaration.all.filter { $0.subject == subject }.map { action in
                    [
                        "`\(action.verb.name)`", "`\(action.usage)`", action.does, action.doesNot,
                        action.risk.rawValue,
                    ]
                }
                return (
                    subject.rawValue,
                    ReferencePage.table(
                        ["action", "command", "what it does", "it does not", "risk"], rows)
                )
            })
    }
}
