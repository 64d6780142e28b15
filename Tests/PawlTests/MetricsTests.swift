import Foundation
import OpenMetrics
import Testing

@testable import PawlCommand

/// What a server says of itself in numbers.
@Suite struct MetricsTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/reference/metrics.md")

    @Test func namesAreThoseOfThePractice() {
        for metric in Wiring.metricDeclarations {
            #expect(metric.name.wholeMatch(of: /(pawl|process)(_[a-z]+)+/) != nil, "\(metric.name)")
            #expect(!metric.name.hasSuffix("_total"), "\(metric.name): the format appends it")
            #expect(metric.help.hasSuffix("."), "\(metric.name) is explained in sentences")
            #expect(metric.labels.allSatisfy { $0.wholeMatch(of: /[a-z]+/) != nil })
            if case .histogram(let bounds) = metric.kind { #expect(bounds == bounds.sorted()) }
        }
        let names = Wiring.metricDeclarations.map(\.name)
        #expect(Set(names).count == names.count, "each is declared once")
    }

    /// `REWRITE=1` writes what came out.
    @Test func theReferenceListsAllOfThem() throws {
        let begin = "<!-- made: metrics -->\n"
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let start = try #require(text.range(of: begin)).upperBound
        let end = try #require(text.range(of: "<!-- end -->")).lowerBound
        let rows = Wiring.metricDeclarations.sorted { $0.name < $1.name }.map { metric in
            let name = metric.kind == .counter ? metric.name + "_total" : metric.name
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(name)` | \(metric.kind.name) | \(labels) | \(metric.help) |\n"
        }
        let made =
            text[..<start] + "| metric | type | labels | what it tells |\n|---|---|---|---|\n"
            + rows.joined() + text[end...]
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try String(made).write(to: Self.page, atomically: true, encoding: .utf8)
        } else {
            #expect(String(made) == text, "metrics.md is made from code; REWRITE=1 rewrites it")
        }
    }
}
