import Definition

/// Retry policies: named, written in place, or a named one with changes.
extension WorkflowParser {
    static let policyWords = [
        "maximumAttempts", "initialInterval", "backoffCoefficient", "maximumInterval", "jitter",
        "maximumElapsed", "nonRetryableErrors",
    ]

    mutating func policy(_ node: YAMLNode, over base: RetryPolicy) -> RetryPolicy {
        let fields = reader.fields(node, of: "a retry policy", words: Self.policyWords)
        return policy(fields, over: base)
    }

    /// The value of an invoke's `retry`.
    mutating func retry(_ node: YAMLNode?) -> RetryPolicy {
        guard let node else { return .standard }
        guard node.isMap else { return namedPolicy(node) }
        let fields = reader.fields(node, of: "'retry'", words: ["use"] + Self.policyWords)
        let base = fields["use"].map { namedPolicy($0) } ?? .standard
        return policy(fields, over: base)
    }

    private mutating func namedPolicy(_ node: YAMLNode) -> RetryPolicy {
        if let found = declared.retries.first(where: { $0.name == node.text }) {
            return found.policy
        }
        let hint = Reader.hint(node.text, declared.retries.map(\.name))
        reader.error(
            .unknownRetry, "'retries' declares no '\(node.text)'\(hint)", at: node)
        return .standard
    }

    private mutating func policy(_ fields: Fields, over base: RetryPolicy) -> RetryPolicy {
        RetryPolicy(
            maximumAttempts: reader.integer(
                fields["maximumAttempts"], "'maximumAttempts'", minimum: 0) ?? base.maximumAttempts,
            initialInterval: reader.duration(fields["initialInterval"], "'initialInterval'")
                ?? base.initialInterval,
            backoffCoefficient: reader.number(
                fields["backoffCoefficient"], "'backoffCoefficient'", in: 1...1000)
                ?? base.backoffCoefficient,
            maximumInterval: reader.duration(fields["maximumInterval"], "'maximumInterval'")
                ?? base.maximumInterval,
            jitter: reader.flag(fields["jitter"], "'jitter'") ?? base.jitter,
            maximumElapsed: reader.duration(fields["maximumElapsed"], "'maximumElapsed'")
                ?? base.maximumElapsed,
            nonRetryableErrors: fields.has("nonRetryableErrors")
                ? reader.strings(fields["nonRetryableErrors"], "an error's name")
                : base.nonRetryableErrors)
    }
}
