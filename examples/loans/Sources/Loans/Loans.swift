import Pawl

/// A library that lends e-books: what of it is not YAML.
public struct Loans: Business {
    public init() {}

    public var operations: LocalOperations { ["lending.lend": Lend()] }
}

/// What a loan begins with; `workflows/loan/workflow.yaml` says the same as a schema.
public struct LoanRequest: Codable, ValueConvertible {
    public var title: String
    public var member: String

    public init(title: String, member: String) {
        self.title = title
        self.member = member
    }
}

extension Workflow<LoanRequest, Value> {
    public static var loan: Self { Self(named: "loan") }
}

/// A copy of an e-book that one member at a time may read.
public struct Licence: Record, Codable {
    public static let collection = "lending.licence"

    public let id: String
    public let title: String
    public var member: String?
    /// It is free from then on: it comes back by itself.
    public var until: Timestamp

    public init(id: String, title: String, member: String? = nil, until: Timestamp = .distantPast) {
        self.id = id
        self.title = title
        self.member = member
        self.until = until
    }

    /// Licences are found by their title.
    public var group: String { title }
}

/// What one member holds.
struct Shelf: Record, Codable {
    static let collection = "lending.shelf"

    /// The member's.
    let id: String
    /// When each of their loans ends.
    var ends: [Timestamp]
}

/// Lends the first free licence of a title for two weeks; a member holds three at most.
struct Lend: LocalOperation {
    struct Output: Codable, ValueConvertible {
        let licence: String
        let until: Timestamp
    }

    static let term = Duration.seconds(14 * 86_400)
    static let limit = 3

    func perform(
        _ call: Call<LoanRequest>, _ records: inout Records
    ) throws(Refusal) -> Output {
        let wish = call.input
        var shelf =
            try records.find(Shelf.self, id: wish.member) ?? Shelf(id: wish.member, ends: [])
        shelf.ends.removeAll { $0 <= call.now }
        guard shelf.ends.count < Self.limit else { throw .limitReached(wish.member) }
        let licences = try records.page(of: Licence.self, group: wish.title, limit: 1000)
        guard var licence = licences.first(where: { $0.until <= call.now }) else {
            throw .noCopy(wish.title)
        }
        licence.member = wish.member
        licence.until = call.now + Self.term
        shelf.ends.append(licence.until)
        records.put(licence)
        records.put(shelf)
        return Output(licence: licence.id, until: licence.until)
    }
}

extension Refusal {
    static func noCopy(_ title: String) -> Self {
        Self("no-copy", "every licence of `\(title)` is lent")
    }

    static func limitReached(_ member: String) -> Self {
        Self("limit-reached", "`\(member)` holds \(Lend.limit)")
    }
}
