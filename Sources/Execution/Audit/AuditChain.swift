import Encryption
import Values

/// The end of the chain as decided so far, and what rows need: salts, and the key under which payloads are hashed.
package struct AuditChain: Sendable {
    package static let secretSetting = "audit.secret"

    package private(set) var sequence: Int64
    package private(set) var hash: [UInt8]
    private let secret: [UInt8]
    /// Of this process, and in no file: what is erased cannot be found by trying.
    private let seed: [UInt8]
    private var drawn: Int64 = 0

    /// - Parameter seed: 32 bytes that nobody can guess; of virtual time any.
    package init(_ store: any Store, seed: [UInt8]) throws(StoreError) {
        if let known = try store.setting(Self.secretSetting)?.stringValue.flatMap(Hex.bytes) {
            secret = known
        } else {
            secret = Hashing.sha256(seed + Array("secret".utf8))
            try store.set(Self.secretSetting, to: .string(Hex.text(secret)))
        }
        self.seed = seed
        sequence = 0
        hash = AuditRow.genesis
        try reload(store)
    }

    package mutating func reload(_ store: any Store) throws(StoreError) {
        let last = try store.audit(before: nil, count: 1).first
        sequence = last?.sequence ?? 0
        hash = last?.hash ?? AuditRow.genesis
    }

    package mutating func append(_ entry: AuditEntry) -> AuditRow {
        sequence += 1
        var salts = draw() + draw()
        let fields = AuditRow.Part.allCases.map { part -> AuditField in
            let salt = Array(salts.prefix(AuditField.saltSize))
            salts.removeFirst(AuditField.saltSize)
            return entry.text(part).map { .told($0, salt: salt) } ?? .absent
        }
        var row = AuditRow(
            sequence: sequence, at: entry.at.ceilingToMilliseconds, body: entry.body(sequence),
            fields: fields, previous: hash, hash: [])
        row.hash = row.expectedHash
        hash = row.hash
        return row
    }

    private mutating func draw() -> [UInt8] {
        drawn += 1
        return Hashing.sha256(seed + Array("\(drawn)".utf8))
    }

    /// Of a payload, that nobody without the store can try: HMAC-SHA-256 of its JSON with the names in order.
    package func digest(_ payload: Value) -> Value {
        .string(Hex.text(Hashing.hmac(JSON.encode(payload.inOrder), key: secret)))
    }
}

extension Value {
    /// Members by their names, all the way down.
    package var inOrder: Value {
        switch plain {
        case .list(let list): return .list(list.map(\.inOrder))
        case .map(let map):
            let members = map.entries.map {
                (name: ExactText($0.key.stringValue ?? "\($0.key)"), value: $0.value.inOrder)
            }
            return .map(
                ValueMap(members.sorted { $0.name < $1.name }.map { ($0.name.text, $0.value) }))
        case let other: return other
        }
    }
}
