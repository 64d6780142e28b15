import Values

/// What is refused, in terms that people and programs can act on (RFC 9457's problem details).
public struct Problem: Error, Sendable, Hashable {
    /// What is wrong, for programs: a name that never changes its meaning. New ones may be added.
    @nonexhaustive
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// What was sent cannot be read at all.
        case malformed
        /// What was sent can be read and does not fit; ``Problem/errors`` says where.
        case invalid
        /// Nothing starts by that name.
        case unknownWorkflow = "unknown-workflow"
        /// No instance has that name.
        case unknownInstance = "unknown-instance"
        /// No workflow declares that event.
        case unknownEvent = "unknown-event"
        /// The workflow has no such state.
        case unknownState = "unknown-state"
        /// Something else that was named is not there, such as a file.
        case notFound = "not-found"
        /// Nothing proves who asked.
        case unauthenticated
        /// Whoever asked may not do this.
        case forbidden
        /// The key names an instance that was started with another input, or a version has another content.
        case keyConflict = "key-conflict"
        /// The id of the event was used for another one.
        case eventConflict = "event-conflict"
        /// The `Idempotency-Key` of a start came with another body before.
        case idempotencyKeyReused = "idempotency-key-reused"
        /// The instance has ended.
        case instanceEnded = "instance-ended"
        /// It is not in a state in which this could be done.
        case notApplicable = "not-applicable"
        /// Another version of its workflow cannot take the instance over; ``Problem/errors`` says why.
        case cannotMigrate = "cannot-migrate"
        /// What was asked for leads to a step whose expression fails.
        case stepFailed = "step-failed"
        /// Whoever changes this has to say what they saw of it: `If-Match`.
        case preconditionRequired = "precondition-required"
        /// Somebody else has taken the task.
        case taskClaimed = "task-claimed"
        /// The task is somebody else's.
        case taskAssigned = "task-assigned"
        /// The task was decided before.
        case taskDecided = "task-decided"
        /// A decision of the task waits already.
        case taskHeld = "task-held"
        /// The task's time was over before it was decided.
        case taskExpired = "task-expired"
        /// Nobody has to do the task any more: its state was left.
        case taskWithdrawn = "task-withdrawn"
        /// The task is not as it was seen.
        case taskChanged = "task-changed"
        /// The workflow does not take this decision of a task now: its guards are false, or it rejects it.
        case outcomeRefused = "outcome-refused"
        /// It refers to content that whoever sent it has not put.
        case unknownAttachment = "unknown-attachment"
        /// What was sent is larger than is taken.
        case tooLarge = "too-large"
        /// Too much waits; try again in a moment.
        case overloaded
        /// The store takes no writes now, or the engine is stopping; try again.
        case unavailable
        /// The time was over first; whatever was asked for goes on by itself.
        case timedOut = "timed-out"
        /// The task that asked was cancelled; what it asked for may have been done.
        case cancelled
        /// Nobody knows what is on the disk. This engine answers nothing more: see to the disk, start it again.
        case storeUntrusted = "store-untrusted"
        /// Something is wrong inside.
        case internalError = "internal-error"

        package var httpStatus: Int {
            switch self {
            case .malformed: 400
            case .invalid, .unknownState, .stepFailed, .outcomeRefused, .unknownAttachment,
                .idempotencyKeyReused:
                422
            case .unknownWorkflow, .unknownInstance, .unknownEvent, .notFound: 404
            case .unauthenticated: 401
            case .forbidden: 403
            case .keyConflict, .eventConflict, .instanceEnded, .notApplicable, .cannotMigrate,
                .taskClaimed, .taskAssigned, .taskDecided, .taskHeld, .taskExpired, .taskWithdrawn:
                409
            case .taskChanged: 412
            case .preconditionRequired: 428
            case .tooLarge: 413
            case .overloaded: 429
            case .unavailable, .cancelled, .storeUntrusted: 503
            case .timedOut: 504
            case .internalError: 500
            }
        }

        /// Of `pawl`: 1 refused, 3 not found, 4 auth, 5 conflict, 7 timed out, 8 unreachable, 64 usage.
        package var exitStatus: Int32 {
            switch self {
            case .malformed, .invalid, .unknownState, .stepFailed, .outcomeRefused, .tooLarge,
                .unknownAttachment, .preconditionRequired, .internalError:
                1
            case .unknownWorkflow, .unknownInstance, .unknownEvent, .notFound: 3
            case .unauthenticated, .forbidden: 4
            case .keyConflict, .eventConflict, .idempotencyKeyReused, .instanceEnded,
                .notApplicable, .cannotMigrate, .taskClaimed, .taskAssigned, .taskDecided,
                .taskHeld,
                .taskExpired, .taskWithdrawn, .taskChanged:
                5
            case .timedOut: 7
            case .overloaded, .unavailable, .cancelled, .storeUntrusted: 8
            }
        }
    }

    /// One of the things that are wrong.
    public struct Detail: Sendable, Hashable {
        /// A JSON pointer into what was sent, or the place in a file.
        public let pointer: String
        /// What is wrong there.
        public let detail: String

        /// For operations and adapters of your own.
        public init(pointer: String, detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    /// What is wrong, for programs.
    public let code: Code
    /// One sentence: what is wrong.
    public let message: String
    /// One sentence: what to do about it.
    public let fix: String?
    /// Where it is wrong, as far as that can be said; empty otherwise.
    public let errors: [Detail]

    /// What was to be changed is not any more as whoever asked had seen it, whatever the code says (412 of `If-Match`).
    package private(set) var isStale = false

    package init(_ code: Code, _ message: String, fix: String? = nil, isStale: Bool) {
        self.init(code, message, fix: fix)
        self.isStale = isStale
    }

    package var httpStatus: Int { isStale ? 412 : code.httpStatus }

    public init(_ code: Code, _ message: String, fix: String? = nil, errors: [Detail] = []) {
        self.code = code
        self.message = message
        self.fix = fix
        self.errors = errors
    }

    package init(_ code: Code, _ message: String, fix: String? = nil, violations: [Violation]) {
        self.init(
            code, message, fix: fix,
            errors: violations.map { Detail(pointer: $0.pointer, detail: $0.detail) })
    }
}
