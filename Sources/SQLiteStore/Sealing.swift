import Encryption
import Execution
import Sabotage
import Values

// What of a row is sealed, and where it stands.
//
// Theory. Columns that hold what people or programs sent are sealed, each value at its place: table, column and what the row
// is found by. What rows are found, ordered and counted by is not (`SealedColumn.plain` says why for each). Two columns are
// found by equality of texts that may say something: they are sealed alike, so that equal texts stay equal. Without a key
// everything is written as it is; a value that is read says by its first byte whether it is sealed.

extension SealedPlace {
    static func body(of id: InstanceID) -> Self { Self("instances.body", id.rawValue) }

    static func history(_ id: InstanceID, last: Int64) -> Self {
        Self("history.entries", id.rawValue, last)
    }

    static func call(_ id: CallID) -> Self {
        Self("calls.data", id.instance.rawValue, id.activation, id.dispatch)
    }

    static func message(_ id: MessageID) -> Self {
        Self("messages.data", id.source.rawValue, id.number)
    }

    static func receipt(_ name: InstanceName, _ eventID: String) -> Self {
        Self("receipts.data", name.workflow, name.key, eventID)
    }

    static func fingerprint(_ name: InstanceName, _ eventID: String) -> Self {
        Self("receipts.fingerprint", name.workflow, name.key, eventID)
    }

    static func kept(_ arrival: Int64) -> Self { Self("kept.data", arrival) }

    static func unmatched(_ isEarly: Bool, _ number: Int64) -> Self {
        Self("unmatched.data", isEarly ? 1 : 0, number)
    }

    static func record(_ collection: String, _ id: String) -> Self {
        Self("records.body", collection, id)
    }

    static func member(_ id: InstanceID, _ activation: Int64, _ number: Int64) -> Self {
        Self("members.data", id.rawValue, activation, number)
    }

    static func incident(_ id: InstanceID, _ number: Int64) -> Self {
        Self("incidents.data", id.rawValue, number)
    }

    static func message(_ id: InstanceID, _ number: Int64) -> Self {
        Self("incidents.message", id.rawValue, number)
    }

    static func task(_ id: InstanceID, _ activation: Int64) -> Self {
        Self("tasks.data", id.rawValue, activation)
    }

    static let cause = Self("incidents.cause")
    static let pauseReason = Self("instances.pause_reason")

    static func row(
        _ id: InstanceID, _ name: InstanceName, _ place: InstanceRow.Place
    ) -> Self {
        switch place {
        case .history(let last): .history(id, last: last)
        case .receipt(let eventID): .receipt(name, eventID.text)
        case .task(let activation): .task(id, activation)
        case .member(let activation, let number): .member(id, activation, number)
        case .incident(let number): .incident(id, number)
        case .kept(let arrival): .kept(arrival)
        case .unmatched(let isEarly, let number): .unmatched(isEarly, number)
        }
    }
}

extension KeyRing {
    /// A text as a column may have it that is sealed alike.
    func likenesses(of text: String, at place: SealedPlace) -> [Parameter] {
        guard !keys.isEmpty else { return [.text(text)] }
        return everyLikeness(Array(text.utf8), at: place).enumerated().map { index, bytes in
            index == 0 ? .text(text) : .blob(bytes)
        }
    }
}

extension SQLiteStore {
    func likenesses(of text: String, at place: SealedPlace) -> [Parameter] {
        readers.keys.likenesses(of: text, at: place)
    }
}

extension Connection {
    var isSealing: Bool { keys.current != nil }
}

extension Statement {
    /// - Parameter isBlob: what is not sealed is a blob as well.
    func bind(
        sealing bytes: [UInt8], at place: @autoclosure () -> SealedPlace, isBlob: Bool = false
    ) {
        if keys.current != nil {
            bind(blob: keys.seal(bytes, at: place()))
        } else if isBlob {
            bind(blob: bytes)
        } else {
            bind(text: bytes)
        }
    }

    /// Equal texts stay equal.
    func bind(alike text: String, at place: SealedPlace) {
        if keys.current != nil {
            bind(blob: keys.sealAlike(Array(text.utf8), at: place))
        } else {
            bind(text)
        }
    }

    func opened(
        _ column: Int32, at place: @autoclosure () -> SealedPlace,
        of row: @autoclosure () -> String
    ) throws(StoreError) -> [UInt8] {
        let bytes = bytes(column)
        guard bytes.first == SealedHeader.magic else { return bytes }
        do throws(KeyProblem) {
            return try keys.open(bytes, at: place())
        } catch {
            throw .corrupt("pawl.db: \(row()): \(error)")
        }
    }

