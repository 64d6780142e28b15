import Execution
import Foundation
import Guest
import Logging
import SQLiteStore
import Testing

@testable import Assembly

/// A server over a database of an earlier moment: nobody here knows what has left since.
@Suite struct EarlierMomentTests {
    private static let adapter = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("adapters/cookies/adapter.yaml")

    private func compose(_ folder: String, acceptingLoss: String? = nil) throws -> Composition {
        try Composition(
            Project(workflows: folder + "/workflows", adapters: folder + "/adapters"),
            at: .directory(folder + "/data"), configuration: PawlConfiguration(),
            operations: OperationTable(NoBusiness()), logger: Logger(label: "test"),
            acceptingLoss: acceptingLoss)
    }

    /// The adapters that are held once an engine is made, and why.
    private func held(_ composition: Composition) throws -> [String] {
        _ = try composition.engine()
        let query = RecordQuery(collection: PauseRecord.ofAdapters, selection: .all)
        return try composition.store.records(query).records.map { "\($0.id): \($0.body)" }
    }

    private func withProject(_ story: (_ folder: String) throws -> Void) async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write(
                String(contentsOf: Self.adapter, encoding: .utf8),
                folder + "/adapters/cookies/adapter.yaml")
            try story(folder)
        }
    }

    private func copy(_ name: String, _ folder: String, as other: String) throws {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(other)")
        try FileManager.default.copyItem(
            atPath: "\(folder)/\(name)", toPath: "\(folder)/\(other)")
    }

    @Test func ofADatabaseThatWasCopiedBackAllCallsAreHeld() async throws {
        try await withProject { folder in
            var composition: Composition? = try compose(folder)
            #expect(try composition.map(held) == [])
            composition?.settle()
            composition = nil
            try copy("data/pawl.db", folder, as: "copy.db")
            composition = try compose(folder)
            #expect(try composition.map(held) == [])
            composition?.settle()
            composition = nil
            try copy("copy.db", folder, as: "data/pawl.db")
            composition = try compose(folder)
            let why = try composition.map(held) ?? []
            #expect(why.count == 1)
            #expect(why.first?.hasPrefix("cookies: ") == true)
            #expect(why.first?.contains("of an earlier moment than the folder's last") == true)
            composition?.settle()
            composition = nil
            // It is the folder's own now, and what is held stays so until a person lets it go.
            composition = try compose(folder)
            #expect((composition?.store as? SQLiteStore)?.doubt == nil)
            #expect(try composition.map(held)?.count == 1)
        }
    }

    @Test func aLossThatIsAcceptedHoldsAllCallsAndSaysWhy() async throws {
        try await withProject { folder in
            let composition = try compose(folder)
            #expect(try held(composition) == [])
            try FileManager.default.createDirectory(
                atPath: folder + "/other/data", withIntermediateDirectories: true)
            for name in ["workflows", "adapters", "data/pawl.db", "data/pawl.state"] {
                try copy(name, folder, as: "other/\(name)")
            }
            #expect(throws: StoreError.self) { try compose(folder + "/other") }
            let accepted = try compose(folder + "/other", acceptingLoss: "the disk is gone")
            let why = try held(accepted)
            #expect(why.first?.contains("was accepted as lost: the disk is gone") == true)
        }
    }
}
