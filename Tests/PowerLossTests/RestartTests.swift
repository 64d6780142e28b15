import Execution
import SQLiteStore
import Testbed
import Testing

/// A process is killed in the midst of a write, another one starts, and then the power fails.
@Suite struct RestartTests {
    private func open(_ disk: SimulatedDisk) throws(StoreError) -> SQLiteStore {
        try SQLiteStore.open(directory: "data", mode: .readWrite, disk: disk)
    }

    @Test func whatARestartShowsStaysWhenThePowerFails() throws {
        var shown = 0
        for operation in 1..<60 {
            let disk = SimulatedDisk()
            var store: SQLiteStore? = try open(disk)
            try store?.set("first", to: 1)
            disk.kill(after: operation)
            let isAcknowledged = (try? store?.set("second", to: 2)) != nil
            disk.kill()
            store = nil
            let next = try open(disk)
            let second = try next.setting("second")
            let image = try open(disk.afterPowerLoss())
            #expect(try image.setting("first") == 1)
            #expect(try image.setting("second") == second, "killed at operation \(operation)")
            if second != nil, !isAcknowledged { shown += 1 }
        }
        #expect(shown > 0, "no kill came between the write and the flush")
    }

    @Test func aStormOfRestartsLosesNothing() throws {
        let disk = SimulatedDisk()
        var random = SeededRandom(seed: 7)
        var acknowledged = 0
        for start in 1...300 {
            disk.kill(after: 1 + random.below(random.pick([60, 600]) ?? 60))
            var store: SQLiteStore?
            do throws(StoreError) {
                store = try open(disk)
                for number in 0..<3 {
                    try store?.set("s\(start)-\(number)", to: .int(Int64(number)))
                    acknowledged += 1
                    #expect(try store?.setting("s\(start)-\(number)") == .int(Int64(number)))
                }
            } catch {
                if case .corrupt = error { Issue.record("start \(start): \(error)") }
            }
            disk.kill()
            store = nil
        }
        disk.killNoMore()
        let last = try open(disk.afterPowerLoss())
        #expect(try last.check() == [])
        #expect(acknowledged > 100)
    }
}
