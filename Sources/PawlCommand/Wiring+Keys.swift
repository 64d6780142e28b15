import Assembly
import Encryption
import Execution
import FileStore
import SQLiteStore

/// What is sealed with which key.
extension Wiring {
    private static func resealer(
        _ store: SQLiteStore, _ directory: String, _ configuration: PawlConfiguration
    ) -> Resealer {
        let archive: FileArchive? =
            switch configuration.retention.archive {
            case .nowhere: nil
            case .folder(let folder): FileArchive(folder: folder, keys: store.keys)
            case .beside:
                FileArchive(folder: FileArchive.folder(beside: directory), keys: store.keys)
            }
        return Resealer(
            store, FileContents(beside: directory, keys: store.keys), archive,
            ErasureFile(beside: directory, keys: store.keys), rest: .zero)
    }

    static func sealedCounts(_ directory: String, config: String?) throws -> SealedCounts {
        let configuration = try PawlConfiguration.read(config, default: "./pawl.yaml")
        let keys = try configuration.encryption.ring()
        do throws(StoreError) {
            let store = try SQLiteStore.open(directory: directory, mode: .readOnly, keys: keys)
            return try resealer(store, directory, configuration).counts()
        } catch {
            throw failure(error, in: directory)
        }
    }

    static func reseal(
        _ directory: String, config: String?
    ) async throws -> (done: Int, counts: SealedCounts) {
        let configuration = try PawlConfiguration.read(config, default: "./pawl.yaml")
        let keys = try configuration.encryption.ring()
        do {
            let store = try SQLiteStore.open(directory: directory, mode: .readWrite, keys: keys)
            let resealer = resealer(store, directory, configuration)
            let done = try await resealer.run()
            let counts = try resealer.counts()
            try store.settle()
            return (done, counts)
        } catch StoreError.unavailable(let reason) where reason.contains(" is in use: ") {
            throw Failure(
                status: 1, "\(reason). That server seals the rest anew by itself",
                fix:
                    "`pawl keys` shows how much is left; where `current` was changed, start it again"
            )
        } catch let error as StoreError {
            throw failure(error, in: directory)
        }
    }
}
