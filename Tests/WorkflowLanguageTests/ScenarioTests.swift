import Execution
import Statechart
import Testing
import Values

@testable import WorkflowLanguage

@Suite struct ScenarioTests {
    private func happy() throws -> Scenario {
        let text = try Fixtures.text("scenarios/happy.yaml")
        let parsed = WorkflowLanguage.parseScenario(text, file: "happy.yaml")
        #expect(parsed.diagnostics.isEmpty, "\(rendered(parsed.diagnostics, text))")
        return try #require(parsed.value)
    }

    @Test func headSaysWhatIsStartedWhenAndByWhom() throws {
        let scenario = try happy()
        #expect(scenario.workflow == "order")
        #expect(scenario.also == ["inventory"])
        #expect(scenario.at == Timestamp(rfc3339: "2026-03-01T08:00:00Z"))
        #expect(scenario.start?.key == "o-1")
        #expect(scenario.start?.input["service"] == "cleaning")
        #expect(scenario.params == ["grace": "30m"])
        #expect(scenario.actor == Actor(role: "client", subject: "c-1"))
        #expect(scenario.records.map(\.group) == ["berlin"])
    }

    @Test func timeBeginsOnAMondayMorning() {
        #expect(Scenario.standardTime == Timestamp(rfc3339: "2026-01-05T09:00:00Z"))
    }

    @Test func lastAnswerRepeats() throws {
        let fake = try #require(happy().fakes.last)
        #expect(fake.answers.count == 3)
        let unavailable = FakeAnswer.Outcome.fail(
            error: "unavailable", message: "bank is closed", isRetryable: true)
        let outcomes = (0..<6).map { fake.answer(to: $0)?.outcome }
        #expect(outcomes[0] == unavailable)
        #expect(outcomes[1] == unavailable)
        #expect(outcomes[2] == .lose(.literal(["id": "ch-1"])))
        #expect(outcomes[3] == outcomes[5])
        #expect(outcomes[3] != outcomes[2])
    }

    @Test func stepsStandInOrderWithTheirPlaces() throws {
        let steps = try happy().steps
        #expect(steps.count == 11)
        #expect(steps[1].kind == .crash)
        #expect(steps[1].location == SourceLocation(line: 21, column: 5))
        #expect(
            steps[3].kind
                == .send(
                    ScenarioSend(
                        event: "order.cancel", actor: Actor(role: "client", subject: "c-1"),
                        receipt: .rejected, code: "too-late")))
        #expect(steps[4].kind == .advance(.seconds(7200)))
        #expect(steps[7].kind == .send(ScenarioSend(event: "report.uploaded")))
        #expect(steps[10].kind == .cancel(reason: "the client asked"))
    }

    @Test func expectationLooksOnlyAtWhatItNames() throws {
        let steps = try happy().steps
        guard case .expect(let all) = steps[8].kind, case .expect(let some) = steps[9].kind else {
            Issue.record("no expectations")
            return
        }
        #expect(all.states == ["completed"])
        #expect(all.status == "completed")
        #expect(all.mails?.map(\.subject) == ["Thank you"])
        #expect(all.records.map(\.body) == [["rating": 4.9], nil])
        #expect(all.instances.map(\.instance.description) == ["inventory/o-1"])
        #expect(some.mailCount == 1)
        #expect(some.mails == nil)
        #expect(some.incidents == nil)
        #expect(some.blocker?.kind == "waiting.event")
    }

    @Test func anEmptyListOfMailsSaysThatNoneWasSent() throws {
        let text = "{scenario: s, workflow: w, steps: [{expect: {mails: []}}]}"
        let scenario = try #require(WorkflowLanguage.parseScenario(text, file: "s.yaml").value)
        guard case .expect(let none) = scenario.steps[0].kind else {
            Issue.record("no expectation")
            return
        }
        #expect(none.mails == nil)
        #expect(none.mailCount == 0)
    }

    @Test func partOfAValueIsFoundInIt() {
        let value: Value = ["a": 1, "b": ["c": [1, 2], "d": "x"]]
        #expect(value.contains(["b": ["d": "x"]]))
        #expect(value.contains(["a": 1.0]))
        #expect(!value.contains(["b": ["c": [1]]]))
        #expect(!value.contains(["e": .null]))
    }
}
