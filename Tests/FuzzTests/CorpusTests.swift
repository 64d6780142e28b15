import Foundation
import FuzzEntries
import Testing

/// What the fuzzers have found, and what they start from, again with every run of the tests: each input of
/// `Fuzz/Corpus/<target>` goes through the entry of that name.
@Suite struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/Corpus")

    private static func inputs(_ target: FuzzTarget) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: corpus.appending(path: target.rawValue), includingPropertiesForKeys: nil
        ).sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    @Test(arguments: FuzzTarget.allCases)
    func everyInputOfTheCorpusIsTaken(target: FuzzTarget) async throws {
        let files = try Self.inputs(target)
        #expect(!files.isEmpty, "an entry without inputs proves nothing")
        for file in files {
            let bytes = Array(try Data(contentsOf: file))
            do {
                try await target.run(bytes)
            } catch {
                Issue.record("\(target.rawValue)/\(file.lastPathComponent): \(error)")
            }
        }
    }

    /// The definitions of the repository are inputs too, and cut off anywhere they are still taken.
    @Test(arguments: [
        (FuzzTarget.workflow, "workflows/order/workflow.yaml"),
        (.adapter, "adapters/bank/adapter.yaml"),
        (.calendar, "calendars/company.yaml"),
        (.scenario, "workflows/order/scenarios/r7-longer-grace.yaml"),
    ])
    func aFileThatEndsTooEarlyIsTaken(target: FuzzTarget, path: String) async throws {
        let root = Self.corpus.deletingLastPathComponent().deletingLastPathComponent()
        let bytes = Array(try Data(contentsOf: root.appending(path: path)))
        for end in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 60)) {
            try await target.run(Array(bytes.prefix(end)))
        }
    }
}
