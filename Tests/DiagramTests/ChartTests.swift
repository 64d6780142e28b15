import Definition
import Testing

@testable import Diagram

/// What of a definition is drawn, and with which words.
@Suite struct ChartTests {
    private static let lamp = """
        workflow: lamp
        version: 1
        start: {on: lamp.bought}
        context: {lit: {type: integer, default: 0}, since: {type: [string, 'null'], default: null}}
        params: {patience: {type: string, format: duration, default: 5m}}
        events: {switch: {}, broken: {}, dim: {data: {type: object, properties: {by: {type: integer}}}}}
        mails: {gone: {subject: s, text: t}}
        initial: off
        on: {broken: scrapped}
        states:
          off:
            on:
              switch: {target: on, actions: {assign: {lit: '${context.lit + 1}', since: '${string(now)}'}}}
          on:
            initial: bright
            on:
              dim:
                - {guard: 'context.lit > 3 && event.data.by != 2', target: off}
                - {actions: {reject: {code: worn, message: 'no && more'}}}
            after:
              '${params.patience}': {target: off, actions: {notify: {mail: gone, to: a@b.example}}}
              '${timestamp(context.since) + duration("1h")}': scrapped
              30m: scrapped
            states:
              bright: {invoke: {person: {role: keeper, title: Look, outcomes: {fine: {target: dark}}}}}
              dark: {always: {guard: context.lit == 2, target: bright}}
              last: {type: history}
          scrapped: {type: final, status: failed}
        """

    @Test func aDefinitionIsReadAsBoxesAndArrows() throws {
        let chart = try Drawn.chart(from: Self.lamp)
        #expect(chart.title == "lamp" && chart.start == "lamp.bought")
        #expect(
            chart.states.map(\.id) == [
                "", "off", "on", "on.bright", "on.dark", "on.last", "scrapped",
            ])
        #expect(chart.states[2].lines == ["dim / reject worn"])
        #expect(chart.states[3].lines == ["ask keeper"])
        #expect(chart.states[5].kind == .history(deep: false))
        #expect(chart.states[6].kind == .final(.failed))
        #expect(chart.states[0].initial == 1 && chart.states[2].initial == 3)
        let lines = chart.transitions.map { "\(chart.states[$0.source].name) \($0.words.line)" }
        #expect(
            lines.sorted()
                == [
                    " broken", "bright fine", "dark [lit == 2]", "off switch / set lit, since",
                    "on after 30m", "on after patience / mail gone",
                    "on at since + duration(\"1h\")",
                    "on dim / reject worn", "on dim [lit > 3 and by != 2]",
                ].sorted())
    }

    @Test func whatStandsInQuotesIsNotReworded() {
        #expect(ShortText.of("context.a == \"x && context.b\"") == "a == \"x && context.b\"")
        #expect(ShortText.of("${timestamp(input.at) - params.before}") == "at - before")
        #expect(ShortText.of("mycontext.a || has(input.b)") == "mycontext.a or has(b)")
        #expect(ShortText.of("a.filter(r, r.input.b > 1)[0]") == "a.filter(r, r.input.b > 1)[0]")
        #expect(ShortText.of("f('\\'&&')") == "f('\\'&&')")
        #expect(ShortText.of("") == "")
    }

    @Test func theTableSaysEachTransitionOnce() throws {
        let chart = try Drawn.chart(from: Self.lamp)
        #expect(chart.table().map(\.transition) == Array(chart.transitions.indices))
        let inner = try #require(chart.table().first { $0.actions == "reject worn" })
        #expect(inner.from == "on" && inner.to == nil && inner.trigger == "dim")

        var overlay = Overlay()
        overlay.states = chart.states.map {
            Overlay.StateNote(mark: $0.id == "on" ? .overdue : nil)
        }
        overlay.transitions = chart.transitions.map { _ in
            Overlay.TransitionNote(taken: 2, text: "9 ×")
        }
        let row = try #require(chart.table(overlay).first { $0.from == "on" })
        #expect(row.mark == .overdue && row.taken == 2 && row.text == "9 ×")
    }

    @Test func otherToolsGetTheWholeChart() throws {
        let chart = try Drawn.chart(from: Self.lamp)
        try Drawn.expectGolden(chart.mermaid, "lamp.mmd")
        try Drawn.expectGolden(chart.dot, "lamp.dot")
    }

    @Test(arguments: Drawn.names) func otherToolsGetAllStates(workflow: String) throws {
        let chart = try Drawn.chart(of: workflow)
        for index in chart.states.indices.dropFirst() {
            #expect(chart.mermaid.contains(" as s\(index)\n"))
            #expect(chart.dot.contains("s\(index) [") || chart.dot.contains("cluster_\(index) {"))
        }
    }
}
