import Guest
import Values

extension IdentityProvider {
    private static let users = "/iam/v2/Users"

    /// The operation that faults name.
    public static func operation(of request: RemoteRequest) -> String? {
        switch (request.method, request.path) {
        case ("POST", users): "create"
        case ("DELETE", let path) where path.hasPrefix(users + "/"): "remove"
        case ("GET", let path) where path == users || path.hasPrefix(users + "/"): "ask"
        default: nil
        }
    }

    public func refusal(of request: RemoteRequest) -> RemoteResponse? {
        guard let token, request.header("authorization") != "Bearer \(token)" else { return nil }
        return .problem(
            401, code: "unauthorized", detail: "the identity provider wants its bearer token")
    }

    public mutating func answer(
        _ request: RemoteRequest, now: Timestamp, isDeclining: Bool
    ) -> RemoteResponse {
        let id = String(request.path.dropFirst(Self.users.count + 1))
        switch Self.operation(of: request) {
        case "create": return create(request, now: now)
        case "remove":
            return remove(id, now: now) ? RemoteResponse(status: 204) : Self.missing(id)
        case "ask" where id.isEmpty: return find(request)
        case "ask":
            return account(id).map { Self.scim(200, Self.resource($0)) } ?? Self.missing(id)
        default:
            return Self.problem(404, "the identity provider has no \(request.method) here")
        }
    }

    private mutating func create(_ request: RemoteRequest, now: Timestamp) -> RemoteResponse {
        do {
            let fields = try RemoteFields(body: request.body)
            let emails = fields.members["emails"]?.listValue ?? []
            let line = IdentityLine(
                seq: 0, at: now, kind: .created, id: "", userName: try fields.required("userName"),
                externalID: try fields.optional("externalId"),
                email: emails.first?["value"]?.stringValue)
            guard let account = create(line) else {
                return Self.problem(
                    409, "the user name \(line.userName) is taken", type: "uniqueness")
            }
            var response = Self.scim(201, Self.resource(account))
            response.headers.append(
                RemoteRequest.Pair("location", "\(Self.users)/\(account.id)"))
            return response
        } catch {
            return Self.problem(400, error.detail, type: "invalidValue")
        }
    }

    /// `filter=externalId eq "…"`, or `userName`; nothing else.
    private func find(_ request: RemoteRequest) -> RemoteResponse {
        let parts = (request.parameter("filter") ?? "").split(separator: " ", maxSplits: 2)
        guard parts.count == 3, parts[1].lowercased() == "eq", parts[2].count > 2,
            parts[2].hasPrefix("\""), parts[2].hasSuffix("\""),
            ["externalid", "username"].contains(parts[0].lowercased())
        else {
            return Self.problem(
                400, "filter by externalId eq \"…\" or userName eq \"…\"", type: "invalidFilter")
        }
        let wanted = parts[2].dropFirst().dropLast()
        let found = all.filter {
            parts[0].lowercased() == "username"
                ? sameUTF8($0.userName.lowercased(), wanted.lowercased())
                : sameUTF8($0.externalID, String(wanted))
        }
        return Self.scim(
            200,
            [
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": .int(Int64(found.count)),
                "Resources": .list(found.map(Self.resource)),
            ])
    }

    // MARK: Answers

    /// What the provider gives besides SCIM's own attributes: where the account's owner sets a password.
    static let activation = "urn:pawl:params:scim:schemas:extension:sandbox:2.0:Activation"

    private static func resource(_ line: IdentityLine) -> Value {
        var members: [(String, Value)] = [
            ("schemas", ["urn:ietf:params:scim:schemas:core:2.0:User", .string(activation)]),
            ("id", .string(line.id)), ("userName", .string(line.userName)), ("active", true),
        ]
        if let externalID = line.externalID { members.append(("externalId", .string(externalID))) }
        if let email = line.email {
            members.append(("emails", [["value": .string(email), "primary": true]]))
        }
        members.append(
            (
                "meta",
                [
                    "resourceType": "User", "created": .string(line.at.rfc3339),
                    "location": .string("\(users)/\(line.id)"),
                ]
            ))
        members.append(
            (activation, ["activationUrl": .string("https://id.example/activate/\(line.id)")]))
        return .map(ValueMap(members))
    }

    private static func scim(_ status: Int, _ value: Value) -> RemoteResponse {
        RemoteResponse(
            status: status, headers: [("content-type", "application/scim+json")],
            body: JSON.encode(value))
    }

    private static func missing(_ id: String) -> RemoteResponse {
        problem(404, "there is no account \(id)")
    }

    private static func problem(
        _ status: Int, _ detail: String, type: String? = nil
    ) -> RemoteResponse {
        var members: [(String, Value)] = [
            ("schemas", ["urn:ietf:params:scim:api:messages:2.0:Error"]),
            ("status", .string(String(status))), ("detail", .string(detail)),
        ]
        if let type { members.append(("scimType", .string(type))) }
        return scim(status, .map(ValueMap(members)))
    }
}
