import Assembly
import Engine
import Foundation
import Testing

/// `docs/reference/pawl-yaml.md` has a row for each setting, and none for what is no setting.
@Suite struct ReferenceTests {
    @Test func everySettingHasARow() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appending(path: "docs/reference/pawl-yaml.md"), encoding: .utf8)
        let shown = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(
            shown == PawlConfiguration.members.sorted(by: order(shown))
                + PawlConfiguration.attachmentMembers + RetentionConfiguration.members
                + ClockLimits.members)
    }

    /// The page may name them in any order.
    private func order(_ shown: [String]) -> (String, String) -> Bool {
        { (shown.firstIndex(of: $0) ?? .max) < (shown.firstIndex(of: $1) ?? .max) }
    }
}
