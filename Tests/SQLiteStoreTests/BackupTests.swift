import Execution
import Foundation
import SQLiteStore
import Testing

@Suite struct BackupTests {
    private let folder: TemporaryFolder
    private let other: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        other = try TemporaryFolder()
    }

    @Test func aCopyOfARunningStoreHoldsWhatWasCommittedAndIsADatabase() throws {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit((1...50).map { step($0) })
        let outside = try SQLiteStore.open(directory: folder.path, mode: .readOnly)
        try outside.backUp(to: other.file("copy.db"))
        try store.commit([step(51)])
        let target = other.file("restored")
        try SQLiteStore.restore(other.file("copy.db"), into: target)
        let restored = try SQLiteStore.open(directory: target, mode: .readWrite)
        #expect(try restored.lastInstanceID() == InstanceID(50))
        #expect(try restored.instance(InstanceID(7)) == store.instance(InstanceID(7)))
        #expect(try restored.history(InstanceID(7), after: 0, count: 9).count == 1)
        #expect(try restored.check().isEmpty)
        try restored.commit([step(51)])
    }

    @Test func nothingIsOverwritten() throws {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit([step(1)])
        let file = other.file("copy.db")
        try store.backUp(to: file)
        #expect(throws: StoreError.unavailable("\(file) exists already")) {
            try store.backUp(to: file)
        }
        // The folder is in use, and has a database.
        #expect(throws: StoreError.self) { try SQLiteStore.restore(file, into: folder.path) }
        let names = try FileManager.default.contentsOfDirectory(atPath: other.path)
        #expect(names == ["copy.db"])
    }

    /// One that leads nowhere is no free name.
    @Test(arguments: [true, false])
    func aLinkIsNotWrittenThroughNorReplaced(_ leadsSomewhere: Bool) throws {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit([step(1)])
        if leadsSomewhere {
            try "precious".write(
                toFile: other.file("target"), atomically: true, encoding: .utf8)
        }
        let file = other.file("copy.db")
        try FileManager.default.createSymbolicLink(
            atPath: file, withDestinationPath: other.file("target"))
        #expect(
            throws: StoreError.unavailable(
                "\(file) is a symbolic link, which is not followed: name the file that is to be made"
            )
        ) { try store.backUp(to: file) }
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: file) == other.file("target"))
        let names = try FileManager.default.contentsOfDirectory(atPath: other.path)
        #expect(names.sorted() == ["copy.db"] + (leadsSomewhere ? ["target"] : []))
    }

    @Test func aDamagedBackupIsNotRestored() throws {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit((1...200).map { step($0) })
        let file = other.file("copy.db")
        try store.backUp(to: file)
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        data.replaceSubrange(20_480..<24_576, with: Data(repeating: 0xEE, count: 4096))
        try data.write(to: URL(fileURLWithPath: file))
        let target = other.file("restored")
        #expect(throws: StoreError.self) { try SQLiteStore.restore(file, into: target) }
        #expect(!FileManager.default.fileExists(atPath: target + "/pawl.db"))
    }

    /// Frames of another database's log would be laid over the copy.
    @Test func anOldLogBesideIsRefused() throws {
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit([step(1)])
        try store.backUp(to: other.file("copy.db"))
        let target = try TemporaryFolder()
        try "left".write(toFile: target.file("pawl.db-wal"), atomically: true, encoding: .utf8)
        #expect(
            throws: StoreError.unavailable(
                "\(target.file("pawl.db-wal")) exists already; a backup goes into an empty folder")
        ) {
            try SQLiteStore.restore(other.file("copy.db"), into: target.path)
        }
    }
}
