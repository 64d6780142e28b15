import Definition
import Values

/// Which conditions, or alerts, are meant: all that is named must be so.
package struct Matcher: Sendable, Hashable {
    /// Empty: any.
    package var kinds: Set<Condition.Kind> = []
    package var workflow: String?
    package var adapter: String?
    /// A cause; `*` stands for any text.
    package var cause: String?

    package init() {}

    package func matches(
        kind: Condition.Kind, workflows: [ExactText], adapter: String?, cause: String?
    ) -> Bool {
        guard kinds.isEmpty || kinds.contains(kind) else { return false }
        if let workflow = self.workflow, !workflows.contains(ExactText(workflow)) { return false }
        if let own = self.adapter, !sameUTF8(own, adapter) { return false }
        if let pattern = self.cause {
            guard let cause, Self.fits(cause, pattern) else { return false }
        }
        return true
    }

    /// Greedy from the left: the first piece begins the text, the last ends it, those between follow one another.
    private static func fits(_ text: String, _ pattern: String) -> Bool {
        var rest = Array(text.utf8)[...]
        let pieces = Array(pattern.utf8).split(
            separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard let first = pieces.first, rest.starts(with: first) else { return false }
        guard pieces.count > 1, let last = pieces.last else { return rest.count == first.count }
        rest = rest.dropFirst(first.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}

/// Who is told of what, how soon and how often.
package struct AlertRule: Sendable, Hashable {
    package var matcher = Matcher()
    /// How long it must have been so; as in Prometheus.
    package var hold = Duration.zero
    /// Said again after that, as long as it is so and nobody has acknowledged it; zero: never.
    package var again = Duration.seconds(4 * 3_600)
    /// Names of receivers.
    package var receivers: [ExactText]

    package init(to receivers: [ExactText]) { self.receivers = receivers }
}

/// Where messages go.
package struct AlertReceiver: Sendable, Hashable {
    package enum Way: Sendable, Hashable {
        /// Standard Webhooks; the secret is `whsec_` and base64.
        case webhook(url: Setting, secret: Setting)
        /// - adapter: the one that mails; nil: the project's own.
        case mail(adapter: String?, to: [String])
    }

    package let name: ExactText
    package let way: Way
    /// Whether it is told when something is over.
    package var sendsResolved: Bool

    package init(_ name: ExactText, _ way: Way, sendsResolved: Bool = true) {
        self.name = name
        self.way = way
        self.sendsResolved = sendsResolved
    }

    /// What is sent for one message: one delivery each, so that no mailbox is served twice because of another.
    package var addresses: [String?] {
        switch way {
        case .webhook: [nil]
        case .mail(_, let to): to
        }
    }
}

/// `alerts` in `pawl.yaml`.
package struct AlertConfiguration: Sendable, Hashable {
    package var receivers: [AlertReceiver] = []
    package var rules: [AlertRule] = []
    /// What has the same cause and comes within this time of the first is one message.
    package var groupWait = Duration.seconds(1)
    /// It is over when it has been gone that long: what comes back at once has not been over.
    package var keepFiring = Duration.seconds(10)
    /// Timers that are decided so much later than they were due are late.
    package var timersLate = Duration.seconds(60)
    /// A disk with less room than this is worth waking somebody.
    package var diskRoom: Int64 = 1 << 30

    package init() {}

    /// Without a rule everybody is told of everything.
    package var effectiveRules: [AlertRule] {
        rules.isEmpty && !receivers.isEmpty ? [AlertRule(to: receivers.map(\.name))] : rules
    }

    package func receiver(_ name: ExactText) -> AlertReceiver? {
        receivers.first { $0.name == name }
    }
}
