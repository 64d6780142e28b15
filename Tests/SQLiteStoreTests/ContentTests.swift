import Definition
import Execution
import FileStore
import Foundation
import MemoryStore
import Testing
import Values

/// The bytes of attachments: on the disk, and in memory for tests, by one contract.
@Suite struct ContentTests {
    private static let text = Array("Dear all, it is done.\n".utf8)

    private static func hash(_ bytes: [UInt8]) throws -> ContentHash {
        try #require(ContentHash(SHA256.hex(of: bytes)))
    }

    private static func put(_ bytes: [UInt8], into contents: any ContentStore) throws -> ContentHash
    {
        let incoming = try contents.begin(size: Int64(bytes.count))
        for start in stride(from: 0, to: bytes.count, by: 5) {
            try incoming.append(Array(bytes[start..<min(start + 5, bytes.count)]))
        }
        let hash = try hash(bytes)
        try incoming.keep(as: hash)
        return hash
    }

    private func both(_ body: (any ContentStore) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try body(FileContents(beside: folder.path, reserve: 0))
        let sealed = try TemporaryFolder()
        let keys = try testKeys(["k1"], current: "k1")
        try body(FileContents(beside: sealed.path, reserve: 0, keys: keys))
        try body(MemoryContents())
    }

    @Test func whatIsKeptIsReadBackInPiecesUntilItIsRemoved() throws {
        try both { contents in
            #expect(try contents.list(after: nil, count: 9) == [])
            let hash = try Self.put(Self.text, into: contents)
            #expect(try contents.size(of: hash) == 22)
            #expect(try contents.read(hash, from: 0, count: 99) == Self.text)
            #expect(try contents.read(hash, from: 5, count: 3) == Array("all".utf8))
            #expect(try contents.read(hash, from: 22, count: 3) == [])
            // The same content again is the same content.
            #expect(try Self.put(Self.text, into: contents) == hash)
            #expect(try contents.list(after: nil, count: 9) == [hash])
            let age = try contents.age(of: hash)
            #expect(age.map { $0 < .seconds(60) } == true)
            try contents.remove(hash)
            try contents.remove(hash)
            #expect(try contents.age(of: hash) == nil)
            #expect(try contents.size(of: hash) == nil)
            #expect(throws: StoreError.self) { try contents.read(hash, from: 0, count: 1) }
        }
    }

    @Test func contentIsListedInOrderAndInPages() throws {
        try both { contents in
            let hashes = try (0..<40).map { try Self.put([UInt8($0)], into: contents) }.sorted()
            #expect(try contents.list(after: nil, count: 99) == hashes)
            #expect(try contents.list(after: hashes[7], count: 5) == Array(hashes[8..<13]))
        }
    }

    @Test func whatIsNotKeptLeavesNothing() throws {
        let folder = try TemporaryFolder()
        let contents = FileContents(beside: folder.path, reserve: 0)
        do {
            let incoming = try contents.begin(size: 22)
            try incoming.append(Self.text)
        }
        let left = try FileManager.default.contentsOfDirectory(
            atPath: contents.folder + "/incoming")
        #expect(left == [])
        #expect(try contents.list(after: nil, count: 9) == [])
    }

    @Test func onlyTheUserMayReadIt() throws {
        let folder = try TemporaryFolder()
        let contents = FileContents(beside: folder.path, reserve: 0)
        let hash = try Self.put(Self.text, into: contents)
        let start = "\(hash.text.prefix(2))/\(hash.text.dropFirst(2).prefix(2))"
        func mode(_ path: String) throws -> Int? {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: "\(contents.folder)/\(path)")
            return attributes[.posixPermissions] as? Int
        }
        #expect(try mode("") == 0o700)
        #expect(try mode(start) == 0o700)
        #expect(try mode("\(start)/\(hash)") == 0o600)
    }

    @Test func whatWasBegunLongAgoIsRemoved() throws {
        let folder = try TemporaryFolder()
        let contents = FileContents(beside: folder.path, reserve: 0)
        _ = try Self.put(Self.text, into: contents)
        let left = contents.folder + "/incoming/left"
        try Data(Self.text).write(to: URL(filePath: left))
        #expect(try contents.removeIncoming(olderThan: .seconds(3_600)) == 0)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3_700)], ofItemAtPath: left)
        #expect(try contents.removeIncoming(olderThan: .seconds(3_600)) == 1)
    }

    /// A link in the place of content or of a folder leads nowhere.
    @Test func linksAreNotFollowed() throws {
        let folder = try TemporaryFolder()
        let outside = try TemporaryFolder()
        try Data(Self.text).write(to: URL(filePath: outside.file("secret")))
        let contents = FileContents(beside: folder.path, reserve: 0)
        let hash = try Self.put(Self.text, into: contents)
        let start = "\(contents.folder)/\(hash.text.prefix(2))"
        let file = "\(start)/\(hash.text.dropFirst(2).prefix(2))/\(hash)"
        let manager = FileManager.default
        try manager.removeItem(atPath: file)
        try manager.createSymbolicLink(
            atPath: file, withDestinationPath: outside.file("secret"))
        #expect(throws: StoreError.self) { try contents.read(hash, from: 0, count: 9) }
        try manager.removeItem(atPath: start)
        try manager.createSymbolicLink(atPath: start, withDestinationPath: outside.path)
        #expect(throws: StoreError.self) { try Self.put(Self.text, into: contents) }
        #expect(try contents.list(after: nil, count: 9) == [])
        let names = try manager.contentsOfDirectory(atPath: outside.path)
        #expect(names == ["secret"])
    }

    @Test func uploadsLeaveTheDatabaseItsRoom() throws {
        let folder = try TemporaryFolder()
        let contents = FileContents(beside: folder.path, reserve: 1 << 60)
        #expect(throws: StoreError.self) { try contents.begin(size: 1) }
    }

    @Test func nothingIsRemovedWhileABackupReads() throws {
        let folder = try TemporaryFolder()
        let contents = FileContents(beside: folder.path, reserve: 0)
        // A folder that is not there holds nothing that could be removed.
        #expect(try contents.claimRemoval() != nil)
        _ = try Self.put(Self.text, into: contents)
        do {
            let hold = try contents.hold()
            #expect(hold != nil)
            #expect(try contents.claimRemoval() == nil)
            #expect(try contents.hold() != nil)
        }
        let claim = try contents.claimRemoval()
        #expect(claim != nil)
        #expect(try contents.hold() == nil)
    }
}
