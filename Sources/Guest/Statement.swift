import Values

/// What people may read of a business's records, by kind and id: an account with what moved it, a document that was
/// issued, a run that is only tried.
///
/// A pure function like an operation, which reads records as it goes and writes none: whatever it reads is of one moment,
/// and nobody waits for it. So it may be long, but for the time that who asked waits.
public protocol Statement: Sendable {
    /// The first part of its address, `reader` of `reader/r-7`: lower case with hyphens.
    var kind: String { get }
    /// What it tells, in one sentence, for lists.
    var abstract: String { get }

    /// Whether somebody may see it. Who may not is told that there is none, and so is who asks for what is not there.
    func mayBeRead(
        _ id: String, by reader: Reader, _ records: inout Records
    ) throws(Refusal) -> Bool

    /// - Returns: nil when there is none of that id.
    /// - Throws: what does not fit in the request.
    func make(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> StatementPage?

    /// As HTML, the way it was issued; what is issued once is kept and never made anew.
    /// - Returns: nil when there is no such document.
    func document(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> Markup?
}

extension Statement {
    public func document(
        _ request: StatementRequest, _ records: inout Records
    ) throws(Refusal) -> Markup? { nil }
}

/// Who reads: `reader/r-7`.
public struct Reader: Sendable, Hashable, CustomStringConvertible {
    @ExactText public private(set) var role: String
    @ExactText public private(set) var subject: String

    public init(role: String, subject: String) {
        self.role = role
        self.subject = subject
    }

    /// Whoever runs the engine sees all that there is.
    public var runsTheEngine: Bool { sameUTF8(role, "operator") }

    public var description: String { "\(role)/\(subject)" }
}

/// Which part of a statement is wanted.
public struct StatementRequest: Sendable, Hashable {
    @ExactText public private(set) var id: String
    /// Half open: `[from, until)`; nil: from the first, to the last.
    public let from: Timestamp?
    public let until: Timestamp?
    /// A number that a statement named: made of nothing later, it is the same to the byte. nil: of all there is.
    public let asOf: Int64?
    /// ``StatementPage/next`` of the page before; nil: the first one.
    public let after: String?
    /// Of rows on a page.
    public let limit: Int
    public let reader: Reader
    /// The only time there is.
    public let now: Timestamp
    /// What the next occurrence of a workflow's schedule will cover, by the workflow.
    public let spans: [ExactText: Span]

    /// From where the last occurrence of a schedule ended to where the next one will.
    public struct Span: Sendable, Hashable {
        /// nil: there was none.
        public let from: Timestamp?
        /// nil: there will be none.
        public let until: Timestamp?
        /// Of the instance that the next one starts; nil: there will be none.
        public let key: String?

        public init(from: Timestamp?, until: Timestamp?, key: String? = nil) {
            self.from = from
            self.until = until
            self.key = key
        }
    }

    /// What an instance of a workflow would start with, by the workflow: its params, as this installation has set them.
    public let params: [ExactText: Value]

    public init(
        id: String, from: Timestamp? = nil, until: Timestamp? = nil, asOf: Int64? = nil,
        after: String? = nil, limit: Int = 200, reader: Reader, now: Timestamp,
        spans: [ExactText: Span] = [:], params: [ExactText: Value] = [:]
    ) {
        self.spans = spans
        self.params = params
        self.from = from
        self.until = until
        self.asOf = asOf
        self.after = after
        self.limit = limit
        self.reader = reader
        self.now = now
        self.id = id
    }
}

/// A statement, or a page of it.
public struct StatementPage: Sendable, Hashable {
    /// How far it looked; the number to ask for again.
    public var asOf: Int64?
    /// In the order in which people read them; amounts are `{minor, currency, text}`.
    public var members: ValueMap
    /// The member that is paged.
    public var list: String?
    /// How many rows that has, on whatever page.
    public var total: Int64?
    /// Where the next page begins; nil: this is the last one.
    public var next: String?

    /// Of one page.
    public init(asOf: Int64? = nil, _ members: ValueMap) {
        self.asOf = asOf
        self.members = members
    }

    /// - Parameter list: the member of which this is a page.
    public init(
        asOf: Int64? = nil, _ members: ValueMap, list: String, total: Int64, next: String?
    ) {
        self.init(asOf: asOf, members)
        self.list = list
        self.total = total
        self.next = next
    }
}
