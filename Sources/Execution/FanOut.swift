import CEL
import Statechart

/// One invocation for each item: of a list, or of the pages that a local operation gives.
package struct ForEach: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        /// Over the workflow's names.
        case list(Template)
        /// A local operation that takes `{…input, after, count}` and gives `{items, next}`; `next` is null at the end.
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
