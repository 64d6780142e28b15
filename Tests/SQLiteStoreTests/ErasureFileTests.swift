import Definition
import Execution
import Foundation
import Testing
import Values

@testable import SQLiteStore

/// The erasures beside the database.
@Suite struct ErasureFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func order(_ number: Int64) -> Erasure.Order {
        Erasure.Order(
            number: number, person: "client", id: "c-\(number)", reason: "asked\nfor it",
            by: Actor(role: "operator", subject: "olga"), at: Timestamp(seconds: number))
    }

    @Test func theyAreReadAsTheyWereWritten() throws {
        let file = ErasureFile(beside: folder.path)
        #expect(try file.orders() == [])
        try file.append([order(1)])
        try file.append([order(2), order(3)])
        #expect(try ErasureFile(beside: folder.path).orders() == [order(1), order(2), order(3)])
        let path = folder.file("pawl.erasures")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
    }

    @Test func whatACrashHasBegunIsALineOfItsOwn() throws {
        let file = ErasureFile(beside: folder.path)
        try file.append([order(1), order(2)])
        let path = folder.file("pawl.erasures")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in 0...whole.count {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            let before = try file.read()
            #expect(before.unreadable <= 1)
            try file.append([order(9)])
            let after = try file.read()
            #expect(after.orders == before.orders + [order(9)])
            #expect(after.unreadable == before.unreadable)
        }
    }
}
