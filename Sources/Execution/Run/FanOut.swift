import Sabotage
import Values

/// Where a fan-out is: small, whatever the number of its members.
///
/// Items are read ahead page by page, in `items`, and leave it one by one as members start. What is done is only counted,
/// except for the first failures, which a person may have tried again.
package struct FanOut: Sendable, Hashable {
    /// An item with its number among the members, from 1.
    package struct Member: Sendable, Hashable {
        package let number: Int64
        package let item: Value

        package init(number: Int64, item: Value) {
            self.number = number
            self.item = item
        }
    }

    /// Items that have been read and not started.
    package private(set) var items: [Value]
    /// Where the next page begins; null: at the beginning.
    package private(set) var cursor: Value = .null
    /// There is nothing left to read.
    package private(set) var isAtEnd: Bool
    /// Members started so far: the next one's number less one.
    package private(set) var started: Int64 = 0
    package private(set) var completed: Int64 = 0
    package private(set) var failed: Int64 = 0
    package private(set) var cancelled: Int64 = 0
    /// The first that failed, up to `maximumFailures`: what a person may have tried again.
    package private(set) var failures: [Member] = []
    /// Failed ones that are to be started again.
    package private(set) var again: [Member] = []
    /// For the one who asks why: the first failure.
    package private(set) var firstError: CallError?

    /// Over items that are read page by page.
    package init() {
        items = []
        isAtEnd = false
    }

    /// Over items that are all here.
    init(items: [Value]) {
        self.items = items
        isAtEnd = true
    }

    /// Of which the items are kept.
    package static let maximumFailures = 100
    /// Items that a page is asked for.
    package static let page = 100
    /// Items of one page, which the run carries until they are started.
    package static let maximumPage = 1000

    package var done: Int64 { completed + failed + cancelled }
    /// The items of all failed ones are known.
    package var canTryAgain: Bool { failed > 0 && Int64(failures.count) == failed }

    /// What `onDone` and the history get.
    package var counts: ValueMap {
        [
            "started": .int(started), "completed": .int(completed), "failed": .int(failed),
            "cancelled": .int(cancelled),
        ]
    }

    // MARK: Rules

    /// Those that are tried again come first, under the numbers that they had.
    mutating func takeNext() -> Member? {
        if !again.isEmpty { return again.removeFirst() }
        guard !items.isEmpty else { return nil }
        started += 1
        return Member(number: started, item: items.removeFirst())
    }

    /// A page came: its items are read ahead.
    /// - Parameter next: where the page after it begins; null: it was the last one.
    mutating func take(page: [Value], next: Value) {
        items += isMutant(.itemOfPageForgotten) ? page.dropLast() : page
        cursor = next
        isAtEnd = next.isNull
    }

    mutating func note(_ status: MemberRow.Status, of member: Member, _ error: CallError?) {
        switch status {
        case .completed: completed += 1
        case .failed:
            failed += 1
            firstError = firstError ?? error
            if failures.count < Self.maximumFailures { failures.append(member) }
        case .cancelled: cancelled += 1
        }
    }

    /// What failed is started again; what is done stays done.
    mutating func restartFailed() {
        again = failures
        failures = []
        failed = 0
        firstError = nil
    }
}

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

/// Which member of which fan-out an activation is.
package struct Membership: Sendable, Hashable {
    package let fanOut: Int64
    package let member: FanOut.Member

    package init(fanOut: Int64, member: FanOut.Member) {
        self.fanOut = fanOut
        self.member = member
    }

    package var number: Int64 { member.number }
}
