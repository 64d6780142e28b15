import Execution
import Foundation
import Testing

@testable import Server

/// A page that somebody looks at on the server's machine, and what it can make the browser send.
@Suite struct SiteStories {
    private static let cancel = "/v1/workflows/door/instances/d-1/actions/cancel"
    private static let reason = #"{"reason": "x"}"#

    @Test(arguments: [
        ["Origin": "http://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
        ["Sec-Fetch-Site": "same-site"], ["Origin": "http://127.0.0.1:3000"],
    ])
    func aPageOfAnotherSiteChangesNothing(headers: [String: String]) async throws {
        try await withDoor { client in
            let changes = [
                try await client.post(Self.cancel, Self.reason, headers),
                // The simplest request that a page can make: no body, no media type.
                try await client.ask(
                    "POST", Self.cancel.replacing("cancel", with: "retry"), nil, headers),
                try await client.put(
                    "/v1/workflows/door/instances/d-2", #"{"colour": "red"}"#, headers),
                try await client.post("/v1/events", #"{"event": "door.break"}"#, headers),
            ]
            for answer in changes {
                #expect(answer.status == 403)
                #expect(answer["code"] == "forbidden")
                #expect(answer.header("Content-Type") == "application/problem+json")
            }
            #expect(try await client.get("/v1/instances", headers)["total"] == 1)
            #expect(try await client.get("/v1/instances/1", headers)["status"] == "running")
        }
    }

    @Test func aPageOfTheServersOwnAndAProgramMayChange() async throws {
        try await withDoor { client in
            for headers in [
                ["Origin": "http://127.0.0.1:\(client.port)"], ["Sec-Fetch-Site": "same-origin"],
                ["Sec-Fetch-Site": "none"], [:],
            ] {
                let path = "/v1/workflows/door/instances/\(headers.count)\(headers.keys)"
                let answer = try await client.put(
                    path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? "",
                    #"{"colour": "red"}"#, headers)
                #expect(answer.status < 300, "\(headers) \(answer.body)")
            }
        }
    }

    @Test func noPageStartsAnythingAtThePublicEntryOfAnotherSite() async throws {
        try await withServer(door: .publicEntry(proxies: [])) { client in
            let answer = try await client.post(
                "/public/door", #"{"colour": "red"}"#, ["Sec-Fetch-Site": "cross-site"])
            #expect(answer.status == 403)
        }
    }

    /// `system` passes every sender's rule.
    @Test(arguments: ["system/x", "system", "System/pawl", "SYSTEM/"])
    func nobodyIsTheSystem(actor: String) async throws {
        try await withDoor { client in
            for path in ["/v1/instances/1/events", "/v1/events"] {
                let answer = try await client.post(
                    path, #"{"event": "door.lock", "key": "d-1"}"#, ["Pawl-Actor": actor])
                #expect(answer.status == 403)
                #expect(answer["detail"]?.stringValue?.contains("engine itself") == true)
            }
            let start = try await client.put(
                "/v1/workflows/door/instances/d-9", #"{"colour": "red"}"#, ["Pawl-Actor": actor])
            #expect(start.status == 403)
            #expect(try await client.get("/v1/instances/1")["states"] == ["closed"])
        }
    }
}
