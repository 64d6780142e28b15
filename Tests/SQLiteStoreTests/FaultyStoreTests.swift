import Execution
import MemoryStore
import Testbed
import Testing

@Suite struct FaultyStoreTests {
    @Test func aScriptFailsEachCommitAsItSays() throws {
        let memory = MemoryStore()
        let store = FaultyStore(
            memory,
            plan: .script([.unavailable, .conflict, .unknownLost, nil, .unknownWritten, nil]))
        #expect(throws: StoreError.unavailable("planned: the disk is full")) {
            try store.commit([step(1)])
        }
        #expect(throws: StoreError.conflict("planned: another writer was first")) {
            try store.commit([step(1)])
        }
        #expect(throws: StoreError.outcomeUnknown("planned: lost before the flush")) {
            try store.commit([step(1)])
        }
        #expect(try memory.lastInstanceID() == InstanceID(0))
        try store.commit([step(1)])
        #expect(throws: StoreError.outcomeUnknown("planned: flushed, the answer was lost")) {
            try store.commit([step(2)])
        }
        #expect(try store.lastInstanceID() == InstanceID(2))
        try store.commit([step(3)])
        #expect(StoreFault.allCases.map { store.count($0) } == [1, 1, 1, 1])
    }

    @Test(arguments: [1, 2, 77] as [UInt64])
    func aSeedAlwaysFailsTheSameCommits(_ seed: UInt64) {
        func outcomes() -> [Bool] {
            let rates: [FaultPlan.Rate] = [
                .init(.unavailable, perMille: 200), .init(.unknownWritten, perMille: 100),
            ]
            let store = FaultyStore(MemoryStore(), plan: .seeded(seed, rates))
            return (1...200).map { id in (try? store.commit([step(id)])) != nil }
        }
        let first = outcomes()
        #expect(first == outcomes())
        #expect(first.contains(true))
        #expect(first.contains(false))
    }

    @Test func aRestoredSnapshotHoldsWhatWasThereThen() throws {
        let store = MemoryStore()
        try store.commit([step(1)])
        let durable = store.snapshot
        try store.commit([step(1, revision: 2), step(2)])
        store.restore(durable)
        #expect(try store.instance(InstanceID(1))?.revision == 1)
        #expect(try store.lastInstanceID() == InstanceID(1))
        try store.commit([step(1, revision: 2)])
    }
}
