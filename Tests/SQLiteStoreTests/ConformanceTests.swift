import MemoryStore
import SQLiteStore
import Testbed
import Testing

@Suite struct ConformanceTests {
    @Test(arguments: StoreSuite.cases)
    func memoryStoreKeepsTheContract(_ story: StoreCase) throws {
        try story.body { MemoryStore() }
    }

    @Test(arguments: StoreSuite.cases)
    func sqliteStoreKeepsTheContract(_ story: StoreCase) throws {
        let folder = try TemporaryFolder()
        try story.body { try SQLiteStore.open(directory: folder.path, mode: .readWrite) }
    }

    @Test(arguments: StoreSuite.cases)
    func aWrapperWithoutFaultsChangesNothing(_ story: StoreCase) throws {
        try story.body { FaultyStore(MemoryStore(), plan: .none) }
    }
}
