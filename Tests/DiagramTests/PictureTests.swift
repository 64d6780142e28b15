import Foundation
import Testing

@testable import Diagram

/// How the shipped workflows look, and that small edits do not turn a picture over.
@Suite struct PictureTests {
    /// Crossings and bends that each may have at most: a tenth more than when it was drawn first and looked at.
    private static let limits = [
        ("client-billing-cycle", 0, 2), ("client-invoice", 4, 28), ("hiring", 0, 35),
        ("inventory", 1, 15), ("order", 0, 6),
    ]

    @Test(arguments: limits) func aPictureIsAsItWasLookedAt(
        workflow: String, crossings: Int, bends: Int
    ) throws {
        let drawing = try Drawing(Drawn.chart(of: workflow))
        let measures = drawing.measures
        #expect(measures.faults.isEmpty)
        #expect(measures.crossings <= crossings && measures.bends <= bends, "\(measures)")
        // Each run of the tests has another seed of Swift's hashes: that none of them is seen is said here too.
        try Drawn.expectGolden(drawing.svg(.embedded), "\(workflow).svg")
    }

    @Test(arguments: Drawn.names) func allOfAWorkflowHasItsPlace(workflow: String) throws {
        let chart = try Drawn.chart(of: workflow)
        let room = Room(state: "99,999 · p50 999 d · p95 999 d", label: "999,999 ×")
        let drawing = try Drawing(chart, reserving: room)
        #expect(drawing.measures.faults.isEmpty)
        let svg = drawing.svg()
        for state in chart.states.dropFirst() {
            #expect(svg.contains("id=\"s-\(state.id)\""))
        }
        for transition in chart.transitions where transition.target != nil {
            let isHeaderLine =
                transition.target == transition.source
                && !chart.states[transition.source].children.isEmpty
            #expect(isHeaderLine || svg.contains("id=\"t-\(transition.index)\""))
        }
    }

    @Test func noCoordinateDependsOnWhatIsShown() throws {
        let chart = try Drawn.chart(of: "order")
        let drawing = try Drawing(
            chart, reserving: Room(state: "99,999 · p50 999 d", label: "999,999 ×"))
        let overlay = Overlay(
            states: chart.states.map { _ in
                Overlay.StateNote(
                    mark: .current, text: "412 · p50 2 d", detail: "for 3 h", href: "/x?a=1&b=2")
            },
            transitions: chart.transitions.map { _ in
                Overlay.TransitionNote(taken: 2, text: "9 ×", weight: 3)
            },
            isStarted: true)
        func coordinates(_ svg: String) -> [String] {
            svg.split(separator: "\n").filter { $0.hasPrefix("<rect") || $0.hasPrefix("<path") }
                .map { String($0) }
        }
        let (bare, full) = (drawing.svg(.embedded), drawing.svg(.embedded, overlay: overlay))
        #expect(coordinates(bare) == coordinates(full))
        #expect(
            full.contains(
                "href=\"/x?a=1&amp;b=2\" aria-label=\"visit, current, for 3 h, 412 · p50 2 d\" aria-current=\"true\""
            ))
        #expect(full.contains(", taken 2 times</title>"))
        #expect(full.contains("class=\"edge taken w3\""))
        #expect(!full.contains("style"), "a strict Content-Security-Policy refuses it")
    }

    /// A custom property that the console does not have would paint nothing.
    @Test func theStyleSheetGoesByTheConsolesColours() throws {
        let console = try Drawn.source("Sources/Console/Assets/style.css")
        let names = Drawing.styleSheet.matches(of: /var\((--[a-z0-9-]+)\)/).map(\.1)
        #expect(names.count > 10)
        for name in names { #expect(console.contains("\(name):"), "\(name)") }
    }

    @Test func whatNobodyCouldFollowIsNotDrawn() {
        let count = Drawing.mostStates + 1
        let states =
            [
                Chart.State(
                    id: "", kind: .compound, parent: nil, children: Array(1...count), initial: 1)
            ]
            + (1...count).map { Chart.State(id: "s\($0)", kind: .atomic, parent: 0) }
        let chart = Chart(title: "wide", start: "", states: states, transitions: [])
        #expect(throws: Undrawable.tooLarge) { try Drawing(chart) }
        #expect(chart.dot.contains("s\(count)") && chart.mermaid.contains("s\(count)"))
    }

    @Test func whatIsWrittenIsXMLWhateverTheNamesAre() throws {
        let nasty = "</text><script>alert(\"x\")</script>&\u{1}"
        let chart = Chart(
            title: nasty, start: nasty,
            states: [
                Chart.State(id: "", kind: .compound, parent: nil, children: [1], initial: 1),
                Chart.State(id: nasty, kind: .atomic, parent: 0, lines: [nasty]),
            ],
            transitions: [
                Chart.Transition(
                    index: 0, source: 1, target: 1,
                    words: Chart.Words(trigger: nasty, condition: nasty, actions: [nasty]))
            ])
        let note = Overlay.StateNote(mark: .blocked, text: nasty, detail: nasty, href: nasty)
        let svg = try Drawing(chart, reserving: Room(state: 100, label: 100)).svg(
            overlay: Overlay(
                states: [note, note], transitions: [Overlay.TransitionNote(taken: 3, text: nasty)]),
            name: nasty)
        #expect(!svg.contains("<script") && !svg.contains("\u{1}"))
        let reader = TagReader()
        #expect(reader.accepts(svg))
    }
}

/// The lightest reader that says whether all that is opened is closed again.
private struct TagReader {
    func accepts(_ text: String) -> Bool {
        var open: [Substring] = []
        var rest = text[...]
        while let begin = rest.firstIndex(of: "<") {
            guard let end = rest[begin...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: begin)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else if !tag.hasSuffix("/") {
                open.append(tag.prefix { $0 != " " })
            }
        }
        return open.isEmpty
    }
}
