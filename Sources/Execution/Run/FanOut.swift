import Values

/// Where a fan-out is: small, whatever the number of its members.
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
    /// The first that failed, up to `maximumFailures`: what a person may have tried again.
    package var failures: [Member] = []
    /// Failed ones that are to be started again.
    package var again: [Member] = []
    /// For the one who asks why: the first failure.
    package var firstError: CallError?

    package init() {}

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
