import Values

extension InstanceDocument: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "format": .int(Self.format), "workflow": .string(name.workflow),
            "key": .string(name.key), "id": .int(id.rawValue), "version": .int(Int64(version)),
            "status": .string(status.rawValue), "revision": .int(revision),
            "startedAt": .string(startedAt.rfc3339), "endedAt": .string(endedAt.rfc3339),
            "run": run, "history": .list(history.map(\.archived)),
        ]
        if !receipts.isEmpty { map["receipts"] = .list(receipts.map(\.archived)) }
        if !members.isEmpty { map["members"] = .list(members.map(\.archived)) }
        if !attachments.isEmpty { map["attachments"] = .list(attachments.map(\.archived)) }
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let format = try fields.int64("format")
        guard format == Self.format else {
            throw DecodingFailure(message: "format \(format) is not known here", path: "format")
        }
        let name = InstanceName(
            workflow: try fields.string("workflow"), key: try fields.string("key"))
        let id = InstanceID(try fields.int64("id"))
        self.id = id
        self.name = name
        version = try fields.int("version")
        status = try fields.choice("status")
        revision = try fields.int64("revision")
        startedAt = try fields.moment("startedAt")
        endedAt = try fields.moment("endedAt")
        run = try fields.value("run")
        history = try fields.rows("history") { (value) throws(DecodingFailure) in
            try HistoryEntry(archived: value, of: id)
        }
        receipts = try fields.rows("receipts") { (value) throws(DecodingFailure) in
            try ReceiptRow(archived: value, of: name)
        }
        members = try fields.rows("members") { (value) throws(DecodingFailure) in
            try MemberRow(archived: value, of: id)
        }
        attachments = try fields.rows("attachments") { (value) throws(DecodingFailure) in
            try AttachmentRow(archived: value)
        }
        guard status.isTerminal else {
            throw DecodingFailure(message: "it has not ended", path: "status")
        }
    }
}

extension FieldReader {
    fileprivate func moment(_ name: String) throws(DecodingFailure) -> Timestamp {
        guard let moment = Timestamp(rfc3339: try string(name)) else {
            throw DecodingFailure(message: "a moment is expected", path: name)
        }
        return moment
    }

    /// None where the field is absent.
    fileprivate func rows<T>(
        _ name: String, _ row: (Value) throws(DecodingFailure) -> T
    ) throws(DecodingFailure) -> [T] {
        guard let value = optional(name) else { return [] }
        guard let list = value.listValue else {
            throw DecodingFailure(message: "a list is expected", path: name)
        }
        var rows: [T] = []
        for value in list { rows.append(try row(value)) }
        return rows
    }
}

extension HistoryEntry {
    fileprivate var archived: Value {
        [
            "sequence": .int(sequence), "at": .string(at.rfc3339), "kind": .string(kind),
            "data": data,
        ]
    }

    fileprivate init(archived value: Value, of instance: InstanceID) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            instance: instance, sequence: try fields.int64("sequence"),
            at: try fields.moment("at"), kind: try fields.string("kind"),
            data: try fields.value("data"))
    }
}

extension ReceiptRow {
    fileprivate var archived: Value {
        [
            "event": .string(eventID), "at": .string(at.rfc3339),
            "fingerprint": .string(fingerprint), "receipt": receipt.encoded,
        ]
    }

    fileprivate init(archived value: Value, of name: InstanceName) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            name: name, eventID: try fields.string("event"), receipt: try fields.decode("receipt"),
            at: try fields.moment("at"), fingerprint: try fields.string("fingerprint"))
    }
}

extension MemberRow {
    fileprivate var archived: Value {
        [
            "activation": .int(activation), "number": .int(number),
            "status": .string(status.rawValue), "outcome": MemberOutcome(self).encoded,
        ]
    }

    fileprivate init(archived value: Value, of instance: InstanceID) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        let outcome: MemberOutcome = try fields.decode("outcome")
        self.init(
            instance: instance, activation: try fields.int64("activation"),
            number: try fields.int64("number"), status: try fields.choice("status"),
            key: outcome.key, output: outcome.output, error: outcome.error)
    }
}

extension AttachmentRow {
    fileprivate var archived: Value {
        [
            "sha256": .string(sha256.text), "size": .int(size), "type": .string(type.rawValue),
            "putBy": .list(putBy.map { .string($0) }), "putAt": .string(putAt.rfc3339),
        ]
    }

    fileprivate init(archived value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        guard let hash = ContentHash(try fields.string("sha256")) else {
            throw DecodingFailure(message: "a SHA-256 is expected", path: "sha256")
        }
        self.init(
            sha256: hash, size: try fields.int64("size"), type: try fields.choice("type"),
            putBy: try fields.rows("putBy") { (value) throws(DecodingFailure) in
                guard let text = value.stringValue else {
                    throw DecodingFailure(message: "a string is expected", path: "putBy")
                }
                return text
            },
            putAt: try fields.moment("putAt"))
    }
}
