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
        if self == .resume, run.pause == nil, run.workflowHold != nil {
            return "it is held with its workflow, which is paused"
        }
        return nothingToDo(isPaused: run.pause != nil, hasEnded: run.status.isTerminal)
    }
}
