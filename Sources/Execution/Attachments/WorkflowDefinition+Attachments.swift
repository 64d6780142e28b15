import Definition
import Values

/// Where an input speaks of attachments: wherever its schema says `format: attachment`. What its schema refuses holds none;
/// `decide` says what is wrong with it.
extension WorkflowDefinition {
    package func attachments(ofStartWith input: Value) -> [FoundAttachment] {
        Self.attachments(in: input, by: self.input)
    }

    package func attachments(in event: InboundEvent) -> [FoundAttachment] {
        guard let declaration = self.event(named: event.name) else { return [] }
        return Self.attachments(in: event.data, by: declaration.data)
    }

    /// Of an event or a decision; nothing else brings any.
    package func attachments(in input: Input, of run: Run) -> [FoundAttachment] {
        switch input {
        case .event(let event): return attachments(in: event)
        case .task(let request):
            guard case .decide(let decision) = request.action else { return [] }
            let open = run.activations.filter { $0.task != nil }
            let activation =
                request.number == nil && open.count == 1
                ? open.first : open.first { $0.number == request.number }
            let outcome = activation.flatMap { userTask(of: $0) }?.outcome(named: decision.outcome)
            guard let outcome else { return [] }
            return Self.attachments(in: decision.form, by: outcome.form).map {
                FoundAttachment(pointer: "/form" + $0.pointer, attachment: $0.attachment)
            }
        case .proceed, .eventRefused, .timer, .local, .localConflict, .answer, .childEnded,
            .childRefused, .cancel, .operate, .holdWithWorkflow, .releaseWithWorkflow,
            .releaseMoney,
            .park:
            return []
        }
    }

    private static func attachments(in value: Value, by schema: Schema) -> [FoundAttachment] {
        guard schema.mayHoldAttachments, case .valid(let decoded) = schema.decode(value) else {
            return []
        }
        return schema.attachments(in: decoded)
    }
}

extension Draft {
    /// From now on these are the instance's, whatever becomes of them in its context: its history speaks of them.
    mutating func refer(to found: [FoundAttachment]) {
        for item in found where !run.attachments.contains(item.attachment.sha256) {
            run.attachments.append(item.attachment.sha256)
            markChanged()
        }
    }

    /// What was refused or came to nothing makes no reference.
    var hasTakenInput: Bool {
        guard case .receipt(let receipt) = reply else { return false }
        return switch receipt.outcome {
        case .applied, .kept, .held: true
        case .ignored, .rejected, .duplicate: false
        }
    }
}