    func openedText(
        _ column: Int32, at place: @autoclosure () -> SealedPlace
    ) throws(StoreError) -> String {
        let bytes = try opened(column, at: place(), of: "a text")
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .corrupt("pawl.db: a text is not UTF-8")
        }
        return text
    }

    func fingerprint(
        _ column: Int32, _ name: InstanceName, _ eventID: String
    ) throws(StoreError) -> String {
        try openedText(column, at: .fingerprint(name, eventID))
    }

    /// A column of JSON; a failure names the row that it is `of`.
    func value(
        _ column: Int32, at place: @autoclosure () -> SealedPlace,
        of row: @autoclosure () -> String
    ) throws(StoreError) -> Value {
        let bytes = try opened(column, at: place(), of: row())
        do throws(DecodingFailure) {
            return try Value(storedJSON: bytes)
        } catch {
            throw .corrupt("pawl.db: \(row()): \(error)")
        }
    }

    func decode<T: ValueDecodable>(
        _ column: Int32, as type: T.Type = T.self, at place: @autoclosure () -> SealedPlace,
        of row: @autoclosure () -> String
    ) throws(StoreError) -> T {
        let bytes = try opened(column, at: place(), of: row())
        do throws(DecodingFailure) {
            return try T(decodingJSON: bytes)
        } catch {
            throw .corrupt("pawl.db: \(row()): \(error)")
        }
    }
}

// MARK: Ledgers

extension Connection {
    /// What the database's triggers cannot read of a posting that is sealed. Who has no key cannot write one.
    func requirePosting(_ record: RecordWrite) throws(StoreError) {
        guard !keys.keys.isEmpty else { return }
        let statement = try statement(.isLedger)
        statement.bind(record.collection)
        guard try statement.first({ _ in true }) == true else { return }
        if let fault = LedgerRules([record.collection]).fault(of: record) {
            throw .conflict("ledger: \(fault)")
        }
        let before = LedgerRules.group((record.body?["sequence"]?.intValue ?? 1) - 1)
        let last = try self.statement(.recordsByGroup)
        last.bind([.text(record.collection), .text(before), .text(""), .count(1)])
        let previous = try last.first { (row) throws(StoreError) in try row.record().body }
        if let booked = LedgerRules.booked(record.body),
            let earlier = LedgerRules.booked(previous), booked < earlier
        {
            throw .conflict("ledger: a posting is never booked before the one before")
        }
    }
}

// MARK: Keys

extension Connection {
    private static let noted = "encryption.keys"

    /// The keys that something may be sealed with, each with what tells it from another of its name.
    func notedKeys() throws(StoreError) -> [(name: String, check: String)] {
        let statement = try statement(.setting)
        statement.bind(Self.noted)
        let value = try statement.first { (row) throws(StoreError) in
            try row.value(0, of: "setting \(Self.noted)")
        }
        return (value?.mapValue?.entries ?? []).map {
            ($0.key.stringValue ?? "", $0.value.stringValue ?? "")
        }
    }

    /// - Throws: `.keyMissing`, with the name of the key, where something cannot be opened.
    func requireKeys() throws(StoreError) {
        for noted in try notedKeys() {
            guard let key = keys.key(noted.name) else {
                throw .keyMissing(
                    "pawl.db holds what is sealed with key \(noted.name), which is not given: name it under "
                        + "`encryption.keys` in pawl.yaml")
            }
            guard sameUTF8(key.check, noted.check) || isMutant(.wrongKeyTaken) else {
                throw .keyMissing(
                    "key \(noted.name) is another one than the key of that name that pawl.db was sealed with"
                )
            }
        }
    }

    func note(_ keys: [(name: String, check: String)]) throws(StoreError) {
        try set(Self.noted, to: .map(ValueMap(keys.map { ($0.name, Value.string($0.check)) })))
    }

    func set(_ name: String, to value: Value) throws(StoreError) {
        let statement = try statement(.setSetting)
        statement.bind(name)
        statement.bind(text: JSON.encode(value))
        try statement.run()
    }
}

extension SQLiteStore {
    /// Before anything is sealed with it the database says so.
    func noteKeys() throws(StoreError) {
        let current = keys.current
        guard try wholeKey() != current?.name ?? "" else { return }
        try write { (connection) throws(StoreError) in
            let known = try connection.notedKeys()
            if let current, !known.contains(where: { sameUTF8($0.name, current.name) }) {
                try connection.note(known + [(current.name, current.check)])
            }
            try connection.set(Self.whole, to: .null)
        }
    }

    private static let whole = "encryption.whole"

    /// The key that everything is sealed with, empty where nothing is; nil: nobody knows, since it is under way.
    package func wholeKey() throws(StoreError) -> String? {
        guard let value = try setting(Self.whole) else { return "" }
        return value.stringValue
    }

    /// Everything is sealed with the current key: the others are needed no more.
    package func noteWhole() throws(StoreError) {
        let current = keys.current
        try write { (connection) throws(StoreError) in
            try connection.note(current.map { [($0.name, $0.check)] } ?? [])
            try connection.set(Self.whole, to: .string(current?.name ?? ""))
        }
    }
}
