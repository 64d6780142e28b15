import Foundation
import Testing

/// Identity is bytes (docs/decisions/0017-identity-is-bytes.md): text is a key or a member of a set as `ExactText` only.
@Suite struct IdentityTests {
    /// Where a `String` may be a key, and why.
    private static let allowed = [
        "Server/RouteTable.swift": "names that stand in the table of routes, not in the request",
        "Server/APIRequest.swift": "the same names",
        "Server/Responder.swift": "the same names",
        "Pawl/Pawl.swift": "paths that the program itself writes down",
        "PawlTesting/VirtualPawl.swift": "names of operations, for a test to compare",
        "Testbed/Disk/DiskOperation.swift": "names of SQLite's own files on a simulated disk",
    ]

    private static func sources() throws -> [(path: String, text: String)] {
        let folder = ArchitectureTests.root.appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: folder.path)
        var result: [(path: String, text: String)] = []
        while let path = files?.nextObject() as? String {
            guard path.hasSuffix(".swift") else { continue }
            let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
            result.append((path, text))
        }
        return result
    }

    @Test func noTextIsAKeyAsAString() throws {
        let pattern =
            #/\[\s*(String|Substring|Character)\s*:|(Set|Dictionary)<\s*(String|Substring)\b/#
        var used: Set<String> = []
        for (path, text) in try Self.sources() {
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            where line.firstMatch(of: pattern) != nil {
                used.insert(path)
                #expect(
                    Self.allowed[path] != nil,
                    "\(path):\(index + 1) has text as a key: make it ExactText, or say here why not"
                )
            }
        }
        #expect(used == Set(Self.allowed.keys), "what is allowed here is needed no more")
    }

    /// What is inferred would be a set of `String` again.
    @Test func everySetAndGroupingSaysOfWhatItIs() throws {
        let pattern = #/(^|[^A-Za-z.])Set\(|Dictionary\(grouping/#
        for (path, text) in try Self.sources() {
            for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated()
            where line.firstMatch(of: pattern) != nil {
                Issue.record(
                    "\(path):\(index + 1): write Set<Element>(…), [Key: [Element]](grouping: …); of text it is ExactText"
                )
            }
        }
    }

    /// What a dictionary is asked by must not have a `String` inside either: its derived `==` compares as Swift does.
    @Test func noKeyTypeHoldsAString() throws {
        let head = #/^(\s*)(?:[a-z]+ )*(?:struct|enum) (\w*(?:Key|ID|Name))\b[^{]*\{/#
        var found = 0
        for (path, text) in try Self.sources() {
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                guard let match = line.firstMatch(of: head), line.contains("Hashable") else {
                    continue
                }
                found += 1
                let end = "\(match.1)}"
                for member in lines[(index + 1)...].prefix(while: { $0 != end })
                where member.firstMatch(of: #/(let|var) \w+: String\??$/#) != nil {
                    #expect(
                        member.contains("@ExactText"),
                        "\(path): \(match.2) is a key, and has \(member): make it ExactText")
                }
            }
        }
        #expect(found > 5)
    }
}
