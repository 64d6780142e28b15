import Definition
import Foundation
import Schedule
import Testing
import Values

@testable import WorkflowLanguage

/// The editors' schemas know the words that the parsers know.
@Suite struct SchemaTests {
    private func schema(_ name: String) throws -> Value {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = root.appending(path: "schemas/\(name).schema.json")
        return try JSON.parse(try String(contentsOf: file, encoding: .utf8))
    }

    private func words(_ schema: Value?) -> [String] {
        (schema?["properties"]?.mapValue?.keys.compactMap(\.stringValue) ?? []).sorted()
    }

    @Test func workflowSchemaHasTheParsersWords() throws {
        let root = try schema("workflow")
        let parts = root["$defs"]
        #expect(words(root) == (WorkflowParser.headWords + WorkflowParser.rootWords).sorted())
        #expect(words(parts?["state"]) == WorkflowParser.stateWords.sorted())
        #expect(words(parts?["invoke"]) == WorkflowParser.invokeWords.sorted())
        #expect(words(parts?["person"]) == WorkflowParser.personWords.sorted())
        #expect(
            words(parts?["outcome"]?["anyOf"]?.listValue?.last)
                == WorkflowParser.outcomeWords.sorted())
        #expect(words(parts?["action"]) == WorkflowParser.actionWords.sorted())
    }

    @Test func calendarSchemaHasTheParsersWords() throws {
        #expect(words(try schema("calendar")) == BusinessCalendar.words.sorted())
        let delay = try schema("workflow")["$defs"]?["delay"]?["oneOf"]?[1]
        #expect(words(delay) == Delay.words.sorted())
    }

    @Test func adapterSchemaHasTheParsersWords() throws {
        let root = try schema("adapter")
        #expect(words(root) == AdapterParser.words.sorted())
        #expect(words(root["$defs"]?["operation"]) == AdapterParser.operationWords.sorted())
    }

    @Test func scenarioSchemaHasTheParsersWords() throws {
        let root = try schema("scenario")
        #expect(words(root) == ScenarioParser.words.sorted())
        #expect(words(root["$defs"]?["step"]) == ScenarioParser.verbs.sorted())
        #expect(
            words(root["$defs"]?["expectation"]) == ScenarioParser.expectationWords.sorted())
    }
}
