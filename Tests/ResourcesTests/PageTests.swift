import Execution
import Testing

@testable import Engine

/// Pages that are written by hand name everything that there is, and nothing else.
@Suite struct PageTests {
    private static func name(_ term: String) -> String {
        String(term.prefix { !":<>=".contains($0) })
    }

    @Test func theFilterPageHasEveryTerm() throws {
        let page = try ReferencePage("filter.md")
        let ofInstances = Set(page.firstColumn(before: "## Tasks").map(Self.name))
        // Two attributes of some workflow, as examples.
        #expect(ofInstances.subtracting(["price", "client"]) == Set(InstanceFilter.names))
        #expect(Set(page.firstColumn(after: "## Tasks").map(Self.name)) == Set(TaskFilter.names))
    }

    @Test func theHistoryPageHasEveryKind() throws {
        let named = try ReferencePage("history.md").firstColumn()
        #expect(Set(named).count == named.count)
        #expect(Set(named) == Set(HistoryKind.allCases.map(\.rawValue)))
    }

    @Test func theBlockerPageHasEveryKind() throws {
        let named = try ReferencePage("blockers.md").firstColumn()
        #expect(Set(named).count == named.count)
        #expect(Set(named) == Set(Blocker.Kind.allCases.map(\.rawValue)))
    }
}
