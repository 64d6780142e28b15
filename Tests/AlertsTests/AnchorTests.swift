import Adapters
import Alerts
import Definition
import Encryption
import Engine
import Execution
import Foundation
import Logging
import MemoryStore
import Testing
import Values
import WorkflowLanguage

@testable import Assembly

/// Others are told of the end of the audit.
@Suite("Anchors of the audit", .timeLimit(.minutes(10))) struct AnchorTests {
    private static let olga = Actor(role: "operator", subject: "olga")

    private struct Wall: StoreClock {
        func now() -> Timestamp { Timestamp(seconds: 1_800_000_000) }
        func delay(until moment: Timestamp) -> Duration { .seconds(3_600) }
    }

    private struct Nothing: LocalPerformer {
        func perform(
            adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
        ) -> LocalResult {
            LocalResult(.succeeded(.null))
        }
    }

    private func engine(_ store: any Store) -> Engine {
        Engine(
            store: store, catalog: Catalog(workflows: [], adapters: [], local: Nothing()),
            clock: Wall(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func running(
        _ engine: Engine, _ body: () async throws -> Void
    ) async throws {
        let task = Task { try? await engine.run() }
        defer { task.cancel() }
        try await body()
    }

    private func anchorer(
        _ engine: Engine, _ key: SigningKey, file: String? = nil, receiver: ExactText? = nil
    ) -> Anchorer {
        Anchorer(
            engine,
            AuditConfiguration.Anchoring(
                file: file, receiver: receiver, key: .environment("KEY")), key, namespace: "shop",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func anAnchorIsALineThatTheKeyVerifiesAndACutTailShows() async throws {
        let file = FileManager.default.temporaryDirectory.path + "/anchors-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let store = MemoryStore()
        let engine = engine(store)
        let key = SigningKey()
        let anchorer = anchorer(engine, key, file: file)
        try await running(engine) {
            await anchorer.turn()
            try await engine.record(AuditEntry(.login, by: Self.olga))
            await anchorer.turn()
            // Nothing new, and nothing is said.
            await anchorer.turn()
            let before = store.snapshot
            try await engine.record(AuditEntry(.logout, by: Self.olga))
            await anchorer.turn()
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let (anchors, forged) = AnchorLine.read(text, key.verifying)
            #expect(forged == nil)
            #expect(anchors.map(\.sequence) == [1, 2])
            let verifier = try AuditVerifier.walk(store, anchors: anchors)
            #expect(verifier.verdict() == nil)
            #expect(verifier.anchored == 2)
            store.restore(before)
            let fault = try AuditVerifier.walk(store, anchors: anchors).verdict()
            #expect(fault?.kind == .cut)
            #expect(fault?.sequence == 2)
        }
    }

    @Test func aForgedAnchorIsNamedByItsLine() throws {
        let key = SigningKey()
        func line(_ sequence: Int64, by key: SigningKey) throws -> String {
            let anchor = AuditAnchor(
                namespace: "shop", sequence: sequence, hash: AuditRow.genesis,
                at: Timestamp(seconds: 1_800_000_000))
            return JSON.string(try #require(AnchorLine(anchor, signedBy: key)).document)
        }
        let good = try line(1, by: key)
        let forgeries = [
            try line(2, by: SigningKey()), good.replacing("\"sequence\":1", with: "\"sequence\":2"),
            good.replacing("shop", with: "shed"), good.replacing("00000000", with: "00000001"),
            good.replacing(":00Z", with: ":01Z"), "{}", "what", "[1]",
        ]
        for forged in forgeries {
            let text = good + "\n\n" + forged + "\n" + good + "\n"
            let (anchors, fault) = AnchorLine.read(text, key.verifying)
            #expect(fault?.kind == .forgedAnchor)
            #expect(fault?.sequence == 3, "\(forged)")
            #expect(anchors.map(\.sequence) == [1, 1])
        }
        #expect(AnchorLine.read(good + "\n" + good, key.verifying).forged == nil)
    }

    @Test func anAnchorIsAMessageToAReceiverAndNoDeedOfAnybody() async throws {
        let store = MemoryStore()
        let engine = engine(store)
        let key = SigningKey()
        let anchorer = anchorer(engine, key, receiver: "vault")
        try await running(engine) {
            try await engine.record(AuditEntry(.login, by: Self.olga))
            await anchorer.turn()
            await anchorer.turn()
            let deliveries = try AlertRecords(store).deliveries(.pending)
            #expect(deliveries.count == 1)
            let delivery = try #require(deliveries.first)
            #expect(delivery.receiver == "vault")
            #expect(delivery.event["type"] == "dev.pawl.audit.anchor")
            let line = try #require(AnchorLine(delivery.event))
            #expect(key.verifying.verifies(line.signature, of: line.anchor.message))
            #expect(line.anchor.sequence == 1)
            // Its own message is no row, or it would never rest.
            #expect(try store.audit(before: nil, count: 1).first?.sequence == 1)
        }
    }

    // MARK: pawl.yaml

    private func configuration(_ text: String) throws -> AuditConfiguration {
        try PawlConfiguration(parsing: text, file: "pawl.yaml").audit
    }

    @Test func theSettingsAreRead() throws {
        let read = try configuration(
            "audit: {anchor: {every: 10m, file: /a/b, receiver: vault, key: {env: KEY}}}")
        #expect(
            read.anchor
                == AuditConfiguration.Anchoring(
                    every: .seconds(600), file: "/a/b", receiver: "vault",
                    key: .environment("KEY")))
        #expect(try configuration("audit: {}").anchor == nil)
        #expect(
            try configuration("audit: {anchor: {file: /a, key: {file: /k}}}").anchor?.every
                == .seconds(3_600))
    }

    @Test(
        "What would anchor nothing is refused",
        arguments: [
            "audit: {anchors: {}}", "audit: {anchor: {key: {env: KEY}}}",
            "audit: {anchor: {file: /a}}", "audit: {anchor: {file: a, key: {env: KEY}}}",
            "audit: {anchor: {file: /a, key: secret}}", "audit: {anchor: {file: /a, key: {}}}",
            "audit: {anchor: {file: /a, every: 0s, key: {env: KEY}}}",
            "audit: {anchor: {file: /a, evry: 1h, key: {env: KEY}}}",
        ])
    func refused(_ text: String) {
        #expect(throws: Problem.self) { try configuration(text) }
    }
}
