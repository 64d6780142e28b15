import Values

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
