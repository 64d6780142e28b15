import Assembly
import Execution
import MemoryStore
import Testing
import WorkflowLanguage

/// What a database has was taken by the program of its day.
@Suite struct StoredDefinitionsTests {
    /// An earlier program took it: it knew no types.
    private static let workflow = """
        workflow: loan
        version: 1
        description: Its guard adds a number and a text, and its delay is a number.
        context: {sum: {type: integer, default: 1}}
        events: {pay: {}}
        initial: open
        states:
          open:
            on:
              pay: {target: paid, guard: context.sum + "a" == "1a", actions: {assign: {sum: context.sum}}}
            after: {'${context.sum}': paid}
            invoke:
              task: bank.pay
              onError: [{guard: has(event.data.code) && event.data.code == "x", target: paid}]
          paid: {type: final}
        """

    private static let adapter = """
        adapter: bank
        transport: http
        url: http://127.0.0.1:1
        operations:
          pay:
            kind: pivot
            input: {type: object, properties: {sum: {type: integer}}}
            request: {method: POST, path: /payouts, body: {sum: '${input.sum + "a"}'}}
        """

    @Test func whatRanOnceIsStillRead() throws {
        let found = WorkflowLanguage.parseWorkflow(Self.workflow, file: "w.yaml").errors
        #expect(Set(found.map(\.code)) == [.typeMismatch, .forgottenBraces, .unknownReference])
        #expect(
            WorkflowLanguage.parseAdapter(Self.adapter, file: "a.yaml").errors.map(\.code) == [
                .typeMismatch
            ])
        let store = MemoryStore()
        try store.publish([
            StoredDefinition(
                kind: .workflow, name: "loan", version: 1, hash: "1", source: Self.workflow),
            StoredDefinition(
                kind: .adapter, name: "bank", version: 0, hash: "2", source: Self.adapter),
        ])
        let known = try StoredDefinitions(store)
        #expect(known.unreadable == [])
        #expect(known.workflows.map(\.name) == ["loan"])
        #expect(known.adapters.map(\.name) == ["bank"])
    }
}
