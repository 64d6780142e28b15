package import Execution
import Values

/// A row of the business's own, kept beside the workflows and written in the same commits.
///
/// Its members' names in the database are its coding keys: renaming a property is a migration.
public protocol Record: ValueConvertible, Identifiable where ID == String {
    /// Where it is kept, `lending.licence`. `pawl.` is reserved.
    static var collection: String { get }
    /// What it is found by besides its id, such as an account; empty: nothing. A group is read in order of ids.
    var group: String { get }
    /// For a type whose id is no member of its own.
    init(id: String, _ value: Value) throws(ValueMismatch)
    /// What else it is found by: names, not code, so that the engine can build them.
    static var indexes: [RecordIndex<Self>] { get }
    /// Whether its records are transactions of a double-entry ledger, which the database holds to their rules: a body of
    /// `{lines: [{account, amount}], currency, sequence, at, booked, instance, activation, actor}`, two lines or more that sum
    /// to zero, none of them zero; `sequence` without a gap from 1, the record's group being its 16 digits; `booked` never
    /// goes back; nothing is ever changed or deleted. A collection that was declared once is held to it for ever.
    static var isLedger: Bool { get }
}

extension Record {
    public var group: String { "" }
    public static var indexes: [RecordIndex<Self>] { [] }
    public static var isLedger: Bool { false }

    public init(id: String, _ value: Value) throws(ValueMismatch) { try self.init(value) }

    static var declarations: [IndexDeclaration] { indexes.map(\.declaration) }
}

extension RecordIndexes {
    /// What these types declare.
    package init(of types: [any Record.Type]) {
        self.init(
            types.flatMap { $0.declarations },
            ledgers: types.filter { $0.isLedger }.map { $0.collection })
    }
}

/// A record without a type of its own.
public struct RecordEntry: Sendable, Hashable {
    @ExactText public private(set) var id: String
    @ExactText public private(set) var group: String
    public let body: Value

    public init(id: String, group: String = "", body: Value) {
        self.id = id
        self.group = group
        self.body = body
    }
}

/// What an operation changes about one record.
public struct RecordChange: Sendable, Hashable {
    @ExactText public private(set) var collection: String
    @ExactText public private(set) var id: String
    @ExactText public private(set) var group: String
    /// nil: it is deleted.
    public let body: Value?

    public init(collection: String, id: String, group: String = "", body: Value?) {
        self.collection = collection
        self.id = id
        self.group = group
        self.body = body
    }
}
