import Guest
import Values

extension IdentityProvider {
    static let users = path + "/Users"

    /// The operation that faults name; nil for what the provider says of itself.
    public static func operation(of request: RemoteRequest) -> String? {
        let isOne = request.path.hasPrefix(users + "/")
        guard isOne || request.path == users else { return nil }
        switch request.method {
        case "POST" where !isOne: return "create"
        case "PATCH" where isOne, "PUT" where isOne: return "change"
        case "DELETE" where isOne: return "remove"
        case "GET": return "ask"
        default: return nil
        }
    }

    public func refusal(of request: RemoteRequest) -> RemoteResponse? {
        guard let token, request.header("authorization") != "Bearer \(token)" else { return nil }
        var refusal = IdentityRefusal(401, "the identity provider wants its bearer token").response
        refusal.headers.append(RemoteRequest.Pair("www-authenticate", "Bearer"))
        return refusal
    }

    public mutating func answer(
        _ request: RemoteRequest, now: Timestamp, isDeclining: Bool
    ) -> RemoteResponse {
        do throws(IdentityRefusal) {
            return try respond(request, now: now)
        } catch {
            return error.response
        }
    }

    private mutating func respond(
        _ request: RemoteRequest, now: Timestamp
    ) throws(IdentityRefusal) -> RemoteResponse {
        let id = String(request.path.dropFirst(Self.users.count + 1))
        switch (Self.operation(of: request), request.method) {
        case ("create", _):
            return try create(request, now: now)
        case ("change", let method):
            return try change(id, request, isWhole: method == "PUT", now: now)
        case ("remove", _):
            guard remove(id, now: now) else { throw .missing(id) }
            return RemoteResponse(status: 204)
        case ("ask", _) where id.isEmpty:
            return try list(request)
        case ("ask", _):
            guard let line = account(id) else { throw .missing(id) }
            return scim(200, resource(line, request))
        default:
            return try describe(request)
        }
    }

    // MARK: Accounts

    private mutating func create(
        _ request: RemoteRequest, now: Timestamp
    ) throws(IdentityRefusal) -> RemoteResponse {
        var members = try Self.members(request.body)
        if members["active"] == nil { members["active"] = true }
        let account = try Self.account(members)
        guard let line = create(account, now: now) else { throw .taken(account.userName) }
        var response = scim(201, resource(line, request))
        response.headers.append(
            RemoteRequest.Pair("location", Self.location(line.id, request)))
        return response
    }

    /// - Parameter isWhole: what the body does not say is unassigned.
    private mutating func change(
        _ id: String, _ request: RemoteRequest, isWhole: Bool, now: Timestamp
    ) throws(IdentityRefusal) -> RemoteResponse {
        guard let line = account(id) else { throw .missing(id) }
        let members = try Self.members(request.body)
        let account =
            isWhole ? try Self.account(members) : try Self.patched(line.account, members)
        guard let changed = change(id, to: account, now: now) else {
            throw .taken(account.userName)
        }
        return scim(200, resource(changed, request))
    }

    /// RFC 7644, 3.5.2; paths are names of whole attributes.
    private static func patched(
        _ account: IdentityAccount, _ members: ValueMap
    ) throws(IdentityRefusal) -> IdentityAccount {
        guard let operations = members["Operations"]?.listValue, !operations.isEmpty,
            operations.count <= maximumOperations
        else {
            throw IdentityRefusal(
                400, "`Operations` is a list of 1 to \(maximumOperations)", "invalidSyntax")
        }
        var account = account
        for operation in operations {
            do throws(FieldError) {
                try apply(operation, to: &account)
            } catch {
                throw IdentityRefusal(
                    400, error.detail, error.pointer == "/path" ? "invalidPath" : "invalidValue")
            }
        }
        return account
    }

    private static let maximumOperations = 100
    /// The extension's only part: with it the extension comes and goes.
    private static let activationURL = ":activationUrl"

    private static func apply(
        _ operation: Value, to account: inout IdentityAccount
    ) throws(FieldError) {
        let word = operation["op"]?.stringValue?.lowercased() ?? ""
        var changes: [(IdentityAccount.Attribute, Value)] = []
        if let path = operation["path"]?.stringValue {
            var value = operation["value"] ?? .null
            var path = path
            if path.lowercased().hasSuffix(activationURL.lowercased()) {
                path = String(path.dropLast(activationURL.count))
                if !value.isNull { value = ["activationUrl": value] }
            }
            guard let attribute = IdentityAccount.Attribute(path: path) else {
                throw FieldError(pointer: "/path", detail: "there is no attribute `\(path)`")
            }
            changes = [(attribute, value)]
        } else {
            for (key, value) in operation["value"]?.mapValue?.entries ?? [] {
                guard let name = key.stringValue.flatMap(IdentityAccount.Attribute.init(path:))
                else { continue }
                changes.append((name, value))
            }
        }
        for (attribute, value) in changes {
            switch word {
            case "add": try account.add(attribute, value)
            case "replace": try account.set(attribute, value)
            case "remove": try account.set(attribute, .null)
            default:
                throw FieldError(pointer: "/op", detail: "`op` is one of add, replace, remove")
            }
        }
    }

