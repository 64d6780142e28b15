import Execution
import Foundation
import Testing

@testable import SQLiteStore

/// Everything in a database is somebody's: addresses, mails, money.
@Suite struct PrivacyTests {
    private let parent: TemporaryFolder
    private var data: String { parent.file("data") }

    init() throws { parent = try TemporaryFolder() }

    private func mode(_ path: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return String((attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0, radix: 8)
    }

    private func modes() throws -> [String: String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: data)
        return Dictionary(uniqueKeysWithValues: names.map { ($0, mode("\(data)/\($0)")) })
    }

    private func setMode(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private let all = [
        "pawl.db": "600", "pawl.db-wal": "600", "pawl.db-shm": "600", "pawl.lock": "600",
        "pawl.claims": "600", "pawl.state": "600",
    ]

    @Test func aDatabaseIsTheUsersAlone() throws {
        let store = try SQLiteStore.open(directory: data, mode: .readWrite)
        let claims = ClaimFile(directory: data, program: "p")
        try store.commit([step(1)])
        try withExtendedLifetime(claims) {
            #expect(try modes() == all)
            #expect(mode(data) == "700")
            #expect(store.remarks == [])
            try store.backUp(to: parent.file("copy.db"))
            #expect(mode(parent.file("copy.db")) == "600")
        }
        let again = parent.file("again")
        try SQLiteStore.restore(parent.file("copy.db"), into: again)
        #expect(mode(again) == "700")
        #expect(mode(again + "/pawl.db") == "600")
        let bulk = try SQLiteStore.open(directory: parent.file("bulk"), mode: .bulk)
        withExtendedLifetime(bulk) { #expect(mode(parent.file("bulk/pawl.db")) == "600") }
    }

    @Test func oneThatAnOlderVersionLeftOpenIsClosedAndSpokenOf() throws {
        var store: SQLiteStore? = try SQLiteStore.open(directory: data, mode: .readWrite)
        try store?.commit([step(1)])
        store = nil
        _ = ClaimFile(directory: data, program: "p")
        for name in all.keys { try setMode(0o644, "\(data)/\(name)") }
        try setMode(0o755, data)
        let next = try SQLiteStore.open(directory: data, mode: .readWrite)
        #expect(try modes() == all)
        #expect(mode(data) == "700")
        #expect(next.remarks.count == 7)
        #expect(
            next.remarks.contains(
                "\(data)/pawl.db was open to others (mode 0644); now it is not (0600)"))
        #expect(try next.instance(InstanceID(1))?.revision == 1)
    }

    /// It would be emptied, and given our process id; or be taken for the database.
    @Test(arguments: [
        "pawl.db", "pawl.db-wal", "pawl.db-shm", "pawl.db-journal", "pawl.db.partial", "pawl.lock",
        "pawl.claims", "pawl.erasures", "pawl.state", "pawl.db.files", "pawl.db.archive",
    ])
    func aLinkInThePlaceOfAFileIsRefused(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        try "precious".write(toFile: parent.file("victim"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: "\(data)/\(name)", withDestinationPath: parent.file("victim"))
        for mode in [SQLiteStore.Mode.readWrite, .readOnly] {
            let error = #expect(throws: StoreError.self) {
                try SQLiteStore.open(directory: data, mode: mode)
            }
            let start = "\(data)/\(name) is a symbolic link, and none is followed in a data folder"
            #expect(error?.reason.hasPrefix(start) == true, "\(error as Any)")
        }
        #expect(try String(contentsOfFile: parent.file("victim"), encoding: .utf8) == "precious")
        #expect(try FileManager.default.contentsOfDirectory(atPath: data) == [name])
    }

    @Test func aFolderInThePlaceOfAFileIsRefused() throws {
        try FileManager.default.createDirectory(
            atPath: data + "/pawl.claims", withIntermediateDirectories: true)
        #expect(
            throws: StoreError.unavailable(
                "\(data)/pawl.claims is no file: move it away, or name another folder")
        ) { try SQLiteStore.open(directory: data, mode: .readWrite) }
    }

    /// Claims are opened by whoever holds the folder, some time after it was looked at.
    @Test func claimsAreNotWrittenThroughALink() throws {
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
        try "precious".write(toFile: parent.file("victim"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: "\(data)/pawl.claims", withDestinationPath: parent.file("victim"))
        let claims = ClaimFile(directory: data, program: "p")
        claims.claim(InstanceID(1), work: 1)
        #expect(try String(contentsOfFile: parent.file("victim"), encoding: .utf8) == "precious")
    }

    /// The folder of the data itself may be one: whoever named it meant it.
    @Test func theFolderMayBeALink() throws {
        try FileManager.default.createDirectory(
            atPath: parent.file("real"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: data, withDestinationPath: parent.file("real"))
        let store = try SQLiteStore.open(directory: data, mode: .readWrite)
        try store.commit([step(1)])
        #expect(throws: StoreError.self) {
            try SQLiteStore.open(directory: parent.file("real"), mode: .readWrite)
        }
    }
}
