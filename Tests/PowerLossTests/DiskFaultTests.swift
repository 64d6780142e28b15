import Execution
import SQLiteStore
import Testbed
import Testing

/// The n-th system call fails, for n = 1, 2, … until a run makes fewer than n.
@Suite struct DiskFaultTests {
    private static let directory = "data"

    private func open(_ disk: SimulatedDisk) throws(StoreError) -> SQLiteStore {
        try SQLiteStore.open(
            directory: Self.directory, mode: .readWrite, disk: disk,
            durability: Durability(.full, checkpointFrames: 6))
    }

    private struct Run {
        var acknowledged: [String] = []
        var errors: [StoreError] = []
        var hasStopped = false

        mutating func note(_ error: StoreError) {
            errors.append(error)
            if case .outcomeUnknown = error { hasStopped = true }
        }
    }

    private func work(_ store: SQLiteStore, _ run: inout Run) {
        for number in 0..<12 where !run.hasStopped {
            let name = "s\(number)"
            do throws(StoreError) {
                try store.set(name, to: .int(Int64(number)))
                run.acknowledged.append(name)
                _ = try store.setting(name)
            } catch {
                run.note(error)
            }
        }
    }

    private func expect(_ run: Run, on disk: SimulatedDisk, _ circumstances: String) throws {
        let store = try open(disk)
        #expect(try store.check() == [], "\(circumstances)")
        for name in run.acknowledged {
            #expect(try store.setting(name) != nil, "\(name) is lost: \(circumstances)")
        }
        for error in run.errors {
            if case .corrupt = error { Issue.record("\(error): \(circumstances)") }
            if case .unknownSchema = error { Issue.record("\(error): \(circumstances)") }
        }
    }

    @Test(arguments: DiskFaults.Kind.allCases)
    func nothingAcknowledgedIsLost(_ kind: DiskFaults.Kind) throws {
        var failures = 0
        for number in 1..<2_000 {
            let disk = SimulatedDisk()
            var store: SQLiteStore? = try open(disk)
            var run = Run()
            disk.fail(DiskFaults(kind, at: number))
            if let store { work(store, &run) }
            let failed = disk.faultCounts.failed
            disk.fail(DiskFaults())
            let circumstances = "\(kind) at call \(number), then \(run.errors)"
            if kind != .error, !run.hasStopped, let store {
                // There is room again: it goes on by itself.
                try store.set("after", to: 1)
                run.acknowledged.append("after")
            }
            let dark = disk.afterPowerLoss()
            disk.kill()
            store = nil
            try expect(run, on: disk, circumstances)
            try expect(run, on: dark, "power loss after \(circumstances)")
            if failed == 0 { break }
            failures += 1
        }
        #expect(failures > 5)
        #expect(failures < 1_998, "the sweep did not come to an end")
    }

    @Test func aFullDiskRefusesWritesAndServesReads() throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.set("before", to: 1)
        disk.fail(DiskFaults(.full, at: 1))
        for _ in 0..<3 {
            do throws(StoreError) {
                try store.set("refused", to: 2)
                Issue.record("a full disk took a write")
            } catch {
                guard case .unavailable(let message) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(message.contains("full"))
            }
            #expect(try store.setting("before") == 1)
        }
        disk.fail(DiskFaults())
        try store.set("refused", to: 2)
        #expect(try store.setting("refused") == 2)
    }

    @Test func aFailedFlushStopsTheProcess() throws {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.set("before", to: 1)
        let calls = try callsOfOneWrite()
        var isStopped = false
        for number in 1...calls {
            disk.fail(DiskFaults(.error, at: number))
            do throws(StoreError) {
                try store.set("next", to: .int(Int64(number)))
            } catch .outcomeUnknown {
                isStopped = true
            } catch {
                continue
            }
        }
        #expect(isStopped)
    }

    private func callsOfOneWrite() throws -> Int {
        let disk = SimulatedDisk()
        let store = try open(disk)
        try store.set("before", to: 1)
        disk.fail(DiskFaults(.error, at: .max))
        try store.set("next", to: 2)
        return disk.faultCounts.calls
    }
}
