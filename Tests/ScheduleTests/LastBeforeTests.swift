import Testing
import Values

@testable import Schedule

/// Looking back finds what looking ahead would have found before.
@Suite struct LastBeforeTests {
    @Test(arguments: [
        "* * * * * *", "*/7 * * * *", "0 0 * * 1", "30 2 * * *", "0 0 L-3 * *", "0 0 29 2 *",
        "* * 1 1 *",
    ])
    func theOneBeforeEachIsTheOneBeforeIt(text: String) throws {
        for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe"] {
            let rule = try cron(text, zone)
            let found = rule.occurrences(
                after: try moment("2026-03-20T00:00:00Z"), upTo: .distantFuture, limit: 40)
            for (one, next) in zip(found, found.dropFirst()) {
                #expect(rule.last(before: next.instant) == one)
                #expect(rule.last(before: next.instant + .milliseconds(1)) == next)
            }
        }
    }

    @Test func anIntervalHasNoneBeforeItsFirst() throws {
        let rule = try Rule(
            parsing: ["every": "24h", "from": "2026-01-01T00:00:00Z"], defaultZone: "UTC")
        let first = try moment("2026-01-01T00:00:00Z")
        #expect(rule.last(before: first) == nil)
        #expect(rule.last(before: first + .seconds(1))?.instant == first)
        #expect(rule.last(before: first + .seconds(86_401))?.instant == first + .seconds(86_400))
    }
}
