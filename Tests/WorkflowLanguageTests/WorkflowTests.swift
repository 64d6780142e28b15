import CEL
import Statechart
import Testing
import Values

@testable import WorkflowLanguage

@Suite struct WorkflowTests {
    @Test(arguments: Fixtures.names(in: "workflows"))
    func workflowBecomesTheMachineThatItDraws(name: String) throws {
        let text = try Fixtures.text("workflows/\(name).yaml")
        let parsed = WorkflowLanguage.parseWorkflow(text, file: "\(name).yaml")
        let doubts = parsed.diagnostics.filter { $0.severity != .note }
        #expect(doubts.isEmpty, "\(rendered(doubts, text))")
        let definition = try #require(parsed.value)
        try Fixtures.expectGolden(MachineDump(definition).text, "workflows/\(name).txt")
        #expect(definition.contentHash.utf8.count == 64)
        #expect(definition.invocations.count == definition.machine.invocations.count)
        #expect(definition.stateFacts.count == definition.machine.states.count)
    }

    @Test func sameTextGivesTheSameDefinition() throws {
        let text = try Fixtures.text("workflows/shapes.yaml")
        let first = WorkflowLanguage.parseWorkflow(text, file: "a").value
        #expect(first == WorkflowLanguage.parseWorkflow(text, file: "b").value)
    }

    @Test func retryTakesTheNamedPolicyAndItsChanges() throws {
        let text = try Fixtures.text("workflows/shapes.yaml")
        let definition = try #require(WorkflowLanguage.parseWorkflow(text, file: "a").value)
        let retry = definition.invocations[0].retry
        #expect(retry.maximumAttempts == 3)
        #expect(retry.initialInterval == .seconds(5))
        #expect(retry.maximumInterval == .seconds(3600))
        #expect(!retry.jitter)
    }

    @Test func bareKeyOfAChildIsEvaluated() throws {
        let text = try Fixtures.text("workflows/shapes.yaml")
        let definition = try #require(WorkflowLanguage.parseWorkflow(text, file: "a").value)
        guard case .workflow("shade", let key?) = definition.invocations[1].target else {
            Issue.record("the second invoke is no child")
            return
        }
        let bindings: Bindings = ["input": ["id": "s-1"]]
        #expect(try key.evaluate(bindings) == "s-1/shade")
    }

    @Test func allErrorsOfAFileAreCollected() {
        let text = workflow("{on: {go: x, stop: y}, entry: {assign: {z: 1}}}")
        #expect(codes(text) == [.unknownTarget, .unknownEvent, .unknownTarget, .unknownContext])
    }

    @Test func targetOfTheOuterScopeIsHiddenByTheInner() throws {
        let text = """
            workflow: w
            version: 1
            events: {go: {}}
            initial: b
            states:
              a: {type: final}
              b:
                initial: c
                states:
                  a: {on: {go: b.c}}
                  c: {on: {go: a}}
            """
        let definition = try #require(WorkflowLanguage.parseWorkflow(text, file: "w").value)
        let machine = definition.machine
        let targets = machine.transitions.map { machine.states[$0.targets[0]].id }
        #expect(targets == ["b.c", "b.a"])
    }
}

@Suite struct ActionTests {
    private func actions(_ text: String, head: String = "") throws -> [Action] {
        let source = workflow("{on: {go: end}, entry: \(text)}", head: head)
        let parsed = WorkflowLanguage.parseWorkflow(source, file: "w")
        #expect(parsed.diagnostics.isEmpty, "\(rendered(parsed.diagnostics, source))")
        return try #require(parsed.value).machine.states[1].onEntry.flatMap(\.self)
    }

    private func payload(_ action: Action?, _ bindings: Bindings) throws -> Value {
        guard case .emit(_, let payload, _) = action else {
            Issue.record("no emission: \(String(describing: action))")
            return .null
        }
        return try payload.evaluate(bindings)
    }

    @Test func actionsRunAsWritten() throws {
        let found = try actions(
            "{log: first, assign: {b: 1, a: 2}, send: order.done}",
            head: "context: {a: {type: integer}, b: {type: integer}}")
        let names = found.map { action in
            switch action {
            case .assign(let name, _, _, _): name
            case .raise(let event, _, _): event
            case .emit(let kind, _, _): kind.rawValue
            case .choose: "choose"
            }
        }
        #expect(names == ["log", "b", "a", "send"])
    }

    @Test func sendCarriesItsWordsVerbatim() throws {
        let found = try actions(
            "{send: {event: kit.issued, data: {of: '${input.id}'}, key: '${input.id}', to: kit}}")
        let value = try payload(found.first, ["input": ["id": "o-1"]])
        #expect(
            value == ["event": "kit.issued", "data": ["of": "o-1"], "key": "o-1", "to": "kit"])
    }

    @Test func mailSeesItsDataAndTheInstance() throws {
        let found = try actions(
            "{notify: {mail: hi, to: '${input.mail}', data: {name: 'Ms ${input.name}', n: 2}}}",
            head: "mails: {hi: {subject: 'For ${data.name}', text: '${data.n + 1} ${input.name}'}}")
        let value = try payload(found.first, ["input": ["name": "Ada", "mail": "a@example.org"]])
        #expect(
            value == [
                "to": "a@example.org", "subject": "For Ms Ada", "text": "3 Ada", "mail": "hi",
            ])
    }

    @Test func dataOfAMailMustBeGiven() {
        let text = workflow(
            "{on: {go: end}, entry: {notify: {mail: hi, to: x, data: {nam: Ada}}}}",
            head: "mails: {hi: {subject: s, text: '${data.name}'}}")
        #expect(codes(text) == [.unknownReference])
    }

    @Test func htmlIsEscapedAndTextIsNot() throws {
        let found = try actions(
            "{notify: {to: x, subject: s, text: '${input.name}', html: '<b>${input.name}</b>'}}")
        guard case .emit(.notify, let payload, _) = found.first else {
            Issue.record("no notification")
            return
        }
        #expect(payload.expressions.map(\.source) == ["input.name", "escapeHtml(input.name)"])
    }

    /// A name that is markup stays a name; what a program made as markup is markup, if whoever wrote the mail says so.
    @Test func nothingButWhatIsSaidToBeMarkupIsMarkup() throws {
        let found = try actions(
            "{notify: {mail: hi, to: x, data: {name: '${input.name}', lines: [{t: a}, {t: '<b>'}]}}}",
            head: """
                mails:
                  hi:
                    subject: s
                    text: t
                    html: >-
                      <p title="${data.name}">${data.name}</p>
                      <p>${escapeHtml(data.name) + unescaped(data.name)}</p>
                      <ul>${unescaped(data.lines.map(l, '<li>' + escapeHtml(l.t)).join(''))}</ul>
                """)
        let mail = try payload(found.first, ["input": ["name": "\"><script>"]])
        #expect(
            mail["html"]?.stringValue == """
                <p title="&quot;&gt;&lt;script&gt;">&quot;&gt;&lt;script&gt;</p> \
                <p>&amp;quot;&amp;gt;&amp;lt;script&amp;gt;&quot;&gt;&lt;script&gt;</p> \
                <ul><li>a<li>&lt;b&gt;</ul>
                """)
    }

    @Test func literalBracesSurviveRewriting() {
        let text = "$${x} ${a}-$${${b}} tail"
        let rewritten = CELText.rewriting(text) { "f(\($0.source))" }
        #expect(rewritten == "$${x} ${f(a)}-$${${f(b)}} tail")
    }
}
