import Values

/// A member of a fan-out that is done: the record of its outcome. Those under way are activations of the run, so that
/// the run grows with the concurrency and not with the members.
package struct MemberRow: Sendable, Hashable {
    /// How a member ended.
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case completed
        case failed
        /// Called off because the others were enough, or because its state was left.
        case cancelled
    }

    package let instance: InstanceID
    /// The fan-out's own.
    package let activation: Int64
    /// From 1, in the order of the items.
    package let number: Int64
    package let status: Status
    /// The child's name or the call's key.
    package let key: String
    package let output: Value
    package let error: CallError?

    package init(
        instance: InstanceID, activation: Int64, number: Int64, status: Status, key: String,
        output: Value, error: CallError?
    ) {
        self.instance = instance
        self.activation = activation
        self.number = number
        self.status = status
        self.key = key
        self.output = output
        self.error = error
    }
}

/// A page of the members of one fan-out, in their order.
package struct MemberQuery: Sendable, Hashable {
    package let instance: InstanceID
    package let activation: Int64
    /// nil: all.
    package let status: MemberRow.Status?
    /// Numbers above this one.
    package let after: Int64
    package let count: Int

    package init(
        instance: InstanceID, activation: Int64, status: MemberRow.Status? = nil, after: Int64 = 0,
        count: Int
    ) {
        self.instance = instance
        self.activation = activation
        self.status = status
        self.after = after
        self.count = count
    }
}

/// What a store keeps besides the columns by which members are found.
package struct MemberOutcome: Sendable, Hashable, ValueCodable {
    package let key: String
    package let output: Value
    package let error: CallError?

    package init(_ row: MemberRow) {
        key = row.key
        output = row.output.plain
        error = row.error
    }

    package var encoded: Value {
        var map: ValueMap = ["key": .string(key)]
        if !output.isNull { map["output"] = output }
        map.set("error", error?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        key = try fields.string("key")
        output = fields.optional("output") ?? .null
        error = try fields.decodeOptional("error")
    }
}

extension MemberRow {
    /// As a store read it.
    package init(
        _ query: MemberQuery, number: Int64, status: Status, outcome: MemberOutcome
    ) {
        self.init(
            instance: query.instance, activation: query.activation, number: number, status: status,
            key: outcome.key, output: outcome.output, error: outcome.error)
    }
}
