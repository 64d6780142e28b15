import Execution
import Values

extension AuditReading {
    /// - Parameter isProven: with what the hash is over, so that whoever reads it can walk the chain.
    package func document(isProven: Bool) -> Value {
        var map: ValueMap = [
            "sequence": .int(row.sequence), "at": .string(row.at.rfc3339),
            "deed": .string(deed), "actor": .string(actor),
        ]
        map.set("target", target.map(Value.string))
        map.set("outcome", outcome.map(Value.string))
        map.set("reason", row[.reason].words.map(Value.string))
        map.set("principal", row[.principal].words.map(Value.string))
        map.set("provenBy", proof.map(Value.string))
        map.set("request", request.map(Value.string))
        if !arguments.isEmpty { map["arguments"] = .map(arguments) }
        let erased = AuditRow.Part.allCases.filter { row[$0].isErased }
        if !erased.isEmpty { map["erased"] = .list(erased.map { .string($0.name) }) }
        map["hash"] = .string(Hex.text(row.hash))
        if isProven { map["proof"] = row.proof }
        return .map(map)
    }
}

extension AuditRow {
    fileprivate var proof: Value {
        [
            "body": .string(String(decoding: body, as: UTF8.self)),
            "fields": .list(fields.map(\.proof)), "previous": .string(Hex.text(previous)),
        ]
    }

    /// As `document(isProven: true)` has it; nil: something of it is missing.
    package init?(document: Value) {
        guard let sequence = document["sequence"]?.intValue,
            let at = document["at"]?.stringValue.flatMap({ Timestamp(rfc3339: $0) }),
            let proof = document["proof"], let body = proof["body"]?.stringValue,
            let fields = proof["fields"]?.listValue?.map({ AuditField(proof: $0) }),
            let previous = proof["previous"]?.stringValue.flatMap(Hex.bytes),
            let hash = document["hash"]?.stringValue.flatMap(Hex.bytes)
        else { return nil }
        self.init(
            sequence: sequence, at: at, body: Array(body.utf8), fields: fields,
            previous: previous, hash: hash)
    }
}

extension AuditField {
    fileprivate var proof: Value {
        switch self {
        case .absent: .null
        case .told(let text, let salt): ["text": .string(text), "salt": .string(Hex.text(salt))]
        case .erased(let commitment): ["commitment": .string(Hex.text(commitment))]
        }
    }

    fileprivate init(proof: Value) {
        if let text = proof["text"]?.stringValue {
            self = .told(
                text, salt: proof["salt"]?.stringValue.flatMap(Hex.bytes) ?? [])
        } else if let commitment = proof["commitment"]?.stringValue.flatMap(Hex.bytes) {
            self = .erased(commitment: commitment)
        } else {
            self = .absent
        }
    }
}
