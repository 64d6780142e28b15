/// What is so already: among many it is no failure, and stops nothing.
extension ActionVerb {
    /// Why there is nothing to do; nil: there is.
    package func nothingToDo(isPaused: Bool, hasEnded: Bool) -> String? {
        switch self {
        case .pause where isPaused: "it is paused already"
        case .resume where !isPaused: "it is not paused"
        case .pause where hasEnded, .cancel where hasEnded, .terminate where hasEnded:
            "it has ended already"
        default: nil
        }
    }

    package func nothingToDo(on run: Run) -> String? {
        // Nor does this let it go on: it is refused, with what would.
        if self == .resume, run.pause == nil, run.workflowHold != nil { return nil }
        return nothingToDo(isPaused: run.pause != nil, hasEnded: run.status.isTerminal)
    }
}
