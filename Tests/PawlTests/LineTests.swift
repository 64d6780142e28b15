import ArgumentParser
import Execution
import Resources
import Testing
import Values

@testable import PawlCommand

/// What is suggested, and what a page shows as the line to type, is a line that the command line takes.
@Suite struct LineTests {
    private static func value(_ argument: ActionArgument) -> Value {
        switch argument.schema["type"]?.stringValue {
        case "string" where argument.schema["format"] != nil: "2026-01-01T00:00:00Z"
        case "integer": 1
        case "object": ["days": 3]
        default: "x"
        }
    }

    @Test(arguments: ActionDeclaration.all)
    func everyActionsLineIsTaken(action: ActionDeclaration) throws {
        let all = action.members.filter { $0.name != "dryRun" }
        let required = all.filter { $0.isRequired || action.needsReason && $0.name == "reason" }
        let target = action.subject == .schedule ? "loan" : "loan/7"
        for (members, isDry) in [(required, false), (all, action.hasDryRun)] {
            let line = CommandLineText(
                action.verb, on: target, ValueMap(members.map { ($0.name, Self.value($0)) }),
                task: action.subject == .task ? 2 : nil,
                actor: Blocker.Performer(role: "clerk", subject: "ana"), isDry: isDry
            ).text
            let words = line.split(separator: " ").dropFirst().map { word in
                word.hasPrefix("'") && word.hasSuffix("'")
                    ? String(word.dropFirst().dropLast()) : String(word)
            }
            #expect(throws: Never.self, "\(line)") {
                _ = try RootCommand<Lamplighter>.parseAsRoot(words)
            }
        }
    }

    @Test(arguments: [ActionVerb.wait, .why, .members, .history, .send, .load, .configure])
    func whatOnlyLooksIsTakenToo(verb: ActionVerb) throws {
        let arguments: ValueMap =
            verb == .send ? ["event": "go", "data": ["note": "x"]] : ValueMap()
        let line = CommandLineText(verb, on: "loan/7", arguments).text
        let words = line.split(separator: " ").dropFirst().map(String.init)
        #expect(throws: Never.self, "\(line)") {
            _ = try RootCommand<Lamplighter>.parseAsRoot(words)
        }
    }
}
