import Values

extension Run {
    /// What most runs do not have at most times, behind one reference: a run is copied with every decision.
    ///
    /// It is empty whenever all of it is as it was at the start, so that runs that are the same are equal.
    struct Exceptional: Sendable, Hashable {
        private struct Content: Sendable, Hashable {
            var report: Value?
            var kept = KeptEvents()
            var pause: Pause?
            var workflowHold: Int64?
            var held = HeldInputs()
            var closedTasks = ClosedTasks()
            var incidents = Incidents()
            var lastFailure: CaughtError?
            var lastIgnored: IgnoredEvent?
            var attachments: [ContentHash] = []
            var erased: [ErasedFor] = []
        }

        /// None or one.
        private var content: [Content] = []

        private mutating func change(_ change: (inout Content) -> Void) {
            if content.isEmpty { content = [Content()] }
            change(&content[0])
            if content[0] == Content() { content = [] }
        }

        var report: Value? {
            get { content.isEmpty ? nil : content[0].report }
            set { change { $0.report = newValue } }
        }

        var kept: KeptEvents {
            get { content.isEmpty ? KeptEvents() : content[0].kept }
            set { change { $0.kept = newValue } }
        }

        var pause: Pause? {
            get { content.isEmpty ? nil : content[0].pause }
            set {
                guard newValue != nil || !content.isEmpty else { return }
                change { $0.pause = newValue }
            }
        }

        var workflowHold: Int64? {
            get { content.isEmpty ? nil : content[0].workflowHold }
            set {
                guard newValue != nil || !content.isEmpty else { return }
                change { $0.workflowHold = newValue }
            }
        }

        var held: HeldInputs {
            get { content.isEmpty ? HeldInputs() : content[0].held }
            set { change { $0.held = newValue } }
        }

        var closedTasks: ClosedTasks {
            get { content.isEmpty ? ClosedTasks() : content[0].closedTasks }
            set { change { $0.closedTasks = newValue } }
        }

        var incidents: Incidents {
            get { content.isEmpty ? Incidents() : content[0].incidents }
            set { change { $0.incidents = newValue } }
        }

        var lastFailure: CaughtError? {
            get { content.isEmpty ? nil : content[0].lastFailure }
            set { change { $0.lastFailure = newValue } }
        }

        var lastIgnored: IgnoredEvent? {
            get { content.isEmpty ? nil : content[0].lastIgnored }
            set {
                guard newValue != nil || !content.isEmpty else { return }
                change { $0.lastIgnored = newValue }
            }
        }

        var attachments: [ContentHash] {
            get { content.isEmpty ? [] : content[0].attachments }
            set { change { $0.attachments = newValue } }
        }

        var erased: [ErasedFor] {
            get { content.isEmpty ? [] : content[0].erased }
            set {
                guard !newValue.isEmpty || !content.isEmpty else { return }
                change { $0.erased = newValue }
            }
        }
    }
}

extension Run {
    /// What its parent was told before its end.
    package internal(set) var report: Value? {
        get { exceptional.report }
        set { exceptional.report = newValue }
    }

    /// Events that no state has taken yet.
    package internal(set) var kept: KeptEvents {
        get { exceptional.kept }
        set { exceptional.kept = newValue }
    }

    /// An operator holds it.
    package internal(set) var pause: Pause? {
        get { exceptional.pause }
        set { exceptional.pause = newValue }
    }

    /// It is held with its workflow, since the entry of the history that has this number.
    package internal(set) var workflowHold: Int64? {
        get { exceptional.workflowHold }
        set { exceptional.workflowHold = newValue }
    }

    /// A person holds it, by itself or with its workflow: nothing of it moves.
    package var isPaused: Bool { pause != nil || workflowHold != nil }

    /// What came while it was paused or stopped, in order.
    package internal(set) var held: HeldInputs {
        get { exceptional.held }
        set { exceptional.held = newValue }
    }

    /// What became of its last tasks.
    package internal(set) var closedTasks: ClosedTasks {
        get { exceptional.closedTasks }
        set { exceptional.closedTasks = newValue }
    }

    /// What needs a person.
    package internal(set) var incidents: Incidents {
        get { exceptional.incidents }
        set { exceptional.incidents = newValue }
    }

    /// The last failure of a call or child that some state took, for who asks how it came here.
    package internal(set) var lastFailure: CaughtError? {
        get { exceptional.lastFailure }
        set { exceptional.lastFailure = newValue }
    }

    /// Content that its input, its events or its decisions spoke of, in order.
    package internal(set) var attachments: [ContentHash] {
        get { exceptional.attachments }
        set { exceptional.attachments = newValue }
    }

    /// For whom it was erased.
    package internal(set) var erased: [ErasedFor] {
        get { exceptional.erased }
        set { exceptional.erased = newValue }
    }

    /// The last event that came while every guard was false, for the blocker.
    package internal(set) var lastIgnored: IgnoredEvent? {
        get { exceptional.lastIgnored }
        set { exceptional.lastIgnored = newValue }
    }
}
