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
