import Execution
import SQLiteStore
import Testbed
import Testing

/// Each page of a database is damaged in turn.
@Suite struct DamageTests {
    private static let path = "data/pawl.db"
    private static let pageSize = 4096

    private func open(_ disk: SimulatedDisk) throws(StoreError) -> SQLiteStore {
        try SQLiteStore.open(directory: "data", mode: .readWrite, disk: disk)
    }

    private func written() throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let store = try open(disk)
        for number in 0..<120 {
            try store.set("s\(number)", to: .string(String(repeating: "\(number) ", count: 40)))
        }
        return disk
    }

    @Test func aDamagedPageIsRefusedOrHoldsNothing() throws {
        let disk = try written()
        let pages = disk.size(of: Self.path) / Self.pageSize
        var refused = 0
        for page in 0..<pages {
            let range = (page * Self.pageSize)..<((page + 1) * Self.pageSize)
            let damaged = disk.damaged(Self.path, range)
            do throws(StoreError) {
                let store = try open(damaged)
                for number in 0..<120 {
                    let value = try store.setting("s\(number)")
                    #expect(value == .string(String(repeating: "\(number) ", count: 40)))
                }
            } catch {
                refused += 1
                guard case .corrupt(let message) = error else {
                    Issue.record("page \(page + 1): \(error)")
                    continue
                }
                #expect(message.hasPrefix("pawl.db: "))
            }
        }
        #expect(pages > 20)
        #expect(refused > pages / 2)
    }

    @Test func aSecondServerIsRefusedAndTheFirstGoesOn() throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        #expect(throws: StoreError.unavailable("data is in use")) { try open(disk) }
        try store.set("on", to: 1)
        #expect(try store.setting("on") == 1)
    }
}
