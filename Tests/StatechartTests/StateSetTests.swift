import Testing
import Values

@testable import Statechart

/// Sets of states as bits, and charts of more states than one word holds.
@Suite struct StateSetTests {
    /// Around the borders of the words.
    private static let samples: [[StateIndex]] = [
        [], [0], [63], [64], [0, 63, 64, 127, 128, 200], [1, 2, 3], [62, 65, 129], Array(0..<150),
        [70, 199],
    ]

    @Test(arguments: samples, samples)
    func setsBehaveAsSets(left: [StateIndex], right: [StateIndex]) {
        let (a, b) = (StateSet(left.reversed()), StateSet(right))
        let (x, y) = (Set(left), Set(right))
        #expect(a.list == left && a.reversedList == left.reversed() && Array(a) == left)
        #expect(a.count == left.count && a.isEmpty == left.isEmpty)
        #expect(a.union(b).list == x.union(y).sorted())
        #expect(a.intersection(b).list == x.intersection(y).sorted())
        var rest = a
        for state in right { #expect(rest.remove(state) == x.contains(state)) }
        #expect(rest.list == x.subtracting(y).sorted())
        #expect(a.isDisjoint(with: b) == x.isDisjoint(with: y))
    }

    @Test(arguments: samples, [-1, 0, 1, 62, 63, 64, 126, 127, 128, 198])
    func whatLiesBelowAStateIsARange(states: [StateIndex], lower: StateIndex) {
        let set = StateSet(states)
        for upper in [lower, lower + 1, 63, 64, 127, 128, 250] {
            let wanted = states.filter { $0 > lower && $0 <= upper }
            #expect(set.between(lower, and: upper).list == wanted, "(\(lower), \(upper)]")
        }
    }

    @Test func aChartOfManyStatesWalksFromEndToEnd() throws {
        let count = 150
        let steps = (0..<count - 1).map { "  s\($0): {on: {go: s\($0 + 1)}}" }
        var walk = try Walk(
            "events: {go: {}}\ninitial: s0\nstates:\n" + steps.joined(separator: "\n")
                + "\n  s\(count - 1): {type: final}")
        for number in 1..<count - 1 {
            walk.send("go")
            #expect(walk.leaves == ["s\(number)"])
        }
        walk.send("go")
        #expect(walk.final == "s\(count - 1)")
    }

    @Test func aSnapshotOfAnotherChartLeadsNowhere() throws {
        let walk = try Walk("events: {go: {}}\ninitial: a\nstates: {a: {on: {go: b}}, b: {}}")
        let foreign = Snapshot(configuration: [-1, 0, 2, 3, 1_000_000])
        let step = walk.machine.step(foreign, Event(name: "go"), environment: [:])
        #expect(step.snapshot.configuration == [0, 2])
    }

    @Test func manyRegionsTakeOneEventTogether() throws {
        let regions = (0..<50).map {
            "      r\($0): {initial: x, states: {x: {on: {go: y}}, y: {on: {go: x}}}}"
        }
        var walk = try Walk(
            """
            events: {go: {}}
            initial: p
            states:
              p:
                type: parallel
                states:

            """ + regions.joined(separator: "\n"))
        walk.send("go")
        #expect(walk.leaves == (0..<50).map { "p.r\($0).y" })
        #expect(walk.step.microsteps.map(\.transitions.count) == [50])
    }
}
