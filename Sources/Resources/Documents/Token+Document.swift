import Access
import Values

extension AccessToken {
    /// The API's resource `token`.
    package func document(at now: Timestamp) -> ValueMap {
        let status = revokedAt != nil ? "revoked" : now < expiresAt ? "active" : "expired"
        var map: ValueMap = [
            "id": .string(id), "subject": .string(subject),
            "roles": .list(roles.sorted().map { .string($0.text) }), "note": .string(note),
            "status": .string(status), "createdAt": .string(createdAt.rfc3339),
            "createdBy": .string(createdBy), "expiresAt": .string(expiresAt.rfc3339),
        ]
        map.set("permissions", scope.permissionNames.map { .list($0.map(Value.string)) })
        map.set("workflows", scope.workflowNames.map { .list($0.map(Value.string)) })
        map.set("revokedAt", revokedAt.map { .string($0.rfc3339) })
        map.set("revokedBy", revokedBy.map(Value.string))
        return map
    }
}
