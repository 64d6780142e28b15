import Values

/// What is refused, in terms that people and programs can act on (RFC 9457's problem details).
package struct Problem: Error, Sendable, Hashable {
    /// The one table from what happened to what HTTP and the shell say.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case malformed
        case invalid
        case unknownWorkflow = "unknown-workflow"
        case unknownInstance = "unknown-instance"
        case unknownEvent = "unknown-event"
        case unknownState = "unknown-state"
        case notFound = "not-found"
        case forbidden
        case keyConflict = "key-conflict"
        case eventConflict = "event-conflict"
        case instanceEnded = "instance-ended"
        case notApplicable = "not-applicable"
        /// What was asked for leads to a step whose expression fails.
        case stepFailed = "step-failed"
        case tooLarge = "too-large"
        case overloaded
        case unavailable
        case timedOut = "timed-out"
        case internalError = "internal-error"

        package var httpStatus: Int {
            switch self {
            case .malformed: 400
            case .invalid, .unknownState, .stepFailed: 422
            case .unknownWorkflow, .unknownInstance, .unknownEvent, .notFound: 404
            case .forbidden: 403
            case .keyConflict, .eventConflict, .instanceEnded, .notApplicable: 409
            case .tooLarge: 413
            case .overloaded: 429
            case .unavailable: 503
            case .timedOut: 504
            case .internalError: 500
            }
        }

        /// Of `pawl`: 1 refused, 3 not found, 4 auth, 5 conflict, 7 timed out, 8 unreachable, 64 usage.
        package var exitStatus: Int32 {
            switch self {
            case .malformed, .invalid, .unknownState, .stepFailed, .tooLarge, .internalError: 1
            case .unknownWorkflow, .unknownInstance, .unknownEvent, .notFound: 3
            case .forbidden: 4
            case .keyConflict, .eventConflict, .instanceEnded, .notApplicable: 5
            case .timedOut: 7
            case .overloaded, .unavailable: 8
            }
        }
    }

    package struct Detail: Sendable, Hashable {
        /// A JSON pointer into what was sent.
        package let pointer: String
        package let detail: String

        package init(pointer: String, detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    package let code: Code
    /// One sentence: what is wrong.
    package let message: String
    /// One sentence: what to do about it.
    package let fix: String?
    package let errors: [Detail]

    package init(_ code: Code, _ message: String, fix: String? = nil, errors: [Detail] = []) {
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
