import Access
import Definition
import Execution
import Values

extension RecordUpdate {
    package static func issue(_ token: AccessToken) -> RecordUpdate {
        RecordUpdate(.deed(token.deed(.tokenCreate, by: .system))) { (read, _) throws(StoreError) in
            let known = try AccessToken.all { (query) throws(StoreError) in try read(query) }
            guard known.count < AccessToken.maximumCount else {
                return .refused(
                    Problem(
                        .notApplicable, "there are \(AccessToken.maximumCount) tokens already",
                        fix: "give programs that ask often one that lasts longer"))
            }
            return .changed([token.write(expecting: 0)])
        }
    }

    /// Ends a token at once. One that is over stays as it ended.
    package static func revoke(
        token id: String, by actor: String, at now: Timestamp
    ) -> RecordUpdate {
        let deed = AuditEntry(.tokenRevoke, by: .system, AuditTarget("token", id))
        return RecordUpdate(.deed(deed)) { (read, _) throws(StoreError) in
            let query = RecordQuery(
                collection: AccessToken.collection, selection: .id(id), limit: 1)
            guard let row = try read(query).records.first,
                var token = try? AccessToken(decoding: row.body)
            else { return .refused(.unknownToken(id)) }
            guard token.revokedAt == nil else { return .changed([]) }
            token.revokedAt = now
            token.revokedBy = actor
            return .changed([token.write(expecting: row.revision)])
        }
    }
}

extension Store {
    /// In a database that no engine has: the first token, or one for whoever has lost theirs.
    package func issue(_ token: AccessToken, by actor: Actor) throws(StoreError) {
        var commit = Commit()
        commit.records = [token.write(expecting: 0)]
        try audit(token.deed(.tokenCreate, by: actor), seed: Engine.auditSeed(), in: &commit)
        try self.commit([commit])
    }
}

extension AccessToken {
    func deed(_ deed: AuditDeed, by actor: Actor) -> AuditEntry {
        var arguments: ValueMap = [
            "roles": .string(roles.sorted().map(\.text).joined(separator: " ")),
            "expiresAt": .string(expiresAt.rfc3339),
        ]
        arguments.set(
            "permissions", scope.permissionNames.map { .string($0.joined(separator: " ")) })
        arguments.set("workflows", scope.workflowNames.map { .string($0.joined(separator: " ")) })
        return AuditEntry(
            at: createdAt, deed, by: actor, AuditTarget("token", id, key: subject), arguments)
    }

    /// In order of id.
    package static func all(
        _ read: (RecordQuery) throws(StoreError) -> RecordSet
    ) throws(StoreError) -> [AccessToken] {
        let query = RecordQuery(
            collection: collection, selection: .all, limit: maximumCount + 1)
        return try read(query).records.compactMap { try? AccessToken(decoding: $0.body) }
    }

    /// - Parameter revision: of the record that it replaces; 0: there is none.
    package func write(expecting revision: Int64) -> RecordWrite {
        RecordWrite(
            collection: Self.collection, id: id, group: "", expectedRevision: revision,
            body: encoded)
    }
}

extension Problem {
    package static func unknownToken(_ id: String) -> Problem {
        Problem(
            .notFound, "there is no token \(id.shortened(to: 100))",
            fix: "`pawl token list` lists them")
    }
}
