import Values

/// A fake of one outside service, for `pawl dev`, `pawl test` and `pawl replay`: a value with the time in its hand.
///
/// Whatever a remote knows is in its lines: ``apply(_:)`` alone changes it, and a remote is rebuilt by applying its
/// lines again. The house puts the same value behind a socket with a file (`dev`), or calls it as a function (`test`,
/// `replay`, the simulator); it adds faults, which come between by adapter and operation, so that a remote knows none
/// but a refusal of its own (``RemoteFault/decline``).
public protocol Remote: Sendable {
    associatedtype Line: RemoteLine

    /// The adapter that it plays: the name in `adapters/`, in faults, and of its file.
    static var adapter: String { get }
    /// Where it stands below the sandbox's address, `/notices`: what the adapter's address setting is given.
    static var path: String { get }
    /// What faults can name, and which of them mean something there.
    static var operations: [RemoteOperation] { get }
    /// The operation that a request asks for; nil for questions that only a judge asks, which meet no fault.
    static func operation(of request: RemoteRequest) -> String?

    /// An empty one.
    /// - Parameter credential: the bearer token to ask for; nil: none.
    init(credential: String?)

    /// The refusal of a request that may not be made at all (401), before any fault; nil: it may.
    func refusal(of request: RemoteRequest) -> RemoteResponse?
    /// Does what a request asks for. The same request again must find what the first one did.
    /// - Parameter isDeclining: whether a fault has the service decline.
    mutating func answer(
        _ request: RemoteRequest, now: Timestamp, isDeclining: Bool
    ) -> RemoteResponse

    /// All that it knows, in order. Only ever grows at the end.
    var lines: [Line] { get }
    /// Adds one line; false when it does not follow the last one.
    mutating func apply(_ line: Line) -> Bool

    /// When ``due(now:)`` next has something; nil: it says nothing by itself.
    var nextDue: Timestamp? { get }
    /// Takes the events that are due: each is given out once, and is settled by its id or comes again.
    mutating func due(now: Timestamp) -> [RemoteEvent]
    /// What became of an event; an unknown id changes nothing.
    mutating func settle(eventID: String, as outcome: RemoteEventOutcome, now: Timestamp)

    /// What a person reads of it on the sandbox's first page.
    var overview: RemoteOverview { get }
}

extension Remote {
    public static var path: String { "/" + adapter }

    public func refusal(of request: RemoteRequest) -> RemoteResponse? { nil }

    public var nextDue: Timestamp? { nil }

    public mutating func due(now: Timestamp) -> [RemoteEvent] { [] }

    public mutating func settle(eventID: String, as outcome: RemoteEventOutcome, now: Timestamp) {}

    public var overview: RemoteOverview {
        RemoteOverview(title: Self.adapter, fact: "\(lines.count) lines")
    }

    /// Through a box `lines` would be copied whole.
    package var lineCount: Int { lines.count }

    /// The lines from a place on, as they stand in its file.
    package func journal(from count: Int) -> [Value] { lines.dropFirst(count).map(\.value) }

    /// Takes a line of its file; false when it cannot be read or does not follow the last one.
    package mutating func restore(_ value: Value) -> Bool {
        guard let line = Line(value: value) else { return false }
        return apply(line)
    }
}

/// One line of a remote's file: JSON that it can be read from again.
public protocol RemoteLine: Sendable, Hashable {
    init?(value: Value)
    /// A map.
    var value: Value { get }
}

/// What can go wrong with a service. Except `latency`, `lostReply` and `refusedRepeat`, a fault takes the place of the
/// effect.
public enum RemoteFault: String, Sendable, Hashable, CaseIterable {
    /// The effect is done and answered late.
    case latency
    /// Answers a status (503 by default) without any effect.
    case status
    /// The effect is done, the connection drops before the answer.
    case lostReply
    /// As `lostReply`; and the operation's next request is refused with a status (429 by default), by something
    /// that stands before the service: what a client that sends again by itself would take for the answer.
    case refusedRepeat
    /// Nothing is done and nothing is answered.
    case hang
    /// 422 `key-refused`: the idempotency key is not accepted.
    case refuseKey
    /// The service declines by its own rules, and remembers it under the key.
    case decline
    /// The connection drops at once.
    case down
    /// A question about a key answers 202, as a service does that still decides.
    case undecided

    /// What any exchange over a network can show.
    public static let ofTheNetwork: [RemoteFault] = [
        .latency, .status, .lostReply, .refusedRepeat, .hang, .down,
    ]
}

/// An operation of a remote, with the faults that mean something there.
public struct RemoteOperation: Sendable, Hashable {
    public let name: String
    public let faults: [RemoteFault]

    /// - Parameter faults: beside those of the network.
    public init(_ name: String, also faults: [RemoteFault] = []) {
        self.name = name
        self.faults = RemoteFault.ofTheNetwork + faults
    }

    /// - Parameter faults: all of them.
    public init(_ name: String, only faults: [RemoteFault]) {
        self.name = name
        self.faults = faults
    }
}

/// Something that a service tells by itself, with the same id each time it is told.
public struct RemoteEvent: Sendable, Hashable {
    public let id: String
    public let name: String
    /// By which the instances are found that it concerns.
    public let key: String
    public let data: Value
    /// Who says so, as `Pawl-Actor` has it: `role/subject`.
    public let sender: String
    /// What faults call its delivery: `latency` delays it, `lostReply` loses it.
    public let operation: String

    public init(
        id: String, name: String, key: String, data: Value, sender: String, operation: String
    ) {
        self.id = id
        self.name = name
        self.key = key
        self.data = data
        self.sender = sender
        self.operation = operation
    }

    /// The body for `POST /v1/events`.
    package var body: Value {
        .map(
            ValueMap([
                ("event", .string(name)), ("id", .string(id)), ("key", .string(key)),
                ("data", data),
            ]))
    }
}

/// What became of an event that a remote has told.
public enum RemoteEventOutcome: Sendable, Hashable {
    /// The receiver has it for good.
    case acknowledged
    /// The receiver will never take it.
    case abandoned
    /// It could not be delivered, and is due again at that moment.
    case postponed(until: Timestamp)
}

/// What a person reads of a remote: a sentence, and a table if there is something to list.
public struct RemoteOverview: Sendable, Hashable {
    public struct Table: Sendable, Hashable {
        public let title: String
        /// The first is the row's name, the others are numbers.
        public let columns: [String]
        /// Lines of one cell are separated by a line feed.
        public let rows: [[String]]

        public init(title: String, columns: [String], rows: [[String]]) {
            self.title = title
            self.columns = columns
            self.rows = rows
        }
    }

    public let title: String
    /// A phrase: `12 lines in the ledger`.
    public let fact: String
    /// A page of its own below the sandbox's address; nil: none.
    public let link: String?
    public let table: Table?

    public init(title: String, fact: String, link: String? = nil, table: Table? = nil) {
        self.title = title
        self.fact = fact
        self.link = link
        self.table = table
    }
}
