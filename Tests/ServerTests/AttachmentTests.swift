import Definition
import Engine
import Execution
import Foundation
import MemoryStore
import Server
import Testing
import Values

/// Content comes in as a stream, is referred to by its hash, and is read back in ranges.
@Suite struct AttachmentStories {
    private static let letter = "Dear all, it is done.\n"
    private static let ana = ["Pawl-Actor": "worker/ana"]
    private static let bo = ["Pawl-Actor": "worker/bo"]

    private static let album = """
        workflow: album
        version: 1
        context: {page: {type: [object, 'null'], default: null}}
        events:
          page.added: {data: {type: object, required: [page], properties: {page: {format: attachment}}}}
        initial: open
        states:
          open: {on: {page.added: {actions: {assign: {page: '${event.data.page}'}}}}}
        """

    private func withAlbum(
        _ limits: AttachmentLimits = AttachmentLimits(),
        contents: any ContentStore = MemoryContents(),
        _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        try await withServer(workflow: Self.album, contents: contents, limits: limits) { client in
            _ = try await client.put("/v1/workflows/album/instances/a-1", "{}")
            try await body(client)
        }
    }

    private static func hash(_ text: String) -> String { SHA256.hex(of: text) }

    private static func put(
        _ client: Client, _ text: String = letter, type: String = "text/plain",
        _ headers: [String: String] = ana
    ) async throws -> Client.Answer {
        try await client.put(
            "/v1/attachments", text, headers.merging(["Content-Type": type]) { $1 })
    }

    private static func page(_ name: String, _ text: String = letter) -> String {
        """
        {"event": "page.added", "data": {"page": {"sha256": "\(hash(text))", "name": "\(name)", \
        "type": "text/plain", "size": \(text.utf8.count)}}}
        """
    }

    private static let events = "/v1/workflows/album/instances/a-1/events"

