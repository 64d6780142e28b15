import Testing

@testable import Statechart

/// Going to a state that no transition leads to.
@Suite struct MoveTests {
    private static let chart = """
        events: {work: {}, next: {}}
        initial: shop
        states:
          shop:
            initial: open
            exit: \(note("left shop"))
            states:
              open: {on: {work: both}}
              both:
                type: parallel
                states:
                  left:
                    initial: l1
                    states:
                      l1: {exit: \(note("left l1")), on: {next: l2}}
                      l2: {}
                  right:
                    initial: r1
                    states:
                      r1: {exit: \(note("left r1"))}
                      r2: {always: {guard: 'size(context.log) > 0', target: r3}}
                      r3: {}
              back: {type: history}
          done: {type: final}
        """

    private func walk() throws -> Walk {
        var walk = try Walk(Self.chart)
        walk.send("work")
        return walk
    }

    private func move(_ walk: inout Walk, to name: String) throws {
        let state = try #require(walk.machine.states.firstIndex { $0.id.hasSuffix(name) })
        walk.move(to: state)
    }

    @Test func onlyTheRegionOfTheTargetIsLeft() throws {
        var walk = try walk()
        try move(&walk, to: "l2")
        #expect(walk.log == ["left l1"])
        #expect(walk.leaves.map { $0.suffix(2) } == ["l2", "r1"])
    }

    @Test func whatFollowsByItselfIsTaken() throws {
        var walk = try walk()
        try move(&walk, to: "l2")
        try move(&walk, to: "r2")
        #expect(walk.leaves.map { $0.suffix(2) } == ["l2", "r3"])
    }

    @Test func theOtherRegionsAreEnteredByDefault() throws {
        var walk = try Walk(Self.chart)
        try move(&walk, to: "l2")
        #expect(walk.leaves.map { $0.suffix(2) } == ["l2", "r1"])
        #expect(walk.log.isEmpty)
    }

    @Test func theStateItselfIsEnteredAnew() throws {
        var walk = try walk()
        try move(&walk, to: "l1")
        #expect(walk.log == ["left l1"])
        #expect(walk.entered.map { $0.suffix(2) } == ["l1"])
    }

    @Test func aFinalStateEndsIt() throws {
        var walk = try walk()
        try move(&walk, to: "done")
        #expect(walk.final == "done")
        #expect(walk.log == ["left r1", "left l1", "left shop"])
    }

    @Test func neitherRootNorHistoryNorANonsenseIndexIsAPlaceToBe() throws {
        var walk = try walk()
        let before = walk.snapshot
        let history = try #require(walk.machine.states.firstIndex { $0.isHistory })
        for state in [0, history, -1, 1_000] {
            walk.move(to: state)
            #expect(walk.snapshot == before)
        }
    }
}
