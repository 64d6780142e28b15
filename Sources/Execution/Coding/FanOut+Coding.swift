import Values

extension FanOut: ValueCodable {
    package var encoded: Value {
        var map = counts
        if !items.isEmpty { map["items"] = .list(items) }
        if !cursor.isNull { map["cursor"] = cursor }
        if isAtEnd { map["isAtEnd"] = true }
        if !failures.isEmpty { map["failures"] = .list(failures.map(\.encoded)) }
        if !again.isEmpty { map["again"] = .list(again.map(\.encoded)) }
        map.set("firstError", firstError?.encoded)
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        items = fields.optional("items")?.listValue ?? []
        cursor = fields.optional("cursor") ?? .null
        isAtEnd = try fields.flag("isAtEnd")
        started = try fields.int64("started")
        completed = try fields.int64("completed")
        failed = try fields.int64("failed")
        cancelled = try fields.int64("cancelled")
        failures = try fields.decodeList("failures")
        again = try fields.decodeList("again")
        firstError = try fields.decodeOptional("firstError")
    }
}

extension FanOut.Member: ValueCodable {
    package var encoded: Value { [.int(number), item] }

    package init(decoding value: Value) throws(DecodingFailure) {
        guard let number = value[0]?.intValue, let item = value[1] else {
            throw DecodingFailure(message: "a number and an item are expected")
        }
        self.init(number: number, item: item)
    }
}

extension Membership: ValueCodable {
    package var encoded: Value { [.int(fanOut), member.encoded] }

    package init(decoding value: Value) throws(DecodingFailure) {
        guard let fanOut = value[0]?.intValue, let member = value[1] else {
            throw DecodingFailure(message: "a fan-out and a member are expected")
        }
        self.init(fanOut: fanOut, member: try FanOut.Member(decoding: member))
    }
}
