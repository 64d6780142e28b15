import Values

/// The port for what a business lets people read of its records: accounts, documents, what a run would do.
///
/// It reads and writes nothing. Who may read what, it says itself: of what somebody may not see there is none.
package protocol StatementMaker: Sendable {
    /// In the order of lists.
    var kinds: [StatementKind] { get }

    /// - Parameter read: the records at one moment.
    /// - Throws: what `read` threw, whatever the business made of it.
    func make(
        _ query: StatementQuery, read: @escaping RecordReader
    ) throws(StoreError) -> StatementAnswer
}

package struct StatementKind: Sendable, Hashable {
    /// The first part of its address.
    @ExactText package private(set) var name: String
    /// For people, one sentence.
    package let abstract: String

    package init(name: String, abstract: String) {
        self.name = name
        self.abstract = abstract
    }
}

package struct StatementQuery: Sendable, Hashable {
    package enum Form: Sendable, Hashable {
        case data
        /// As a page of HTML, the way it was issued.
        case document
    }

    package var kind: String
    package var id: String
    /// Half open; nil: from the first, to the last.
    package var from: Timestamp?
    package var until: Timestamp?
    /// A number that a statement named: made of nothing later.
    package var asOf: Int64?
    /// Where the page before ended, as it said itself.
    package var after: String?
    package var limit: Int
    package var reader: Actor
    package var form: Form
    package var now: Timestamp
    /// Of the workflows that start by the clock.
    package var spans: [RunningSpan] = []
    /// Those that an instance of each workflow would start with.
    package var params: [ExactText: Value] = [:]

    package init(
        kind: String, id: String, from: Timestamp? = nil, until: Timestamp? = nil,
        asOf: Int64? = nil, after: String? = nil, limit: Int = 200, reader: Actor,
        form: Form = .data, now: Timestamp
    ) {
        self.kind = kind
        self.id = id
        self.from = from
        self.until = until
        self.asOf = asOf
        self.after = after
        self.limit = limit
        self.reader = reader
        self.form = form
        self.now = now
    }
}

/// The time that the next occurrence of a workflow's schedule will cover.
package struct RunningSpan: Sendable, Hashable {
    package let workflow: String
    /// Where the last occurrence ended; nil: there was none.
    package let from: Timestamp?
    /// nil: there will be none.
    package let until: Timestamp?
    /// Of the instance that the next occurrence starts.
    package let key: String?

    package init(workflow: String, from: Timestamp?, until: Timestamp?, key: String? = nil) {
        self.workflow = workflow
        self.from = from
        self.until = until
        self.key = key
    }
}

package enum StatementAnswer: Sendable, Hashable {
    /// Its members, without kind and id.
    case data(ValueMap)
    /// HTML.
    case document(String)
    /// There is none of that kind and id, or not for this reader.
    case unknown
    /// What was asked for does not fit.
    case refused(String)
    /// The business is wrong itself. What is, in one sentence.
    case broken(String)
}

/// Of a business that has none.
package struct NoStatements: StatementMaker {
    package init() {}

    package var kinds: [StatementKind] { [] }

    package func make(
        _ query: StatementQuery, read: @escaping RecordReader
    ) -> StatementAnswer { .unknown }
}
