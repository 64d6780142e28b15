/// What a person may do: the word for it, which API, command line and console share.
package enum ActionVerb: String, Sendable, Hashable, CaseIterable {
    // To an instance.
    case retry, complete, fail, assign, move
    case fireTimer = "fire-timer"
    case migrate, pause, resume, cancel, terminate, send
    // Looking on.
    case wait, why, members, history, money
    // To one of its tasks.
    case decide, claim, release
    case assignTask = "assign-task"
    case comment, remind
    // To a workflow's schedule.
    case pauseSchedule = "pause-schedule"
    case resumeSchedule = "resume-schedule"
    case runSchedule = "run-schedule"
    case backfill
    // To an adapter.
    case pauseAdapter = "pause-adapter"
    case resumeAdapter = "resume-adapter"
    case probeAdapter = "probe-adapter"
    // To a workflow, with all its instances.
    case pauseWorkflow = "pause-workflow"
    case resumeWorkflow = "resume-workflow"
    // To the server.
    case load, configure

    /// As it is called where what it is done to is known: in a path and in the API's answers.
    package var name: String {
        switch self {
        case .why: "open"
        case .assignTask: "assign"
        case .pauseSchedule, .pauseAdapter, .pauseWorkflow: "pause"
        case .resumeSchedule, .resumeAdapter, .resumeWorkflow: "resume"
        case .probeAdapter: "probe"
        case .runSchedule: "run"
        default: rawValue
        }
    }

    /// What an action is done to that is no instance; the argument of the same name says which.
    package enum Target: String, Sendable, Hashable {
        case adapter
        case workflow
    }

    /// nil: it is done to an instance, one of its tasks, a schedule or the server.
    package var target: Target? {
        switch self {
        case .pauseAdapter, .resumeAdapter, .probeAdapter: .adapter
        case .pauseWorkflow, .resumeWorkflow: .workflow
        default: nil
        }
    }

    /// It is done to one of the instance's tasks.
    package var isOfTask: Bool {
        switch self {
        case .decide, .claim, .release, .assignTask, .comment, .remind: true
        default: false
        }
    }
}
