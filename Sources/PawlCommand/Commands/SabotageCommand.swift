import ArgumentParser
import Sabotage

/// For the scripts that break the server on purpose.
struct SabotageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sabotage",
        abstract: "List the deliberate bugs and crash points of a debug build.",
        shouldDisplay: false)

    func run() throws {
        guard isSabotagePossible else {
            throw Failure(
                status: 1, "this is a release: it has no deliberate bugs",
                fix: "use the binary of `swift build`")
        }
        for mutant in Mutant.allCases { print("mutant \(mutant.rawValue)") }
        for point in Failpoint.allCases {
            print("failpoint \(point.rawValue) \(point.kind.rawValue)")
        }
    }
}
