import Sabotage
import Values

/// What is so already: among many it is no failure, and stops nothing.
extension ActionVerb {
    /// Why there is nothing to do; nil: there is.
    /// - Parameters:
    ///   - arguments: what is asked for.
    ///   - version: that the instance goes by.
    package func nothingToDo(
        _ arguments: ValueMap, isPaused: Bool, hasEnded: Bool, version: Int
    ) -> String? {
        switch self {
        case .migrate where arguments["to"]?.intValue == Int64(version):
            "it goes by version \(version) already"
        case .pause where isPaused: "it is paused already"
        case .resume where !isPaused: "it is not paused"
        case .pause where hasEnded, .cancel where hasEnded, .terminate where hasEnded,
            .migrate where hasEnded:
            "it has ended already"
        default: nil
        }
    }

    /// What is asked for holds wherever the instance has got to since somebody looked.
    package var holdsAtAnyRevision: Bool { self == .migrate && !isMutant(.migratedAsSeenOnly) }

    package func nothingToDo(_ arguments: ValueMap, on run: Run) -> String? {
        // Nor does this let it go on: it is refused, with what would.
        if self == .resume, run.pause == nil, run.workflowHold != nil { return nil }
        return nothingToDo(
            arguments, isPaused: run.pause != nil, hasEnded: run.status.isTerminal,
            version: run.version)
    }
}
