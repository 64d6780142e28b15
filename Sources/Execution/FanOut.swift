import CEL
import Statechart

/// One invocation for each item: of a list, or of the pages that a local operation gives.
package struct ForEach: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        /// Over the workflow's names.
        case list(Template)
        /// A local operation that takes `{…input, after}` and gives `{items, next}`; `next` is null at the end.
        case pages(adapter: String, operation: String, input: Template)
    }

    package let source: Source
    /// Members under way at a time.
    package let concurrency: Int
    /// Members that are enough; nil: all.
    package let quorum: Int?
    /// Failures up to which `onDone` is taken.
    package let tolerate: Int
    package let location: SourceLocation

    package init(
        source: Source, concurrency: Int, quorum: Int?, tolerate: Int, location: SourceLocation
    ) {
        self.source = source
        self.concurrency = concurrency
        self.quorum = quorum
        self.tolerate = tolerate
        self.location = location
    }

    package static let standardConcurrency = 10
    /// Members under way are part of the instance's row.
    package static let maximumConcurrency = 100
}

/// Where a fan-out is: small, whatever the number of its members.
package struct FanOut: Sendable, Hashable {
    /// Items that have been read and not started.
    package var items: [Value] = []
    /// Where the next page begins; null: at the beginning.
    package var cursor: Value = .null
    /// There is nothing left to read.
    package var isAtEnd = false
    /// Members started so far: the next one's number less one.
    package var started: Int64 = 0
    package var completed: Int64 = 0
    package var failed: Int64 = 0
    package var cancelled: Int64 = 0
    /// For the one who asks why: the first failure.
    package var firstError: CallError?

    package init() {}

    package var done: Int64 { completed + failed + cancelled }
}

/// Which member of which fan-out an activation is.
package struct Membership: Sendable, Hashable {
    package let fanOut: Int64
    package let number: Int64

    package init(fanOut: Int64, number: Int64) {
        self.fanOut = fanOut
        self.number = number
    }
}

extension FanOut: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "started": .int(started), "completed": .int(completed), "failed": .int(failed),
            "cancelled": .int(cancelled),
        ]
        if !items.isEmpty { map["items"] = .list(items) }
        if !cursor.isNull { map["cursor"] = cursor }
        if isAtEnd { map["isAtEnd"] = true }
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
        firstError = try fields.decodeOptional("firstError")
    }
}

extension Membership: ValueCodable {
    package var encoded: Value { [.int(fanOut), .int(number)] }

    package init(decoding value: Value) throws(DecodingFailure) {
        guard let fanOut = value[0]?.intValue, let number = value[1]?.intValue else {
            throw DecodingFailure(message: "a fan-out and a number are expected")
        }
        self.init(fanOut: fanOut, number: number)
    }
}
