import Testing
import Values

@testable import Guest
@testable import Marketplace
@testable import Sandbox

@Suite("The identity provider: SCIM 2.0 [R-24]")
struct IdentityTests {
    var world = SandboxWorld(bank: Bank())

    private mutating func request(
        _ method: String, _ path: String = "", query: [(String, String)] = [],
        sending pairs: [(String, Value)] = []
    ) throws -> RemoteResponse {
        let request = RemoteRequest(
            method: method, path: "/iam/v2/Users" + path, query: query,
            body: pairs.isEmpty ? [] : body(pairs))
        return try #require(world.handle(request, now: dawn).response)
    }

    private mutating func create(
        _ name: String = "Cleo@Mail.example", key: String? = "k-1"
    ) throws -> RemoteResponse {
        var pairs: [(String, Value)] = [
            ("userName", .string(name)), ("emails", [["value": "cleo@mail.example"]]),
        ]
        if let key { pairs.append(("externalId", .string(key))) }
        return try request("POST", sending: pairs)
    }

    private mutating func found(_ filter: String) throws -> RemoteResponse {
        try request("GET", query: [("filter", filter)])
    }

    @Test("makes an account, with a place and a link by which its owner sets a password")
    mutating func creates() throws {
        let response = try create()
        #expect(response.status == 201)
        #expect(response.header("content-type") == "application/scim+json")
        #expect(response.json["id"] == "user-1")
        #expect(response.header("location") == "/iam/v2/Users/user-1")
        #expect(response.json[IdentitySchema.activation]?["activationUrl"] != nil)
        #expect(try request("GET", "/user-1").json["userName"] == "Cleo@Mail.example")
    }

    @Test("takes a user name once, in any case: SCIM has no idempotency keys")
    mutating func taken() throws {
        _ = try create()
        let again = try create("cleo@mail.EXAMPLE")
        #expect(again.status == 409)
        #expect(again.json["scimType"] == "uniqueness")
        #expect(again.json["status"] == "409")
        #expect(world.identities.all.count == 1)
    }

    @Test("finds an account by what its maker called it, and by its user name")
    mutating func finds() throws {
        _ = try create()
        #expect(try found("externalId eq \"k-1\"").json["totalResults"] == 1)
        #expect(try found("externalId eq \"k-2\"").json["totalResults"] == 0)
        let byName = try found("userName eq \"cleo@mail.example\"")
        #expect(byName.json["Resources"]?.listValue?.first?["id"] == "user-1")
    }

    @Test("finds by one or the other, with quotes in what is looked for")
    mutating func findsEither() throws {
        _ = try create("o\"hara@mail.example", key: "k-1")
        _ = try create("cleo@mail.example", key: "k-2")
        let either = try found(#"externalId eq "k-2" or userName eq "O\"HARA@mail.example""#)
        #expect(either.json["totalResults"] == 2)
        let both = try found(#"externalId eq "k-2" and userName eq "o\"hara@mail.example""#)
        #expect(both.json["totalResults"] == 0)
        #expect(try found("active eq true and id eq \"user-1\"").json["totalResults"] == 1)
    }

    @Test("changes an account by PATCH and PUT, and tells of both in its file")
    mutating func changes() throws {
        _ = try create()
        let operation: Value = ["op": "Replace", "path": "active", "value": false]
        let patched = try request(
            "PATCH", "/user-1", sending: [("Operations", .list([operation]))])
        #expect(patched.status == 200)
        #expect(patched.json["active"] == false)
        #expect(patched.json["externalId"] == "k-1")
        let put = try request("PUT", "/user-1", sending: [("userName", "cleo2")])
        #expect(put.json["active"] == nil)
        #expect(try found("userName eq \"cleo@mail.example\"").json["totalResults"] == 0)
        _ = try create()
        #expect(
            try request("PUT", "/user-1", sending: [("userName", "CLEO@mail.example")]).status
                == 409)
        #expect(world.identities.lines.map(\.kind) == [.created, .changed, .changed, .created])
        #expect(
            try request("PATCH", "/user-9", sending: [("Operations", [operation])]).status == 404)
        let wrong: Value = ["op": "replace", "path": "shoeSize", "value": 43]
        let refused = try request("PATCH", "/user-1", sending: [("Operations", [wrong])])
        #expect(refused.json["scimType"] == "invalidPath")
    }

    @Test(
        "refuses other filters",
        arguments: [
            "", "externalId", "externalId co \"k\"", "id eq x", "id eq \"x\" or", "id eq \"x",
            "id eq \"x\" xor id eq \"y\"",
        ]
    )
    mutating func filters(filter: String) throws {
        #expect(try found(filter).json["scimType"] == "invalidFilter")
    }

    @Test("removes an account, after which its name is free")
    mutating func removes() throws {
        _ = try create()
        #expect(try request("DELETE", "/user-1").status == 204)
        #expect(try request("DELETE", "/user-1").status == 404)
        #expect(try request("GET", "/user-1").status == 404)
        #expect(try create().json["id"] == "user-3")
    }

    @Test("refuses an account without a name, and what is no JSON")
    mutating func invalid() throws {
        #expect(try request("POST", sending: [("active", true)]).status == 400)
        let reply = world.handle(
            RemoteRequest(method: "POST", path: "/iam/v2/Users", body: Array("{".utf8)),
            now: dawn)
        #expect(reply.response?.status == 400)
    }

    @Test("asks for its token where it has one")
    func token() throws {
        var world = SandboxWorld(identities: IdentityProvider(token: "secret"))
        var request = RemoteRequest(
            method: "GET", path: "/iam/v2/Users", query: [("filter", "userName eq \"a\"")])
        #expect(world.handle(request, now: dawn).response?.status == 401)
        request.headers = [RemoteRequest.Pair("authorization", "Bearer secret")]
        #expect(world.handle(request, now: dawn).response?.status == 200)
    }

    @Test("loses an answer where a fault says so, and has made the account all the same")
    mutating func lost() throws {
        world.faults.add(Fault(adapter: "iam", operation: "create", kind: .lostReply))
        let request = RemoteRequest(
            method: "POST", path: "/iam/v2/Users",
            body: body([("userName", "cleo"), ("externalId", "k-1")]))
        #expect(world.handle(request, now: dawn).response == nil)
        #expect(try found("externalId eq \"k-1\"").json["totalResults"] == 1)
    }
}
