import Access
import Foundation
import Testing
import Values

@testable import Guest
@testable import Marketplace
@testable import Sandbox

@Suite("The journal")
struct JournalTests {
    /// A world with something of everything, and its files.
    static func history() throws -> (world: SandboxWorld, files: [JournalName: [UInt8]]) {
        var world = SandboxWorld(mails: MailSink(journaled: true))
        _ = try world.charge("k1")
        _ = try world.charge("k2", "client-declines-2-7")
        _ = try world.refund("k1", key: "r1")
        _ = try world.refund("k9", key: "r9")
        _ = try world.orderCookie("k1")
        _ = try world.orderCookie("k2", order: "o-2")
        _ = try world.cancelCookie("k2", key: "c2")
        _ = try world.orderCookie("k3", order: "o-3", at: dawn + .seconds(5))
        let events = world.due(now: dawn + .seconds(600))
        world.acknowledged(eventID: events.first?.id ?? "", now: dawn + .seconds(600))
        for (method, path) in [("POST", ""), ("DELETE", "/user-1"), ("POST", "")] {
            let user = body([("userName", "cleo"), ("externalId", "k-1")])
            _ = world.handle(
                RemoteRequest(method: method, path: "/iam/v2/Users" + path, body: user),
                now: dawn)
        }
        let raw = Array("Message-ID: <1>\r\nSubject: s\r\n\r\ntext".utf8)
        for _ in 0..<2 {
            _ = world.deliver(Mail(from: "a@x", to: ["b@x"], raw: raw), now: dawn)
        }
        var files: [JournalName: [UInt8]] = [:]
        for append in world.takeJournal() { files[append.name, default: []] += append.bytes }
        #expect(world.takeJournal().isEmpty)
        return (world, files)
    }

    static func rebuilt(_ files: [JournalName: [UInt8]]) throws -> SandboxWorld {
        var world = SandboxWorld(mails: MailSink(journaled: true))
        for name in Worlds.journals {
            let bytes = files[name] ?? []
            #expect(try world.restore(name, from: bytes) == bytes.count)
        }
        return world
    }

    @Test("rebuilds the whole world")
    func rebuild() throws {
        let (world, files) = try Self.history()
        var rebuilt = try Self.rebuilt(files)
        #expect(rebuilt.bank.lines == world.bank.lines)
        #expect(rebuilt.cookies.lines == world.cookies.lines)
        #expect(rebuilt.identities.lines == world.identities.lines)
        #expect(rebuilt.identities.all.map(\.id) == ["user-3"])
        #expect(rebuilt.mails.mails == world.mails.mails)
        #expect(rebuilt.takeJournal().isEmpty)
        #expect(try rebuilt.charge("k1").isReplay)
        #expect(try rebuilt.charge("k9").code == "fenced")
        #expect(try rebuilt.charge("k3", "client-declines-2-7").status == 402)
        #expect(try rebuilt.charge("k4", "client-declines-2-7").status == 201)
        #expect(rebuilt.due(now: dawn + .seconds(700)).map(\.key) == ["o-3"])
    }

    @Test("announces again what was taken and not acknowledged")
    func unacknowledged() throws {
        var world = SandboxWorld(bank: Bank())
        _ = try world.orderCookie("k1")
        let events = world.due(now: dawn + .seconds(600))
        var files: [JournalName: [UInt8]] = [:]
        for append in world.takeJournal() { files[append.name, default: []] += append.bytes }
        var rebuilt = try Self.rebuilt(files)
        #expect(rebuilt.due(now: dawn + .seconds(600)) == events)
    }

    @Test("cuts a torn last line at every byte of it", arguments: Worlds.journals)
    func tornTail(name: JournalName) throws {
        let (_, files) = try Self.history()
        let bytes = try #require(files[name])
        let last = (bytes.dropLast().lastIndex(of: 10) ?? -1) + 1
        for end in last..<bytes.count {
            var world = SandboxWorld(bank: Bank())
            #expect(try world.restore(name, from: Array(bytes[..<end])) == last, "cut at \(end)")
        }
    }

    @Test("cuts a last line that is whole and broken", arguments: Worlds.journals)
    func brokenTail(name: JournalName) throws {
        let (_, files) = try Self.history()
        let bytes = try #require(files[name])
        var world = SandboxWorld(bank: Bank())
        let torn = bytes + Array("{\"seq\":\0\0\0\n".utf8)
        #expect(try world.restore(name, from: torn) == bytes.count)
    }

    @Test("refuses a file that is broken before its end", arguments: Worlds.journals)
    func brokenMiddle(name: JournalName) throws {
        let (_, files) = try Self.history()
        let bytes = try #require(files[name])
        var world = SandboxWorld(bank: Bank())
        #expect(throws: JournalError(file: name.fileName, line: 1)) {
            try world.restore(name, from: Array("{}\n".utf8) + bytes)
        }
        let first = (bytes.firstIndex(of: 10) ?? 0) + 1
        var other = SandboxWorld(bank: Bank())
        #expect(throws: JournalError(file: name.fileName, line: 2)) {
            try other.restore(name, from: Array(bytes[..<first]) + bytes + bytes)
        }
    }

    @Test("acknowledges nothing after a failed write")
    func fullDisk() async throws {
        let path = "/dev/full"
        var files: [JournalName: Journal.File] = [:]
        for name in Worlds.journals {
            files[name] = Journal.File(
                descriptor: Descriptor(open(path, O_WRONLY)), path: path)
        }
        let journal = Journal(files: files)
        let number = journal.append([JournalAppend(.bank, ["seq": 1])])
        for _ in 0..<2 {
            await #expect(throws: SandboxError.self) { try await journal.flush(to: number) }
        }
        await #expect(throws: SandboxError.self) { try await journal.flush(to: 0) }
        await journal.close()
    }

    @Test("writes the members that the judge reads")
    func judge() throws {
        let (_, files) = try Self.history()
        let first = try #require(files[.bank]?.split(separator: 10).first)
        let line = try JSON.parse(Array(first))
        let names = ["seq", "at", "key", "kind", "account", "amount", "currency", "status"]
        #expect(line.mapValue?.keys.compactMap(\.stringValue) == names)
        #expect(line["kind"] == "charge")
        #expect(line["status"] == "posted")
    }
}
