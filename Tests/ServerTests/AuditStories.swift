import Execution
import MemoryStore
import Resources
import Testing
import Values

/// Who did what, over HTTP and on its page.
@Suite struct AuditStories {
    private static let olga = ["Pawl-Actor": "operator/olga", "X-Request-Id": "r-17"]

    private func rows(_ client: Client, _ query: String = "") async throws -> [Value] {
        try await client.get("/v1/audit" + query)["rows"]?.listValue ?? []
    }

    @Test func whatSomebodyDoesIsThereWithTheRequestThatDidIt() async throws {
        try await withDoor { client in
            // By nobody: it is in the history of the instance.
            #expect(try await rows(client).isEmpty)
            let event = #"{"event": "door.open", "id": "e-1", "data": {"by": "ann"}}"#
            let path = "/v1/workflows/door/instances/d-1"
            #expect(try await client.post(path + "/events", event, Self.olga).status == 200)
            // Once more is no change.
            #expect(try await client.post(path + "/events", event, Self.olga).status == 200)
            let found = try await rows(client)
            #expect(found.count == 1)
            let row = try #require(found.first)
            #expect(row["deed"] == "send")
            #expect(row["actor"] == "operator/olga")
            #expect(row["target"] == "door/d-1")
            #expect(row["outcome"] == "applied")
            #expect(row["request"] == "r-17")
            #expect(row["arguments"]?["event"] == "door.open")
            #expect(row["principal"] == nil)
            #expect(row["proof"] == nil)
            // What was sent is not in it.
            #expect(!JSON.string(row).contains("ann"))
            #expect(
                try await client.post(path + "/actions/pause", #"{"reason": "wait"}"#, Self.olga)
                    .status
                    == 200)
            #expect(try await rows(client, "?filter=deed:pause").first?["reason"] == "wait")
            #expect(try await rows(client, "?filter=target:door/d-1").count == 2)
            #expect(try await client.get("/v1/audit?filter=deed:opne").status == 422)
            #expect(try await client.get("/v1/audit?filter=colour:red").status == 422)
        }
    }

    @Test func whoeverReadsItCanWalkTheChain() async throws {
        try await withDoor { client in
            for number in 1...5 {
                _ = try await client.put(
                    "/v1/workflows/door/instances/e-\(number)", #"{"colour": "green"}"#, Self.olga)
            }
            var verifier = AuditVerifier()
            var after: Int64 = 0
            while true {
                let page = try await rows(client, "?after=\(after)&count=2")
                let read = page.compactMap { AuditRow(document: $0) }
                #expect(read.count == page.count)
                verifier.take(read)
                guard let last = read.last else { break }
                after = last.sequence
            }
            #expect(verifier.verdict() == nil)
            #expect(verifier.count == 5)
            // And sees a change on the way.
            var page = try await rows(client, "?after=0&count=5")
            var proof = try #require(page[2]["proof"])
            var fields = try #require(proof["fields"]?.listValue)
            fields[0] = ["text": "mallory", "salt": "00"]
            proof["fields"] = .list(fields)
            page[2]["proof"] = proof
            var other = AuditVerifier()
            other.take(page.compactMap { AuditRow(document: $0) })
            #expect(other.verdict()?.kind == .changed)
            #expect(other.verdict()?.sequence == 3)
        }
    }

    @Test func itHasAPage() async throws {
        try await withDoor { client in
            let empty = try await client.page("/audit")
            #expect(empty.html.contains("Nobody has changed anything yet."))
            _ = try await client.put(
                "/v1/workflows/door/instances/e-1", #"{"colour": "green"}"#,
                ["Pawl-Actor": "operator/<b>olga"])
            let page = try await client.page("/audit")
            #expect(page.html.contains("operator/&lt;b&gt;olga"))
            #expect(page.html.contains("e-1"))
            #expect(page.html.contains("pawl audit verify"))
            let none = try await client.page("/audit?filter=deed:login")
            #expect(none.html.contains("No row is like that."))
        }
    }
}
