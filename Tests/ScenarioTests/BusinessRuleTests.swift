import Foundation
import Testing

/// docs/reference/business-rules.md names what there is, and names all of it.
@Suite struct BusinessRuleTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func names(below folder: String, ending suffix: String) -> Set<String> {
        let files = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        let paths = (files?.allObjects ?? []).compactMap { $0 as? String }
        return Set(
            paths.filter { $0.hasSuffix(suffix) && !$0.hasSuffix("workflow.yaml") }.map {
                String(($0.split(separator: "/").last ?? "").dropLast(suffix.count))
            })
    }

    /// What stands between backticks.
    private static func quoted() throws -> Set<String> {
        let text = try String(
            contentsOf: root.appending(path: "docs/reference/business-rules.md"), encoding: .utf8)
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return Set(parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) })
    }

    @Test func everyScenarioAndSuiteThatIsNamedExists() throws {
        let scenarios = Self.names(below: "workflows", ending: ".yaml")
        let suites = Self.names(below: "Tests", ending: ".swift")
        let quoted = try Self.quoted()
        let named = quoted.filter { $0.wholeMatch(of: /r\d+-.*/) != nil }
        #expect(named.count > 40)
        #expect(named.subtracting(scenarios).isEmpty, "no such scenario")
        #expect(quoted.filter { $0.hasSuffix("Tests") }.subtracting(suites).isEmpty, "no suite")
    }

    @Test func everyScenarioIsNamed() throws {
        let scenarios = Self.names(below: "workflows", ending: ".yaml")
        #expect(scenarios.count > 40)
        #expect(try scenarios.subtracting(Self.quoted()).isEmpty, "proves no rule")
    }
}