    @Test func whatWasPutIsReferredToAndReadBack() async throws {
        try await withAlbum { client in
            let put = try await Self.put(client)
            #expect(put.status == 201)
            #expect(put["sha256"]?.stringValue == Self.hash(Self.letter))
            #expect(put["size"] == 22)
            #expect(put["type"] == "text/plain")
            // The same bytes again: the same answer, and no word that they were known.
            let again = try await Self.put(client, headers: Self.bo)
            #expect(again.status == 201)
            #expect(again.body == put.body)
            let added = try await client.post(Self.events, Self.page("letter.txt"), Self.ana)
            #expect(added.status == 200)
            let path = "/v1/attachments/\(Self.hash(Self.letter))?name=caf%C3%A9.txt"
            let (bytes, read) = try await client.bytes(path, Self.ana)
            #expect(String(decoding: bytes, as: UTF8.self) == Self.letter)
            #expect(read.header("ETag") == "\"\(Self.hash(Self.letter))\"")
            #expect(read.header("X-Content-Type-Options") == "nosniff")
            #expect(read.header("Content-Security-Policy") == "sandbox; default-src 'none'")
            #expect(read.header("Cache-Control")?.hasPrefix("private") == true)
            #expect(read.header("Content-Type") == "text/plain")
            #expect(
                read.header("Content-Disposition")
                    == "attachment; filename=\"caf_.txt\"; filename*=UTF-8''caf%C3%A9.txt")
        }
    }

    @Test func aRangeIsReadAndWhatIsOutsideIsNot() async throws {
        try await withAlbum { client in
            _ = try await Self.put(client)
            let path = "/v1/attachments/\(Self.hash(Self.letter))"
            func read(_ headers: [String: String]) async throws -> (String, Client.Answer) {
                let (bytes, answer) = try await client.bytes(
                    path, Self.ana.merging(headers) { $1 })
                return (String(decoding: bytes, as: UTF8.self), answer)
            }
            for (range, text, place) in [
                ("bytes=0-3", "Dear", "bytes 0-3/22"), ("bytes=16-", "done.\n", "bytes 16-21/22"),
                ("bytes=-6", "done.\n", "bytes 16-21/22"),
                ("bytes=16-99999999999999999999", "done.\n", "bytes 16-21/22"),
                ("bytes=-100", Self.letter, "bytes 0-21/22"),
            ] {
                let (part, answer) = try await read(["Range": range])
                #expect(part == text)
                #expect(answer.status == 206)
                #expect(answer.header("Content-Range") == place)
            }
            let (_, outside) = try await read(["Range": "bytes=22-"])
            #expect(outside.status == 416)
            #expect(outside.header("Content-Range") == "bytes */22")
            for whole in ["bytes=0-1,4-5", "bytes=5-2", "lines=1-2", "bytes=-", "bytes=a-b"] {
                #expect(try await read(["Range": whole]).1.status == 200)
            }
            let tag = "\"\(Self.hash(Self.letter))\""
            #expect(try await read(["If-None-Match": "\"x\", W/\(tag)"]).1.status == 304)
            #expect(try await read(["Range": "bytes=0-3", "If-Range": tag]).1.status == 206)
            #expect(try await read(["Range": "bytes=0-3", "If-Range": "\"x\""]).1.status == 200)
        }
    }

    @Test func aGuessedHashIsNoRight() async throws {
        try await withAlbum { client in
            _ = try await Self.put(client)
            let path = "/v1/attachments/\(Self.hash(Self.letter))"
            let stolen = try await client.post(Self.events, Self.page("mine.txt"), Self.bo)
            #expect(stolen.status == 422)
            #expect(stolen["code"] == "unknown-attachment")
            #expect(try await client.get(path, Self.bo).status == 404)
            _ = try await client.post(Self.events, Self.page("letter.txt"), Self.ana)
            // The instance speaks of it now, and whoever reads the instance may read it.
            #expect(try await client.bytes(path, Self.bo).1.status == 200)
            #expect(try await client.get("/v1/attachments/..%2F..%2Fpawl.db").status == 404)
        }
    }

    @Test func contentThatHasGoneIsNoAnswer() async throws {
        let contents = MemoryContents()
        try await withAlbum(contents: contents) { client in
            _ = try await Self.put(client)
            let hash = try #require(ContentHash(Self.hash(Self.letter)))
            try contents.remove(hash)
            let answer = try await client.get("/v1/attachments/\(hash)", Self.ana)
            #expect(answer.status == 503)
            #expect(answer["fix"]?.stringValue?.contains("pawl doctor --deep") == true)
        }
    }

    @Test(arguments: ["../../etc/passwd", "C:\\\\x", "a\\u202egpj.exe", "a\\u0000"])
    func aNameIsNoPath(name: String) async throws {
        try await withAlbum { client in
            _ = try await Self.put(client)
            let answer = try await client.post(Self.events, Self.page(name), Self.ana)
            #expect(answer.status == 422)
            let detail = answer["errors"]?[0]
            #expect(detail?["pointer"] == "/data/page/name")
            #expect(detail?["detail"]?.stringValue?.contains("the name of a file") == true)
        }
    }

    @Test func whatIsTooLargeIsRefusedUnread() async throws {
        var limits = AttachmentLimits()
        limits.size = 100
        try await withAlbum(limits) { client in
            let answer = try await RawConnection.ask(
                """
                PUT /v1/attachments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r
                Content-Type: text/plain\r\nContent-Length: 101\r\n\r\n
                """, port: client.port)
            #expect(answer.status == 413)
            #expect(answer["detail"]?.stringValue?.contains("100 bytes at most") == true)
            let chunked = try await RawConnection.ask(
                """
                PUT /v1/attachments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r
                Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n
                """, port: client.port)
            #expect(chunked.status == 411)
        }
    }

    @Test func contentIsWhatItIsSaidToBe() async throws {
        var limits = AttachmentLimits()
        limits.types = [.png, .text]
        try await withAlbum(limits) { client in
            let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
            for (type, text) in [
                ("image/png", svg), ("text/plain", svg), ("image/svg+xml", svg),
                ("text/html", "<b>"), ("application/pdf", "%PDF-1.7"), ("text/plain", "a\u{0}b"),
            ] {
                let answer = try await Self.put(client, text, type: type)
                #expect(answer.status == 415)
                #expect(answer["code"] == "unsupported-media-type")
            }
            let parameters = try await Self.put(client, type: "Text/Plain; charset=utf-8")
            #expect(parameters.status == 201)
            #expect(try await Self.put(client, "").status == 422)
        }
    }

    @Test func theDigestIsHeldAgainstWhatCame() async throws {
        try await withAlbum { client in
            let right = Base64.encode(Self.hash(Self.letter).bytesOfHex)
            let wrong = Base64.encode(Self.hash("else").bytesOfHex)
            let wanted = [
                ("sha-256=:\(wrong):", 422), ("sha-256=zz", 400), ("md5=:AAAA:", 201),
                ("md5=:AAAA:, sha-256=:\(right):", 201),
            ]
            for (digest, status) in wanted {
                let answer = try await Self.put(client, headers: ["Repr-Digest": digest])
                #expect(answer.status == status)
            }
        }
    }

    /// A body that ends before its length leaves neither a row nor bytes.
    @Test func anUploadThatIsCutOffLeavesNothing() async throws {
        let contents = MemoryContents()
        try await withAlbum(contents: contents) { client in
            _ = try await RawConnection.exchange(
                Array(
                    """
                    PUT /v1/attachments HTTP/1.1\r\nHost: localhost\r\nPawl-Actor: worker/ana\r
                    Content-Type: text/plain\r\nContent-Length: 22\r\n\r\nDear all
                    """.utf8), port: client.port)
            #expect(try contents.list(after: nil, count: 9) == [])
            // The server goes on.
            #expect(try await Self.put(client).status == 201)
        }
    }

    @Test func whoeverIsTooSlowIsCutOff() async throws {
        var limits = AttachmentLimits()
        limits.window = .milliseconds(20)
        let contents = MemoryContents()
        try await withAlbum(limits, contents: contents) { client in
            let slow = try await RawConnection.askAndWait(
                """
                PUT /v1/attachments HTTP/1.1\r\nHost: localhost\r\nConnection: close\r
                Content-Type: text/plain\r\nContent-Length: 22\r\n\r\nDear all
                """, port: client.port)
            #expect(slow.status == 408)
            #expect(slow["code"] == "too-slow")
            #expect(try contents.list(after: nil, count: 9) == [])
        }
    }

    @Test func onlySoManyComeInAtOnce() async throws {
        var limits = AttachmentLimits()
        limits.uploads = 0
        try await withAlbum(limits) { client in
            let answer = try await Self.put(client)
            #expect(answer.status == 429)
            #expect(answer.header("Retry-After") == "1")
        }
    }

    @Test func aFullDiskRefusesAndKeepsNothing() async throws {
        let contents = FullContents()
        try await withAlbum(contents: contents) { client in
            let answer = try await Self.put(client)
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "60")
            #expect(
                try await client.get("/v1/attachments/\(Self.hash(Self.letter))", Self.ana).status
                    == 404)
            #expect(try await client.get("/v1/workflows/album/instances/a-1").status == 200)
        }
    }

    /// A stretch of the road where the disk ends.
    private struct FullContents: ContentStore {
        private final class Incoming: IncomingContent, Sendable {
            func append(_ bytes: [UInt8]) throws(StoreError) {
                throw .unavailable("no space left on device")
            }

            func keep(as hash: ContentHash) throws(StoreError) {}
        }

        func begin(size: Int64) throws(StoreError) -> any IncomingContent { Incoming() }
        func size(of hash: ContentHash) throws(StoreError) -> Int64? { nil }
        func read(
            _ hash: ContentHash, from offset: Int64, count: Int
        ) throws(StoreError) -> [UInt8] { [] }
        func remove(_ hash: ContentHash) throws(StoreError) {}
        func list(
            after hash: ContentHash?, count: Int
        ) throws(StoreError) -> [ContentHash] { [] }
        func age(of hash: ContentHash) throws(StoreError) -> Duration? { nil }
        func removeIncoming(olderThan age: Duration) throws(StoreError) -> Int { 0 }
        func claimRemoval() throws(StoreError) -> (any AnyObject & Sendable)? { nil }
    }

    // MARK: Asking first

    @Test func whoWaitsToBeAskedIsAskedOnceAndOnlyForWhatIsTaken() async throws {
        var limits = AttachmentLimits()
        limits.size = 100
        try await withAlbum(limits) { client in
            func ask(_ headers: [String], _ body: String) async throws -> String {
                let lines =
                    ["PUT /v1/attachments HTTP/1.1", "Host: localhost", "Expect: 100-continue"]
                    + headers
                let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
                return String(
                    decoding: try await RawConnection.exchange(
                        Array(text.utf8), port: client.port), as: UTF8.self)
            }
            let taken = try await ask(
                ["Content-Type: text/plain", "Content-Length: 22"], Self.letter)
            #expect(taken.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 "), "\(taken)")
            for (headers, status) in [
                (["Content-Type: text/plain", "Content-Length: 101"], "413"),
                (["Content-Type: text/html", "Content-Length: 22"], "415"),
                (["Content-Type: text/plain", "Content-Length: 0"], "422"),
            ] {
                let refused = try await ask(headers, "")
                #expect(refused.hasPrefix("HTTP/1.1 \(status) "), "\(refused)")
                #expect(refused.lowercased().contains("connection: close"))
            }
        }
    }
}

extension AttachmentStories {
    fileprivate static func put(
        _ client: Client, headers: [String: String]
    ) async throws -> Client.Answer {
        try await put(client, letter, type: "text/plain", headers)
    }
}

extension String {
    fileprivate var bytesOfHex: [UInt8] {
        let digits = Array(utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
