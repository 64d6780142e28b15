import Access
import Definition
import Encryption
import Execution
import FileStore
import Foundation
import Testing
import Values

@testable import SQLiteStore

/// Content, archive and erasures beside the database.
@Suite struct SealedFilesTests {
    private static let now = Timestamp(seconds: 1_800_000_000)
    private static let marker = "Maria Musterfrau"

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Those in which the marker stands, in whatever way a file could have it.
    private func files() throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return all.filter { name in
            guard let data = FileManager.default.contents(atPath: folder.file(name)) else {
                return false
            }
            let base64 = Data(Self.marker.utf8).base64EncodedString().dropLast(4)
            return data.range(of: Data(Self.marker.utf8)) != nil
                || data.range(of: Data(base64.utf8)) != nil
        }.sorted()
    }

    private func document(_ key: String) throws -> InstanceDocument {
        let start = Timestamp(seconds: 1_700_000_000)
        let write = InstanceWrite(
            id: InstanceID(7), name: InstanceName(workflow: "loan", key: key), version: 1,
            status: .completed, revision: 3,
            summary: InstanceSummary(
                states: [], startedAt: start, updatedAt: start, endedAt: start, overdueAt: nil,
                incidents: 0, isRetrying: false, search: []), body: [])
        return try #require(
            InstanceDocument(
                write, run: ["who": .string(Self.marker)], history: [], receipts: [], members: [],
                attachments: []))
    }

    @Test func contentIsReadInAnyPartAndThroughEveryRotation() throws {
        let bytes = Array(String(repeating: Self.marker, count: 20_000).utf8)
        let hash = try #require(ContentHash(SHA256.hex(of: bytes)))
        var contents = FileContents(beside: folder.path, reserve: 0)
        let incoming = try contents.begin(size: Int64(bytes.count))
        for start in stride(from: 0, to: bytes.count, by: 100_001) {
            try incoming.append(Array(bytes[start..<min(start + 100_001, bytes.count)]))
        }
        try incoming.keep(as: hash)
        #expect(try files().count == 1)
        for current in ["k1", "k2", nil, "k1"] as [String?] {
            let keys = try testKeys(["k1", "k2"], current: current)
            contents = FileContents(beside: folder.path, reserve: 0, keys: keys)
            #expect(try contents.reseal(hash))
            #expect(try !contents.reseal(hash))
            #expect(try contents.key(of: hash) == current)
            #expect(try files().isEmpty == (current != nil))
            #expect(try contents.size(of: hash) == Int64(bytes.count))
            #expect(try contents.read(hash, from: 0, count: bytes.count + 9) == bytes)
            for offset in [0, 1, 65_535, 65_536, 131_071, bytes.count - 1, bytes.count] {
                let part = try contents.read(hash, from: Int64(offset), count: 70_000)
                #expect(part == Array(bytes.dropFirst(offset).prefix(70_000)))
            }
            #expect(try contents.list(after: nil, count: 9) == [hash])
        }
        let none = FileContents(beside: folder.path, reserve: 0)
        guard case .keyMissing = error({ try none.read(hash, from: 0, count: 1) }) else {
            Issue.record("it was read without a key")
            return
        }
        // Cut, and changed.
        let path = try #require(
            FileManager.default.subpathsOfDirectory(atPath: contents.folder)
                .first { $0.hasSuffix(hash.text) })
        let file = contents.folder + "/" + path
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        data[data.count - 3] ^= 1
        try data.write(to: URL(fileURLWithPath: file))
        guard case .corrupt = error({ try contents.read(hash, from: 300_000, count: 99_999) })
        else {
            Issue.record("what was changed was read")
            return
        }
    }

    @Test func theArchiveGoesThroughEveryRotation() throws {
        let path = folder.file("archive")
        let keys = ["a", "b \"c\"", "d"]
        for (index, current) in (["k1", "k2", nil, "k1"] as [String?]).enumerated() {
            let ring = try testKeys(["k1", "k2"], current: current)
            let archive = FileArchive(folder: path, keys: ring)
            var seen: Set<ExactText> = []
            while try archive.reseal(&seen) != nil {}
            #expect(try files().isEmpty == (current != nil || index == 0))
            if index < keys.count {
                _ = try archive.append([try document(keys[index])], with: nil, now: Self.now)
            }
            for key in keys.prefix(index + 1) {
                let name = InstanceName(workflow: "loan", key: key)
                #expect(
                    try archive.find(name) == document(key), "\(key) under \(current ?? "none")")
            }
            let summaries = try archive.verify()
            #expect(summaries.flatMap(\.findings) == [])
            #expect(summaries.map(\.instances) == [min(index + 1, 3)])
            var counts = SealedCounts(current: current, names: [])
            try archive.sealedCounts(into: &counts)
            #expect(counts.left == 0)
        }
        let ring = try testKeys(["k1"], current: "k1")
        let archive = FileArchive(folder: path, keys: ring)
        let again = try document("a")
        let erased = try archive.rewrite("loan", where: Self.marker) { document in
            document.name.key == "a" ? again : nil
        }
        #expect(erased == 1)
        #expect(try files() == [])
        #expect(try archive.verify().flatMap(\.findings) == [])
        guard
            case .keyMissing = error({
                try FileArchive(folder: path).find(InstanceName(workflow: "loan", key: "d"))
            })
        else {
            Issue.record("it was read without a key")
            return
        }
        let lines = try FileArchive(folder: path).verify().flatMap(\.findings)
        #expect(lines.count == 3)
    }

    @Test func erasuresAreReadThroughEveryRotation() throws {
        func order(_ number: Int64) -> Erasure.Order {
            Erasure.Order(
                number: number, person: "customer", id: Self.marker, reason: Self.marker,
                by: Actor(role: "operator", subject: "olga"), at: Self.now)
        }
        try ErasureFile(beside: folder.path).append([order(1)])
        #expect(try files() == ["pawl.erasures"])
        for (index, current) in (["k1", "k2", nil, "k1"] as [String?]).enumerated() {
            let keys = try testKeys(["k1", "k2"], current: current)
            let file = ErasureFile(beside: folder.path, keys: keys)
            try file.append([order(Int64(index) + 2)])
            #expect(try file.reseal() == index + 1)
            #expect(try file.reseal() == 0)
            #expect(try file.read().orders == (1...Int64(index + 2)).map(order))
            #expect(try file.read().unreadable == 0)
            #expect(try files().isEmpty == (current != nil))
        }
        guard case .keyMissing = error({ try ErasureFile(beside: folder.path).read() }) else {
            Issue.record("it was read without a key")
            return
        }
    }

    private func error(_ body: () throws -> Any?) -> StoreError? {
        do { _ = try body() } catch { return error as? StoreError }
        return nil
    }

    // MARK: Whose they are

    /// Whatever the umask of who embeds it is.
    @Test func everyFileIsTheUsersAlone() throws {
        let keys = try testKeys(["k1", "k2"], current: "k1")
        let old = umask(0)
        defer { umask(old) }
        let data = folder.file("data")
        let store = try SQLiteStore.open(directory: data, mode: .readWrite, keys: keys)
        try store.commit([step(1)])
        _ = ClaimFile(directory: data, program: "p")
        let erasures = ErasureFile(beside: data, keys: keys)
        try erasures.append([
            Erasure.Order(
                number: 1, person: "customer", id: "7", reason: "asked",
                by: Actor(role: "operator", subject: "olga"), at: Self.now)
        ])
        let bytes = Array("text".utf8)
        let contents = FileContents(beside: data, reserve: 0, keys: keys)
        let incoming = try contents.begin(size: 4)
        try incoming.append(bytes)
        try incoming.keep(as: try #require(ContentHash(SHA256.hex(of: bytes))))
        let archive = FileArchive(folder: FileArchive.folder(beside: data), keys: keys)
        _ = try archive.append([try document("a")], with: contents, now: Self.now)
        try store.backUp(to: folder.file("copy"))
        var copy = ContentCopy()
        try copy.copy(
            namedBy: store, from: contents, to: FileContents(folder: folder.file("copy.files")))
        try SQLiteStore.restore(folder.file("copy"), into: folder.file("again"), keys: keys)
        // Written anew, in files that take their names.
        let next = try testKeys(["k1", "k2"], current: "k2")
        _ = try ErasureFile(beside: data, keys: next).reseal()
        _ = try FileContents(beside: data, reserve: 0, keys: next)
            .reseal(try #require(ContentHash(SHA256.hex(of: bytes))))
        let all = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        #expect(all.count > 15)
        for name in all {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file(name))
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
            let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
            #expect(mode == (isFolder ? 0o700 : 0o600), "\(name) \(String(mode, radix: 8))")
        }
    }
}
