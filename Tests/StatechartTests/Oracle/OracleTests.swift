import Foundation
import Testing

/// The machine beside a straight second implementation of SCXML's appendix D (`Tests/oracle`), on random charts and
/// events, by the letter and by our own rules. `make oracle SEED=1 SEEDS=100000` asks for more.
@Suite struct OracleTests {
    /// Of one run of the oracle; its answer is held in memory.
    private static let batch = 100

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "oracle")

    private static func setting(_ name: String, else value: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? value
    }

    @Test func bothSayTheSameOfEveryChart() async throws {
        let first = Self.setting("SEED", else: 1)
        let end = first + Self.setting("CHARTS", else: 2_000)
        // Of all that differ the smallest chart is the one to look at.
        var worst: (size: Int, seed: Int, text: String)?
        var (differing, compared) = (0, 0)
        for seed in stride(from: first, to: end, by: Self.batch) {
            for line in try Self.ask(seed, count: min(Self.batch, end - seed)) {
                let found = try OracleCase(parsing: line)
                compared += 1
                if let text = try found.difference(.scxml) ?? found.difference(.pawl) {
                    differing += 1
                    if worst.map({ found.size < $0.size }) ?? true {
                        worst = (found.size, found.seed, text)
                    }
                }
                // Other tests wait for this thread.
                await Task.yield()
            }
        }
        #expect(compared == end - first)
        print("oracle: \(compared) charts from seed \(first) by both rules, \(differing) differ")
        guard let worst else { return }
        Issue.record(
            """
            \(differing) of \(compared) charts differ; the smallest is seed \(worst.seed): \
            `python3 Tests/oracle/oracle.py \(worst.seed)` draws it
            \(worst.text)
            """)
    }

    private static func ask(_ seed: Int, count: Int) throws -> [Substring] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-B", folder.appending(path: "oracle.py").path, String(seed), String(count),
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "the oracle failed; python3 must be there")
        return text.split(separator: "\n")
    }
}
