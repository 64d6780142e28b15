/// What a person may do: the word for it, which API, command line and console share.
package enum ActionVerb: String, Sendable, Hashable, CaseIterable {
    // To an instance.
    case retry, complete, fail, assign, move
    case fireTimer = "fire-timer"
    case pause, resume, cancel, terminate, send
    // Looking on.
    case wait, why, members, history
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
    // To the server.
    case load, configure

    /// As it is called where what it is done to is known: in a path and in the API's answers.
    package var name: String {
        switch self {
        case .why: "open"
        case .assignTask: "assign"
        case .pauseSchedule, .pauseAdapter: "pause"
        case .resumeSchedule, .resumeAdapter: "resume"
        case .probeAdapter: "probe"
        case .runSchedule: "run"
        default: rawValue
        }
    }

    /// It is done to an adapter, which the argument `adapter` names.
    package var isOfAdapter: Bool {
        switch self {
        case .pauseAdapter, .resumeAdapter, .probeAdapter: true
        default: false
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
