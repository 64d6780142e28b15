import Guest
import Values

/// What the provider says of itself (RFC 7643, 5 to 7; RFC 7644, 4), and the envelope of its answers.
enum IdentitySchema {
    static let user = "urn:ietf:params:scim:schemas:core:2.0:User"
    static let activation = IdentityAccount.Attribute.activation.rawValue
    static let maximumResults = 200

    enum Described {
        case one(Value)
        case several([Value])
    }

    /// nil: there is nothing of that name.
    static func described(_ kind: String, _ request: RemoteRequest) -> Described? {
        switch kind {
        case "ServiceProviderConfig": .one(provider(request))
        case "ResourceTypes": .several([resourceType(request)])
        case "Schemas": .several(schemas(request))
        default: nil
        }
    }

    static func response(_ status: Int, _ value: Value) -> RemoteResponse {
        RemoteResponse(
            status: status, headers: [("content-type", "application/scim+json")],
            body: JSON.encode(value))
    }

    static func list(_ resources: [Value], total: Int, start: Int) -> Value {
        [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": .int(Int64(total)), "startIndex": .int(Int64(start)),
            "itemsPerPage": .int(Int64(resources.count)), "Resources": .list(resources),
        ]
    }

    /// As the client reached it.
    static func location(_ path: String, _ request: RemoteRequest) -> String {
        request.header("host").map { "http://\($0)\(path)" } ?? path
    }

    private static func meta(
        _ type: String, _ path: String, _ request: RemoteRequest
    ) -> Value {
        [
            "resourceType": .string(type),
            "location": .string(location(IdentityProvider.path + path, request)),
        ]
    }

    private static func provider(_ request: RemoteRequest) -> Value {
        let no: Value = ["supported": false]
        return [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": ["supported": true],
            "bulk": ["supported": false, "maxOperations": 0, "maxPayloadSize": 0],
            "filter": ["supported": true, "maxResults": .int(Int64(maximumResults))],
            "changePassword": no, "sort": no, "etag": no,
            "authenticationSchemes": [
                [
                    "type": "oauthbearertoken", "name": "Bearer token",
                    "description": "a token in the header Authorization",
                ]
            ],
            "meta": meta("ServiceProviderConfig", "/ServiceProviderConfig", request),
        ]
    }

    private static func resourceType(_ request: RemoteRequest) -> Value {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": "User", "name": "User", "endpoint": "/Users", "schema": .string(user),
            "schemaExtensions": [["schema": .string(activation), "required": false]],
            "meta": meta("ResourceType", "/ResourceTypes/User", request),
        ]
    }

    private static func schemas(_ request: RemoteRequest) -> [Value] {
        let mail: [Value] = [
            attribute("value"), attribute("type"), attribute("primary", type: "boolean"),
        ]
        return [
            schema(
                user, "User",
                [
                    attribute("userName", isRequired: true, uniqueness: "server"),
                    attribute("displayName"), attribute("emails", parts: mail),
                    attribute("active", type: "boolean"),
                ], request),
            schema(
                activation, "Activation",
                [attribute("activationUrl")], request),
        ]
    }

    private static func schema(
        _ id: String, _ name: String, _ attributes: [Value], _ request: RemoteRequest
    ) -> Value {
        [
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": .string(id), "name": .string(name), "attributes": .list(attributes),
            "meta": meta("Schema", "/Schemas/\(id)", request),
        ]
    }

    /// - Parameter parts: of one that has several values, each with these.
    private static func attribute(
        _ name: String, type: String = "string", isRequired: Bool = false,
        uniqueness: String = "none", parts: [Value]? = nil
    ) -> Value {
        var members: ValueMap = [
            "name": .string(name), "type": .string(parts == nil ? type : "complex"),
            "multiValued": .bool(parts != nil), "required": .bool(isRequired), "caseExact": false,
            "mutability": "readWrite", "returned": "default",
            "uniqueness": .string(uniqueness),
        ]
        if let parts { members["subAttributes"] = .list(parts) }
        return .map(members)
    }
}
