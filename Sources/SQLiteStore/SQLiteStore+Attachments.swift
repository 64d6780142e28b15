import Execution
import Values

extension SQLiteStore {
    package func attachment(_ hash: ContentHash) throws(StoreError) -> AttachmentRow? {
        try first(.attachmentByHash, [.text(hash.text)]) { (row) throws(StoreError) in
            try row.attachment()
        }
    }

    package func attachments(
        after hash: ContentHash?, count: Int
    ) throws(StoreError) -> [AttachmentRow] {
        try rows(.attachmentsAfter, [.text(hash?.text ?? ""), .count(count)]) {
            (row) throws(StoreError) in try row.attachment()
        }
    }

    package func references(
        to hash: ContentHash, count: Int
    ) throws(StoreError) -> [ReferenceRow] {
        try rows(.referencesTo, [.text(hash.text), .count(count)]) { (row) throws(StoreError) in
            try row.reference()
        }
    }

    package func references(of name: InstanceName) throws(StoreError) -> [ReferenceRow] {
        try rows(.referencesOf, name.parameters) { (row) throws(StoreError) in
            try row.reference()
        }
    }
}

extension Connection {
    /// What is set goes before what is dropped: content comes before whoever speaks of it, and leaves after them.
    func writeAttachments(_ commit: Commit) throws(StoreError) {
        for row in commit.attachmentsSet {
            let statement = try statement(.setAttachment)
            statement.bind(row.sha256.text)
            statement.bind(row.size)
            statement.bind(row.type.rawValue)
            statement.bind(text: JSON.encode(.list(row.putBy.map(Value.string))))
            statement.bind(row.putAt.milliseconds)
            statement.bind(row.condemnedAt?.milliseconds)
            try statement.run()
        }
        for row in commit.referencesCleared { try write(row, .clearReference) }
        for row in commit.referencesSet { try write(row, .setReference) }
        for hash in commit.attachmentsDropped {
            let statement = try statement(.dropAttachment)
            statement.bind(hash.text)
            try statement.run()
        }
    }

    private func write(_ row: ReferenceRow, _ sql: SQL) throws(StoreError) {
        let statement = try statement(sql)
        statement.bind(row.sha256.text)
        statement.bind(row.instance)
        try statement.run()
    }
}

extension Statement {
    fileprivate func hash(_ column: Int32) throws(StoreError) -> ContentHash {
        let text = try text(column)
        guard let hash = ContentHash(text) else {
            throw .corrupt("pawl.db: an attachment has the hash \"\(text)\"")
        }
        return hash
    }

    fileprivate func attachment() throws(StoreError) -> AttachmentRow {
        let hash = try hash(0)
        guard let type = MediaType(rawValue: try text(2)) else {
            throw .corrupt("pawl.db: attachment \(hash) has the type \"\(try text(2))\"")
        }
        let putters = try value(3, of: "attachment \(hash)").listValue ?? []
        return AttachmentRow(
            sha256: hash, size: int64(1), type: type, putBy: putters.compactMap(\.stringValue),
            putAt: moment(4), condemnedAt: optionalMoment(5))
    }

    fileprivate func reference() throws(StoreError) -> ReferenceRow {
        ReferenceRow(
            sha256: try hash(0),
            instance: InstanceName(workflow: try text(1), key: try text(2)))
    }
}