    private static func members(_ body: [UInt8]) throws(IdentityRefusal) -> ValueMap {
        do throws(FieldError) {
            return try RemoteFields(body: body).members
        } catch {
            throw IdentityRefusal(400, error.detail, "invalidSyntax")
        }
    }

    private static func account(_ members: ValueMap) throws(IdentityRefusal) -> IdentityAccount {
        do throws(FieldError) {
            return try IdentityAccount(members)
        } catch {
            throw IdentityRefusal(400, error.detail, "invalidValue")
        }
    }

    // MARK: Questions

    private func list(_ request: RemoteRequest) throws(IdentityRefusal) -> RemoteResponse {
        var found = all
        if let text = request.parameter("filter") {
            guard let filter = IdentityFilter(text) else {
                throw IdentityRefusal(
                    400, "the filter is `attribute eq \"value\"`, several of them with and, or",
                    "invalidFilter")
            }
            found = found.filter { filter.holds(of: $0) }
        }
        let start = max(1, request.parameter("startIndex").flatMap { Int($0) } ?? 1)
        let count = max(0, request.parameter("count").flatMap { Int($0) } ?? 200)
        let page = found.dropFirst(start - 1).prefix(min(count, IdentitySchema.maximumResults))
        return scim(
            200,
            IdentitySchema.list(
                page.map { resource($0, request) }, total: found.count, start: start))
    }

    private func resource(_ line: IdentityLine, _ request: RemoteRequest) -> Value {
        var members: ValueMap = ["id": .string(line.id)]
        members = members.merging(line.account.attributes)
        members["meta"] = [
            "resourceType": "User",
            "created": .string((madeAt(line.id) ?? line.at).rfc3339),
            "lastModified": .string(line.at.rfc3339),
            "location": .string(Self.location(line.id, request)),
        ]
        members = Self.selected(members, request)
        members["schemas"] = [
            .string(IdentitySchema.user), .string(IdentitySchema.activation),
        ]
        return .map(members)
    }

    /// RFC 7644, 3.9, by whole attributes; `id` is always there.
    private static func selected(_ members: ValueMap, _ request: RemoteRequest) -> ValueMap {
        func names(_ parameter: String) -> [String]? {
            request.parameter(parameter)?.split(separator: ",").map {
                let name = $0.lowercased()
                let prefix = IdentitySchema.user.lowercased() + ":"
                return name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
            }
        }
        let only = names("attributes")
        let without = names("excludedAttributes") ?? []
        return ValueMap(
            members.entries.compactMap { key, value in
                guard let name = key.stringValue else { return nil }
                let folded = name.lowercased()
                let isKept = only?.contains(folded) ?? !without.contains(folded)
                return isKept || name == "id" ? (name, value) : nil
            })
    }

    private static func location(_ id: String, _ request: RemoteRequest) -> String {
        IdentitySchema.location("\(users)/\(id)", request)
    }

    private func scim(_ status: Int, _ value: Value) -> RemoteResponse {
        IdentitySchema.response(status, value)
    }

    // MARK: What it says of itself

    private func describe(_ request: RemoteRequest) throws(IdentityRefusal) -> RemoteResponse {
        let segments = request.path.dropFirst(Self.path.count).split(separator: "/")
        guard let kind = segments.first, segments.count <= 2,
            let described = IdentitySchema.described(String(kind), request)
        else {
            let isSearch = request.path == Self.path + "/.search"
            throw IdentityRefusal(
                isSearch ? 501 : 404, "the identity provider has no \(request.path)")
        }
        guard request.method == "GET" else {
            throw IdentityRefusal(405, "\(kind) can be read only")
        }
        switch described {
        case .one(let value):
            guard segments.count == 1 else { throw IdentityRefusal(404, "there is no such thing") }
            return scim(200, value)
        case .several(let list):
            guard segments.count == 2 else {
                return scim(200, IdentitySchema.list(list, total: list.count, start: 1))
            }
            let found = list.first { $0["id"]?.stringValue == String(segments[1]) }
            guard let found else { throw .missing(String(segments[1])) }
            return scim(200, found)
        }
    }
}

/// RFC 7644, 3.12.
struct IdentityRefusal: Error {
    let status: Int
    let detail: String
    /// SCIM's word for it.
    let type: String?

    init(_ status: Int, _ detail: String, _ type: String? = nil) {
        self.status = status
        self.detail = detail
        self.type = type
    }

    static func missing(_ id: String) -> Self { Self(404, "there is no \(id)") }
    static func taken(_ name: String) -> Self {
        Self(409, "the user name \(name) is taken", "uniqueness")
    }

    var response: RemoteResponse {
        var members: ValueMap = [
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": .string(String(status)), "detail": .string(detail),
        ]
        if let type { members["scimType"] = .string(type) }
        return IdentitySchema.response(status, .map(members))
    }
}
