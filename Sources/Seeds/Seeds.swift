import Foundation
import Testbed

/// `pawl-seeds simulation|powerloss FIRST COUNT`: what the tests do under a few seeds, in release and for many.
@main
enum Seeds {
    static func main() throws {
        let words = CommandLine.arguments
        guard words.count == 4, let first = UInt64(words[2]), let count = Int(words[3]), count > 0
        else {
            return end(2, "usage: pawl-seeds simulation|powerloss FIRST COUNT\n")
        }
        let runs = try SeededRuns()
        let outcome: SeededRuns.Outcome
        switch words[1] {
        case "simulation":
            outcome = try runs.simulate(from: first, count: count, isWhole: count == 1)
        case "powerloss": outcome = try runs.loseThePower(from: first, images: count)
        default: return end(2, "\(words[1]) is neither simulation nor powerloss\n")
        }
        print(outcome.summary)
        if !outcome.failures.isEmpty { end(1, outcome.failures.joined(separator: "\n") + "\n") }
    }

    private static func end(_ status: Int32, _ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
        exit(status)
    }
}
