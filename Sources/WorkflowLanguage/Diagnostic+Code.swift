extension Diagnostic {
    /// Stable names of what can be said; tools may rely on them.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        // The text.
        case yamlSyntax = "yaml-syntax"
        case yamlSize = "yaml-size"
        case yamlDepth = "yaml-depth"
        case yamlCharacter = "yaml-character"
        case yamlDuplicateKey = "yaml-duplicate-key"
        case yamlAlias = "yaml-alias"
        case yamlTag = "yaml-tag"
        case yamlMergeKey = "yaml-merge-key"
        case yamlDocuments = "yaml-documents"
        case yamlEmpty = "yaml-empty"
        case yamlKey = "yaml-key"
        case numberRange = "number-range"

        // Words and values.
        case wrongKind = "wrong-kind"
        case unknownWord = "unknown-word"
        case missingWord = "missing-word"
        case misplacedWord = "misplaced-word"
        case unsupported
        case invalidValue = "invalid-value"
        case invalidName = "invalid-name"
        case invalidDuration = "invalid-duration"
        case invalidTimestamp = "invalid-timestamp"
        case invalidSchema = "invalid-schema"
        case invalidExpression = "invalid-expression"
        case wrappedExpression = "wrapped-expression"
        case unknownReference = "unknown-reference"
        case optionalMember = "optional-member"
        case mayBeNull = "may-be-null"
        case typeMismatch = "type-mismatch"
        case forgottenBraces = "forgotten-braces"

        // The chart.
        case unknownTarget = "unknown-target"
        case missingInitial = "missing-initial"
        case emptyState = "empty-state"
        case finalRegion = "final-region"
        case chartSize = "chart-size"
        case unknownEvent = "unknown-event"
        case reservedEvent = "reserved-event"
        case unknownContext = "unknown-context"
        case unknownMail = "unknown-mail"
        case unknownRetry = "unknown-retry"
        case unknownPerson = "unknown-person"
        case missingPersons = "missing-persons"
        case invalidInvoke = "invalid-invoke"

        // Lints.
        case unreachableState = "unreachable-state"
        case stuckState = "stuck-state"
        case endlessAlways = "endless-always"
        case parallelAssign = "parallel-assign"
        case reenteredRegion = "reentered-region"
        case startsAgain = "starts-again"
        case shadowedTransition = "shadowed-transition"
        case unusedEvent = "unused-event"
        case unheardRaise = "unheard-raise"
        case startEventAsTransition = "start-event-as-transition"

        // Across files.
        case unknownTask = "unknown-task"
        case unknownWorkflow = "unknown-workflow"
        case missingInput = "missing-input"
        case unknownInput = "unknown-input"
        case unknownError = "unknown-error"
        case unreceivedEvent = "unreceived-event"
        case rejectedEffect = "rejected-effect"
        case shortRetention = "short-retention"
        case duplicateWorkflow = "duplicate-workflow"
        case duplicateAdapter = "duplicate-adapter"

        // Calendars.
        case invalidCalendar = "invalid-calendar"
        case calendarEnds = "calendar-ends"
        case unknownCalendar = "unknown-calendar"
        case missingZone = "missing-zone"

        // Adapters.
        case literalSecret = "literal-secret"
        case invalidRate = "invalid-rate"
        case invalidStatus = "invalid-status"
        case unknownOperation = "unknown-operation"
        case undeclaredOutput = "undeclared-output"
        case undeclaredErrors = "undeclared-errors"
    }
}
