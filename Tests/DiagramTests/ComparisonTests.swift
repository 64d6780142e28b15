import Testing

@testable import Diagram

/// Two versions of a workflow in one picture.
@Suite struct ComparisonTests {
    private static let old = """
        workflow: lamp
        version: 1
        events: {switch: {}, broken: {}, dim: {}}
        initial: off
        states:
          off: {on: {switch: on}}
          on:
            initial: bright
            on: {switch: off}
            states:
              bright: {on: {dim: dark}}
              dark: {on: {dim: bright, switch: off}}
          repair:
            initial: opened
            states: {opened: {on: {switch: closed}}, closed: {}}
          scrapped: {type: final}
        """

    private static let new = """
        workflow: lamp
        version: 2
        events: {switch: {}, broken: {}, dim: {}}
        initial: off
        states:
          off: {on: {switch: on}}
          on:
            initial: bright
            on: {switch: {target: off, guard: 1 < 2}}
            states:
              bright: {on: {dim: dim}}
              dim: {on: {dim: bright}}
          scrapped: {type: final, status: failed}
        """

    @Test func whatIsGoneWhatIsNewAndWhatHasChanged() throws {
        let (chart, overlay) = try Drawn.chart(from: Self.new)
            .compared(with: Drawn.chart(from: Self.old))
        let states = chart.states.indices.map { index in
            "\(chart.states[index].id) \(overlay.states[index].change?.rawValue ?? "")"
        }
        #expect(
            states == [
                " ", "off ", "on ", "on.bright ", "on.dim added", "on.dark removed",
                "scrapped changed",
                "repair removed", "repair.opened removed", "repair.closed removed",
            ])
        let changed = chart.transitions.indices.compactMap { position in
            let transition = chart.transitions[position]
            return overlay.transitions[position].change.map { change in
                let target = transition.target.map { chart.states[$0].name } ?? ""
                return "\(chart.states[transition.source].name) \(target) \(change)"
            }
        }
        #expect(
            changed == [
                "on off changed", "bright dim added", "dim bright added", "bright dark removed",
                "dark bright removed", "dark off removed", "opened closed removed",
            ])
        let drawing = try Drawing(chart)
        #expect(drawing.measures.faults.isEmpty)
        #expect(drawing.svg(overlay: overlay).contains("class=\"state removed\""))
        let indices = chart.transitions.map(\.index)
        #expect(Set<Int>(indices).count == indices.count, "ids are told apart")
    }

    @Test(arguments: Drawn.names) func aVersionHasNotChangedAgainstItself(workflow: String) throws {
        let chart = try Drawn.chart(of: workflow)
        let (merged, overlay) = chart.compared(with: chart)
        #expect(merged == chart)
        #expect(overlay.states.allSatisfy { $0.change == nil })
        #expect(overlay.transitions.allSatisfy { $0.change == nil })
    }
}
