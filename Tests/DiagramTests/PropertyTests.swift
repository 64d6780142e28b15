import Foundation
import Testing

@testable import Diagram

/// What holds for any chart. `make diagrams SEED=1 CHARTS=500` draws more and bigger ones.
@Suite struct PropertyTests {
    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    private static let charts = number("DIAGRAMS")
    private static let seeds: [UInt64] = {
        let first = UInt64(number("SEED") ?? 1)
        return Array(first..<(first + UInt64(charts ?? 12)))
    }()

    @Test(arguments: seeds) func nothingLiesOnAnythingElse(seed: UInt64) throws {
        var random = RandomChart(seed: seed)
        let chart = random.chart(most: Self.charts == nil ? 18 : 60)
        let drawing = try Drawing(chart)
        let measures = drawing.measures
        #expect(measures.faults.isEmpty, "seed \(seed)")
        expectWhole(drawing)
        let room = try Drawing(
            chart, reserving: Room(state: "99,999 · p95 999 d", label: "9,999 ×"))
        #expect(room.measures.faults.isEmpty, "seed \(seed), with room")
        if Self.charts != nil {
            print("diagram: \(seed) \(chart.states.count) \(measures.crossings) \(measures.bends)")
        }
    }

    @Test(arguments: seeds.prefix(5)) func theSameChartGivesTheSameBytes(seed: UInt64) throws {
        var random = RandomChart(seed: seed)
        let chart = random.chart(most: 24)
        #expect(try Drawing(chart).svg() == Drawing(chart).svg())
    }

    /// Every state has its box, every transition its arrow, its loop or its line.
    private func expectWhole(_ drawing: Drawing) {
        let chart = drawing.chart
        let drawn = (drawing.boxes + drawing.compounds).map(\.state).sorted()
        #expect(drawn == Array(chart.states.indices))
        let arrows = drawing.arrows.flatMap(\.transitions)
        let loops = drawing.boxes.flatMap { $0.text.loops.flatMap { $0.parts.map(\.transition) } }
        for (position, transition) in chart.transitions.enumerated() {
            guard let target = transition.target else { continue }
            if target != transition.source {
                #expect(arrows.count { $0 == position } == 1)
            } else if chart.states[target].children.isEmpty, !transition.words.line.isEmpty {
                #expect(loops.count { $0 == position } == 1)
            }
        }
    }
}
