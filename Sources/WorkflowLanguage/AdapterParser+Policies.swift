import Definition

extension AdapterParser {
    mutating func limits(_ node: YAMLNode?) -> AdapterLimits {
        let standard = AdapterLimits()
        guard let node else { return standard }
        let fields = reader.fields(
            node, of: "'limits'",
            words: ["concurrency", "rate", "timeout", "maximumResponseBytes"])
        return AdapterLimits(
            concurrency: reader.integer(fields["concurrency"], "'concurrency'", minimum: 1)
                ?? standard.concurrency,
            ratePerSecond: reader.rate(fields["rate"]),
            timeout: reader.duration(fields["timeout"], "'timeout'") ?? standard.timeout,
            maximumResponseBytes: responseBytes(fields["maximumResponseBytes"])
                ?? standard.maximumResponseBytes)
    }

    /// An answer is held in memory, once for each call under way.
    private mutating func responseBytes(_ node: YAMLNode?) -> Int? {
        let limit = 16 << 20
        guard let bytes = reader.integer(node, "'maximumResponseBytes'", minimum: 1), let node
        else { return nil }
        guard bytes <= limit else {
            reader.error(
                .invalidValue, "'maximumResponseBytes' is at most \(limit) (16 MiB)", at: node)
            return nil
        }
        return bytes
    }

    mutating func breaker(_ node: YAMLNode?) -> BreakerPolicy? {
        guard let node else { return nil }
        let fields = reader.fields(
            node, of: "'breaker'", words: ["window", "failureRate", "minimumCalls", "openFor"])
        return BreakerPolicy(
            window: reader.duration(fields["window"], "'window'") ?? .seconds(30),
            failureRate: reader.number(fields["failureRate"], "'failureRate'", in: 0...1) ?? 0.5,
            minimumCalls: reader.integer(fields["minimumCalls"], "'minimumCalls'", minimum: 1)
                ?? 20,
            openFor: reader.duration(fields["openFor"], "'openFor'") ?? .seconds(15))
    }

    mutating func idempotency(_ node: YAMLNode?) -> Idempotency? {
        guard let node else { return nil }
        let fields = reader.fields(node, of: "'idempotency'", words: ["header", "keyRetention"])
        let retention = reader.duration(
            reader.required("keyRetention", in: fields, of: "'idempotency'"), "'keyRetention'")
        let header = reader.string(fields["header"], "'header'")
        return retention.map { Idempotency(header: header, keyRetention: $0) }
    }
}
