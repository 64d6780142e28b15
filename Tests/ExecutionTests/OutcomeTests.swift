import Testing
import Values

@testable import Definition
@testable import Execution

/// What can be decided, what each outcome asks for, and who must not be the one.
@Suite struct OutcomeTests {
    private static let ana = Actor(role: "clerk", subject: "ana")
    private static let bo = Actor(role: "clerk", subject: "bo")

    /// A refund that two people have to agree to.
    private static let refund = """
        input: {type: object, required: [amount], properties: {amount: {type: integer}}}
        context: {by: {type: [string, 'null'], default: null}, paid: {default: 0}, limit: {default: 100}, why: {default: null}}
        initial: checking
        states:
          checking:
            invoke:
              person:
                role: clerk
                title: 'Refund of ${input.amount}'
                show: {Asked for: '${input.amount}'}
                priority: '${input.amount > 50 ? 80 : 20}'
                form: {note: {type: string}}
                outcomes:
                  agree:
                    label: Agree to it
                    form: {type: object, required: [amount], properties: {amount: {type: integer, minimum: 1}}}
                    guard: event.data.form.amount <= context.limit
                    target: approving
                    actions: {assign: {by: '${event.data.by.subject}', paid: '${event.data.form.amount}'}}
                  refuse: {style: danger, comment: required, target: refused, actions: {assign: {why: '${event.data.comment}'}}}
                  later: {comment: none, actions: {reject: {code: closed, message: the books are closed}}}
          approving:
            invoke:
              person: {role: clerk, title: Pay it?, except: [context.by], outcomes: {pay: paid, back: checking}}
          paid: {}
          refused: {}
        """

    private func decide(
        _ story: inout Story, _ outcome: String, _ form: ValueMap = [:], comment: String = "",
        by actor: Actor = ana
    ) throws {
        let decision = TaskDecision(outcome, form: .map(form), comment: comment)
        try story.take(.task(nil, .decide(decision), actor: actor))
    }

    private func story(amount: Int64 = 60) throws -> Story {
        try Story(Self.refund, input: ["amount": .int(amount)])
    }

    @Test func anOutcomeLeadsWhereItSays() throws {
        var story = try story()
        try decide(&story, "agree", ["amount": 60])
        #expect(story.states == ["approving"])
        #expect(story.context["paid"] == 60)
        try decide(&story, "back", by: Self.bo)
        #expect(story.states == ["checking"])
    }

    @Test func eachOutcomeAsksForItsOwnFields() throws {
        var story = try story()
        try decide(&story, "agree")
        #expect(story.problem?.errors.map(\.pointer) == ["/form/amount"])
        try decide(&story, "refuse", ["amount": 3], comment: "too late")
        #expect(story.problem?.errors.map(\.pointer) == ["/form/amount"], "refusing asks for none")
        try decide(&story, "refuse", ["note": "n"])
        #expect(story.problem?.errors.map(\.pointer) == ["/comment"])
        try decide(&story, "refuse", comment: " \n")
        #expect(story.problem?.errors.map(\.pointer) == ["/comment"], "blanks are no reason")
        try decide(&story, "later", comment: "x")
        #expect(story.problem?.errors.map(\.pointer) == ["/comment"], "it takes none")
        #expect(story.run.revision == 1, "nothing of it was kept")
        try decide(&story, "refuse", ["note": "n"], comment: "too late")
        #expect(story.states == ["refused"])
        #expect(story.context["why"] == "too late")
        let entry = try #require(story.history.last { $0.kind == "task.decided" })
        #expect(entry.data["comment"] == "too late" && entry.data["form"] == ["note": "n"])
    }

    @Test func anOutcomeWhoseGuardIsFalseIsRefusedWithItsValues() throws {
        var story = try story()
        try decide(&story, "agree", ["amount": 101])
        #expect(story.problem?.code == .outcomeRefused)
        #expect(story.problem?.message.contains("context.limit = 100") == true)
        #expect(try story.tasks.count == 1 && story.states == ["checking"])
        #expect(story.kinds.last == "task.refused")
        try decide(&story, "agree", ["amount": 100])
        #expect(story.states == ["approving"])
    }

    @Test func anOutcomeThatTheWorkflowRejectsLeavesTheTask() throws {
        var story = try story()
        try decide(&story, "later")
        #expect(story.problem?.code == .outcomeRefused)
        #expect(story.problem?.message == "the books are closed")
        #expect(try story.tasks.count == 1)
    }

    @Test func fourEyesAreTwoPeople() throws {
        var story = try story()
        try decide(&story, "agree", ["amount": 60])
        for action in [TaskAction.claim, .decide(TaskDecision("pay"))] {
            try story.take(.task(nil, action, actor: Self.ana))
            #expect(story.problem?.code == .forbidden)
            #expect(story.problem?.message.contains("`except` names them") == true)
        }
        try story.take(
            .task(nil, .assign(to: "ana"), actor: Actor(role: "operator", subject: "o")))
        #expect(story.problem?.code == .forbidden, "nor is it given to them")
        try decide(&story, "pay", by: Self.bo)
        #expect(story.states == ["paid"])
    }

    @Test func whatIsUrgentSaysSo() throws {
        #expect(try story(amount: 60).run.activations.first?.task?.priority == 80)
        #expect(try story(amount: 50).run.activations.first?.task?.priority == 20)
        let odd = try Story(
            "initial: a\nstates: {a: {invoke: {person: {role: r, title: t, priority: '${101}'}, onDone: b}}, b: {}}"
        )
        #expect(odd.incidents == [.expressionError])
    }
}
