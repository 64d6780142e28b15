import Execution
import Foundation
import Testing
import Values

@testable import SQLiteStore

@Suite("A ledger in the database, written around the code")
struct LedgerConstraintTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func body(_ sequence: Int, _ amounts: [Int], booked: String) -> String {
        let lines = amounts.map { #"{"account":"a","amount":\#($0)}"# }.joined(separator: ",")
        return #"{"lines":[\#(lines)],"currency":"EUR","sequence":\#(sequence),"#
            + #""at":"2026-02-14T10:00:00Z","booked":"\#(booked)","instance":"o/1","#
            + #""activation":"k","actor":"manager/ann"}"#
    }

    private static func insert(
        _ id: String, _ sequence: Int, _ amounts: [Int], booked: String = "2026-02-14T10:00:00.5Z",
        verb: String = "INSERT"
    ) -> String {
        let group = String(format: "%016d", sequence)
        return "\(verb) INTO records (collection, id, grp, revision, body) VALUES "
            + "('books', '\(id)', '\(group)', 1, '\(body(sequence, amounts, booked: booked))')"
    }

    @Test(
        "Plain SQL cannot unbalance, repeat, skip, change or remove",
        arguments: [
            insert("t-2", 2, [5, -4]), insert("t-2", 2, [5]), insert("t-2", 2, []),
            insert("t-2", 2, [5, 0, -5]), insert("t-2", 3, [5, -5]), insert("t-1", 2, [5, -5]),
            insert("t-1", 2, [5, -5], verb: "REPLACE"),
            insert("t-1", 1, [5, -5], verb: "INSERT OR REPLACE"),
            insert("t-2", 2, [5, -5], booked: "2026-02-14T10:00:00Z"),
            insert("t-2", 2, [5, -5], booked: "yesterday"),
            "INSERT INTO records (collection, id, grp, revision, body) "
                + "VALUES ('books', 't-2', '0000000000000002', 1, '{}')",
            "UPDATE records SET body = '{}' WHERE id = 't-1'",
            "UPDATE records SET collection = 'others' WHERE id = 't-1'",
            "UPDATE records SET id = 't-9' WHERE id = 't-1'",
            "UPDATE records SET collection = 'books' WHERE id = 'x'",
            "DELETE FROM records WHERE id = 't-1'", "DELETE FROM records",
            "DELETE FROM ledgers", "UPDATE ledgers SET collection = 'x'",
        ])
    func refused(statement: String) throws {
        let database = try database()
        let before = try Self.postings(database)
        do throws(StoreError) {
            try database.execute(statement)
            Issue.record("it was taken")
        } catch { #expect("\(error)".contains("ledger: "), "\(error)") }
        #expect(try Self.postings(database) == before)
        try database.execute(Self.insert("t-2", 2, [5, -5]))
        try database.execute("UPDATE records SET entries = x'00' WHERE id = 't-1'")
    }

    private static func postings(_ database: Connection) throws -> [String] {
        try database.prepare("SELECT id || grp || body FROM records ORDER BY id")
            .rows { (row) throws(StoreError) in try row.text(0) }
    }

    private func database() throws -> Connection {
        try SQLiteStore.open(directory: folder.path, mode: .readWrite).declare(ledgers: ["books"])
        let path = DataDirectory.databasePath(in: folder.path)
        let database = try Connection(path: path, access: .readWrite)
        try database.execute(Self.insert("t-1", 1, [5, -5]))
        try database.execute(
            "INSERT INTO records (collection, id, grp, revision, body) "
                + "VALUES ('others', 'x', '', 1, '{}')")
        return database
    }
}
