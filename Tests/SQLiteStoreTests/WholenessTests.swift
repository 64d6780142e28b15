import Execution
import Foundation
import Glibc
import Testing

@testable import SQLiteStore

/// A folder whose database is not the one that was last there, or not all of it.
@Suite struct WholenessTests {
    private let folder: TemporaryFolder
    private let crashed: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        crashed = try TemporaryFolder()
    }

    private static let all = ["pawl.db", "pawl.db-wal", "pawl.state"]

    private func open(
        _ folder: TemporaryFolder, acceptingLoss: Bool = false, frames: Int = 8000
    ) throws(StoreError) -> SQLiteStore {
        try SQLiteStore.open(
            directory: folder.path, mode: .readWrite,
            durability: Durability(.full, checkpointFrames: frames), acceptingLoss: acceptingLoss)
    }

    private func put(_ names: [String], from source: TemporaryFolder, to target: TemporaryFolder)
        throws
    {
        for name in names { try? FileManager.default.removeItem(atPath: target.file(name)) }
        try source.copy(names, to: target)
    }

    private func size(_ name: String, in folder: TemporaryFolder) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.file(name))
        return attributes?[.size] as? Int ?? -1
    }

    private func expectRefusal(
        of folder: TemporaryFolder, _ words: String, acceptingLoss: Bool = false,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let content = FileManager.default.contents(atPath: folder.file("pawl.db"))
        let error = #expect(throws: StoreError.self, sourceLocation: location) {
            try open(folder, acceptingLoss: acceptingLoss)
        }
        guard case .corrupt(let reason)? = error else {
            Issue.record("\(error as Any)", sourceLocation: location)
            return
        }
        #expect(reason.contains(words), sourceLocation: location)
        #expect(reason.hasPrefix("pawl.db: "), sourceLocation: location)
        // A start that is refused changes nothing.
        let after = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(
            Set(after).subtracting(before).isSubset(of: ["pawl.lock", "pawl.db-shm"]),
            sourceLocation: location)
        #expect(
            FileManager.default.contents(atPath: folder.file("pawl.db")) == content,
            sourceLocation: location)
    }

    // MARK: A log that is gone

    @Test func aLogThatWasDeletedAfterAnUncleanEndIsMissed() throws {
        let store = try open(folder)
        try store.commit((1...30).map { step($0) })
        try put(Self.all, from: folder, to: crashed)
        try FileManager.default.removeItem(atPath: crashed.file("pawl.db-wal"))
        for _ in 1...2 { try expectRefusal(of: crashed, "its log pawl.db-wal is gone") }
        var accepted: SQLiteStore? = try open(crashed, acceptingLoss: true)
        #expect(accepted?.doubt == .lost)
        #expect(try accepted?.lastInstanceID() == InstanceID(0))
        // Until somebody confirms it, it stays in doubt.
        accepted = nil
        accepted = try open(crashed)
        #expect(accepted?.doubt == .another)
        accepted?.confirm()
        accepted = nil
        #expect(try open(crashed).doubt == nil)
    }

    /// There is nothing else in the folder that could tell.
    @Test func aDatabaseThatWasCopiedAloneWhileItWasOpenIsRefused() throws {
        let store = try open(folder)
        try store.commit([step(1)])
        try folder.copy(["pawl.db"], to: crashed)
        try expectRefusal(of: crashed, "its log pawl.db-wal is gone")
        #expect(throws: StoreError.self) { try SQLiteStore.doubt(of: crashed.path) }
    }

    @Test(arguments: ["cut", "emptied", "torn", "flipped"])
    func aLogThatHasLostItsEndIsMissed(_ damage: String) throws {
        let store = try open(folder)
        for id in 1...20 { try store.commit([step(Int64(id))]) }
        try put(Self.all, from: folder, to: crashed)
        let log = crashed.file("pawl.db-wal")
        let size = size("pawl.db-wal", in: crashed)
        switch damage {
        case "cut": #expect(truncate(log, off_t(size - 4120)) == 0)
        case "emptied": #expect(truncate(log, 0) == 0)
        case "torn": #expect(truncate(log, off_t(size - 1)) == 0)
        default:
            var bytes = try Data(contentsOf: URL(fileURLWithPath: log))
            bytes[size / 2] ^= 1
            try bytes.write(to: URL(fileURLWithPath: log))
        }
        for _ in 1...2 { try expectRefusal(of: crashed, "the end of its log pawl.db-wal is gone") }
        #expect(try open(crashed, acceptingLoss: true).doubt == .lost)
    }

    // MARK: A log of another one

    /// As when a copy from before is put in the place of the database, and the log stays.
    @Test func aLogIsNotLaidOverAnotherMomentOfItsDatabase() throws {
        let store = try open(folder, frames: 8)
        let early = try TemporaryFolder()
        try store.commit([step(1)])
        store.tidy()
        store.tidy()
        try folder.copy(Self.all, to: early)
        for id in 2...30 { try store.commit([step(Int64(id))]) }
        try put(Self.all, from: folder, to: crashed)
        try put(["pawl.db"], from: early, to: crashed)
        try expectRefusal(of: crashed, "was written for another database", acceptingLoss: true)
    }

    /// A backup is of the same log, and its pages have other numbers.
    @Test func aLogIsNotLaidOverABackupOfItsDatabase() throws {
        let store = try open(folder)
        try store.commit([step(1)])
        try store.backUp(to: folder.file("nightly.db"))
        for id in 2...30 { try store.commit([step(Int64(id))]) }
        try put(Self.all, from: folder, to: crashed)
        try FileManager.default.removeItem(atPath: crashed.file("pawl.db"))
        try FileManager.default.copyItem(
            atPath: folder.file("nightly.db"), toPath: crashed.file("pawl.db"))
        try expectRefusal(of: crashed, "was written for another database", acceptingLoss: true)
    }

    /// SQLite takes the log of a database that is not there for a leftover.
    @Test(arguments: ["gone", "empty"])
    func aLogWithoutItsDatabaseStays(_ way: String) throws {
        let store = try open(folder)
        for id in 1...20 { try store.commit([step(Int64(id))]) }
        try put(Self.all, from: folder, to: crashed)
        let file = crashed.file("pawl.db")
        let database = try Data(contentsOf: URL(fileURLWithPath: file))
        if way == "gone" {
            try FileManager.default.removeItem(atPath: file)
        } else {
            #expect(truncate(file, 0) == 0)
        }
        let log = size("pawl.db-wal", in: crashed)
        for accepts in [false, true] {
            try expectRefusal(
                of: crashed, "its log pawl.db-wal is here", acceptingLoss: accepts)
        }
        #expect(size("pawl.db-wal", in: crashed) == log)
        try database.write(to: URL(fileURLWithPath: file))
        #expect(try open(crashed).doubt == nil)
    }

    @Test func aDatabaseThatIsGoneIsMissed() throws {
        var store: SQLiteStore? = try open(folder)
        try store?.commit([step(1)])
        try store?.settle()
        store = nil
        try put(["pawl.state"], from: folder, to: crashed)
        try expectRefusal(of: crashed, "it is gone or empty")
        #expect(try open(crashed, acceptingLoss: true).doubt != nil)
    }

    @Test func aMarkThatCannotBeReadIsNamed() throws {
        var store: SQLiteStore? = try open(folder)
        try store?.commit([step(1)])
        try store?.settle()
        store = nil
        try put(Self.all, from: folder, to: crashed)
        let reader = try Connection(path: folder.file("pawl.db"), access: .alone)
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'mark'"
        let page = try #require(try reader.prepare(sql).first { $0.int(0) })
        var bytes = try Data(contentsOf: URL(fileURLWithPath: crashed.file("pawl.db")))
        for place in (page - 1) * 4_096..<page * 4_096 { bytes[place] = 0xA5 }
        try bytes.write(to: URL(fileURLWithPath: crashed.file("pawl.db")))
        try expectRefusal(of: crashed, "table mark")
    }

    @Test func anotherDatabasesLogIsNotLaidOverIt() throws {
        let store = try open(folder)
        try store.commit([step(1)])
        let other = try TemporaryFolder()
        let stranger = try open(other)
        try stranger.commit([step(1)])
        // One with its mark: its first since it was opened.
        try put(["pawl.db-wal"], from: other, to: crashed)
        try put(["pawl.db", "pawl.state"], from: folder, to: crashed)
        try expectRefusal(of: crashed, "was written for another database", acceptingLoss: true)
    }

    /// In the midst of a log its database may be of any moment since it began.
    @Test func aLogIsLaidOverWhateverOfItIsInTheDatabaseAlready() throws {
        let store = try open(folder)
        try store.commit([step(1)])
        let early = try TemporaryFolder()
        try folder.copy(["pawl.db"], to: early)
        let reader = try Connection(path: folder.file("pawl.db"), access: .readOnly)
        try reader.snapshot { (connection) throws(StoreError) in
            _ = try connection.prepare("SELECT count(*) FROM instances")
                .first { (row) throws(StoreError) in row.int(0) }
            try store.commit([step(2)])
            // Copied as far as the reader lets it.
            store.tidy()
            store.tidy()
            try store.commit([step(3)])
        }
        try put(Self.all, from: folder, to: crashed)
        #expect(try open(crashed).doubt == nil)
        try put(["pawl.db"], from: early, to: crashed)
        try put(["pawl.db-wal", "pawl.state"], from: folder, to: crashed)
        let next = try open(crashed)
        #expect(next.doubt == nil)
        #expect(try next.lastInstanceID() == InstanceID(3))
    }

    // MARK: An earlier moment

    @Test func whatIsCopiedBackIsOfAnEarlierMoment() throws {
        var store: SQLiteStore? = try open(folder)
        try store?.commit([step(1)])
        try store?.settle()
        store = nil
        let copy = try TemporaryFolder()
        try folder.copy(["pawl.db"], to: copy)
        store = try open(folder)
        #expect(store?.doubt == nil)
        try store?.commit([step(2)])
        try store?.settle()
        store = nil
        try put(["pawl.db"], from: copy, to: folder)
        #expect(try SQLiteStore.doubt(of: folder.path) == .older)
        store = try open(folder)
        #expect(store?.doubt == .older)
        store = nil
        #expect(try open(folder).doubt == .another, "nobody has confirmed it")
    }

    @Test func aBackupThatWasNotRestoredButCopiedIsSeen() throws {
        var store: SQLiteStore? = try open(folder)
        try store?.commit([step(1)])
        try store?.backUp(to: crashed.file("nightly.db"))
        try store?.commit([step(2)])
        try store?.settle()
        store = nil
        for name in Self.all where name != "pawl.state" {
            try FileManager.default.removeItem(atPath: folder.file(name))
        }
        try FileManager.default.copyItem(
            atPath: crashed.file("nightly.db"), toPath: folder.file("pawl.db"))
        #expect(try open(folder).doubt == .older)
        try FileManager.default.copyItem(
            atPath: crashed.file("nightly.db"), toPath: crashed.file("pawl.db"))
        #expect(try open(crashed).doubt == .unknown)
    }

    @Test func aBackupThatWasRestoredIsTheFoldersOwn() throws {
        let store = try open(folder)
        try store.commit([step(1)])
        try store.backUp(to: folder.file("nightly.db"))
        let target = folder.file("restored")
        try FileManager.default.createDirectory(
            atPath: target, withIntermediateDirectories: false)
        try folder.copy(["pawl.state"], to: crashed)
        try FileManager.default.copyItem(
            atPath: folder.file("pawl.state"), toPath: target + "/pawl.state")
        try SQLiteStore.restore(folder.file("nightly.db"), into: target)
        let restored = try SQLiteStore.open(directory: target, mode: .readWrite)
        #expect(restored.doubt == nil)
        #expect(try restored.lastInstanceID() == InstanceID(1))
    }

    @Test func anotherDatabaseIsSeenAndSoIsOneWithoutItsFile() throws {
        var store: SQLiteStore? = try open(folder)
        try store?.commit([step(1)])
        try store?.settle()
        store = nil
        let other = try TemporaryFolder()
        var stranger: SQLiteStore? = try open(other)
        try stranger?.settle()
        stranger = nil
        try folder.copy(["pawl.state"], to: crashed)
        try put(["pawl.db"], from: other, to: folder)
        #expect(try SQLiteStore.doubt(of: folder.path) == .another)
        try FileManager.default.removeItem(atPath: folder.file("pawl.state"))
        #expect(try SQLiteStore.doubt(of: folder.path) == .unknown)
        try "pawl".write(toFile: folder.file("pawl.state"), atomically: true, encoding: .utf8)
        #expect(try SQLiteStore.doubt(of: folder.path) == .unknown)
        // The database is gone, and a new one would give out the same keys again.
        try expectRefusal(of: crashed, "it is gone or empty")
        #expect(try open(crashed, acceptingLoss: true).doubt == .another)
    }

    // MARK: No false alarms

    @Test func killsStopsAndReadersRaiseNoDoubt() throws {
        var dice: UInt64 = 11
        func roll(_ sides: Int) -> Int {
            dice = dice &* 6_364_136_223_846_793_005 &+ 1
            return Int(dice >> 33) % sides
        }
        var current = folder
        var id: Int64 = 0
        for round in 0..<60 {
            var store: SQLiteStore? = try open(current, frames: 6)
            #expect(store?.doubt == nil, "round \(round)")
            #expect(try store?.lastInstanceID() == InstanceID(id), "round \(round)")
            let reader =
                roll(3) == 0 ? try SQLiteStore.open(directory: current.path, mode: .readOnly) : nil
            for _ in 0..<roll(12) {
                id += 1
                try store?.commit([step(id)])
                if roll(4) == 0 { store?.tidy() }
                if roll(9) == 0 { try store?.set("n", to: .int(id)) }
                _ = try reader?.lastInstanceID()
            }
            if roll(3) == 0 {
                try store?.settle()
            } else {
                // What the machine holds when the process is killed.
                let next = try TemporaryFolder()
                try put(Self.all, from: current, to: next)
                store = nil
                current = next
            }
            #expect(try SQLiteStore.doubt(of: current.path) == nil, "round \(round)")
        }
    }

    @Test func aDatabaseOfAnEarlierVersionIsTakenOn() throws {
        let path = folder.file("pawl.db")
        try Connection(path: path, access: .readWrite).execute(
            """
            PRAGMA journal_mode = WAL; \(Schema.migrations[0]);
            PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = 1;
            """)
        #expect(try open(folder).doubt == nil)
        #expect(try open(folder).doubt == nil)
    }

    @Test func whatAReplayHasWrittenIsTakenOn() throws {
        var bulk: SQLiteStore? = try SQLiteStore.open(directory: folder.path, mode: .bulk)
        try bulk?.commit([step(1)])
        try bulk?.flush()
        bulk = nil
        #expect(try open(folder).doubt == nil)
    }

    /// A start that was killed before the database had its mark.
    @Test func aFileWithoutADatabaseYetIsNone() throws {
        _ = SystemDisk().note(folder.file("pawl.state")).write(Mark.new().text, isFlushed: true)
        #expect(try open(folder).doubt == nil)
    }

    // MARK: How large the log gets

    @Test func theLogIsCutOffOnceItIsLongEnough() throws {
        let store = try open(folder, frames: 50)
        var largest = 0
        for id in 1...200 {
            try store.commit([step(Int64(id))])
            largest = max(largest, size("pawl.db-wal", in: folder))
        }
        #expect(largest > 20 * 4120)
        #expect(largest < 100 * 4120)
    }

    @Test func aLogThatRestsIsEmptied() throws {
        let store = try open(folder)
        try store.commit([step(1)])
        store.tidy()
        let grown = size("pawl.db-wal", in: folder)
        #expect(grown > 4 * 4120, "it was written just now")
        store.tidy()
        // Its number is left.
        #expect(size("pawl.db-wal", in: folder) <= 32 + 4120)
        store.tidy()
        store.tidy()
        try store.commit([step(2)])
        #expect(try open(crashedCopy()).lastInstanceID() == InstanceID(2))
    }

    private func crashedCopy() throws -> TemporaryFolder {
        try put(Self.all, from: folder, to: crashed)
        return crashed
    }

    @Test func aMarkReadsAsItWasWritten() {
        var mark = Mark.new(after: Mark.new().identity)
        (mark.log, mark.frames, mark.isOpen) = (7, 8_000, true)
        #expect(Mark(mark.text) == mark)
        #expect(Mark.new().text.utf8.count == mark.text.utf8.count)
        for (index, byte) in mark.text.utf8.enumerated() {
            var bytes = Array(mark.text.utf8)
            bytes[index] = byte == 0x31 ? 0x32 : 0x31
            #expect(Mark(String(decoding: bytes, as: UTF8.self)) == nil)
        }
        #expect(Mark("") == nil)
    }
}
