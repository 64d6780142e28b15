import Access
import Execution
import Values

extension AccessToken: ValueCodable {
    package var encoded: Value {
        var map: ValueMap = [
            "id": .string(id), "subject": .string(subject),
            "roles": .list(roles.sorted().map { .string($0.text) }), "note": .string(note),
            "createdAt": createdAt.encoded, "createdBy": .string(createdBy),
            "expiresAt": expiresAt.encoded, "digest": .string(digest),
        ]
        map.set("revokedAt", revokedAt?.encoded)
        map.set("revokedBy", revokedBy.map(Value.string))
        map.set("permissions", scope.permissionNames.map { .list($0.map(Value.string)) })
        map.set("workflows", scope.workflowNames.map { .list($0.map(Value.string)) })
        return .map(map)
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        func texts(_ name: String) throws(DecodingFailure) -> [String]? {
            guard fields.optional(name) != nil else { return nil }
            return try fields.list(name).compactMap(\.stringValue)
        }
        let permissions = try texts("permissions").map { names in
            Set<Permission>(names.compactMap(Permission.init(rawValue:)))
        }
        self.init(
            id: try fields.string("id"), subject: try fields.string("subject"),
            roles: Set<ExactText>((try texts("roles") ?? []).map { ExactText($0) }),
            scope: Principal.Scope(
                permissions: permissions,
                workflows: try texts("workflows").map { Set<ExactText>($0.map { ExactText($0) }) }),
            note: try fields.string("note"), createdAt: try fields.timestamp("createdAt"),
            createdBy: try fields.string("createdBy"),
            expiresAt: try fields.timestamp("expiresAt"), digest: try fields.string("digest"))
        revokedAt = fields.optional("revokedAt") == nil ? nil : try fields.timestamp("revokedAt")
        revokedBy = try fields.optionalString("revokedBy")
    }
}
