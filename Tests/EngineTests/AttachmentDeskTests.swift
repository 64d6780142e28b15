import Definition
import Execution
import Logging
import MemoryStore
import Synchronization
import Testing
import Values

@testable import Engine

/// Content on its way in and out: the bytes are there before the row is, and gone after it was condemned.
@Suite(.timeLimit(.minutes(10))) struct AttachmentDeskTests {
    private struct Stopped: StoreClock {
        func now() -> Timestamp { Bench.morning }
        func delay(until moment: Timestamp) -> Duration { .seconds(3_600) }
    }

    private static let text = Array("Dear all\n".utf8)
    private static let ana = Actor(role: "worker", subject: "ana")

    private struct Place {
        let store: MemoryStore
        let contents: any ContentStore
        let desk: AttachmentDesk

        func put(_ bytes: [UInt8] = text) async throws -> ContentHash {
            try await desk.put(
                Upload(type: .text, size: Int64(bytes.count), digest: nil, actor: ana)
            ) { receive in try await receive(bytes) }
        }
    }

    private func withDesk(
        contents: any ContentStore = MemoryContents(), unreferenced: Duration = .seconds(-1),
        _ body: @Sendable (Place) async throws -> Void
    ) async throws {
        let store = MemoryStore()
        let engine = Engine(
            store: store, catalog: try Catalog([Flows.gallery]), clock: Stopped(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var limits = AttachmentLimits()
        limits.unreferenced = unreferenced
        // The test sweeps by itself.
        limits.sweep = .seconds(86_400)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            engine.connect(contents, limits: limits)
            let desk = try #require(engine.attachments)
            try await body(Place(store: store, contents: contents, desk: desk))
            group.cancelAll()
        }
    }

    @Test func theRowIsThereWhenTheAnswerIs() async throws {
        try await withDesk { place in
            let hash = try await place.put()
            #expect(hash.text == SHA256.hex(of: Self.text))
            #expect(try place.store.attachment(hash)?.putBy == ["worker/ana"])
            #expect(try await place.desk.read(hash, from: 0, count: 99) == Self.text)
            #expect(try place.desk.find(hash, for: Self.ana)?.size == 9)
            #expect(try place.desk.find(hash, for: Actor(role: "worker", subject: "bo")) == nil)
        }
    }

    @Test func withoutItsBytesContentHasNoRow() async throws {
        try await withDesk(contents: Refusing(.keeping)) { place in
            await #expect(throws: StoreError.self) { try await place.put() }
            let rows = try place.store.attachments(after: nil, count: 9)
            #expect(rows == [])
        }
    }

    @Test func whatNobodySpeaksOfGoesWithItsBytes() async throws {
        try await withDesk { place in
            let hash = try await place.put()
            await place.desk.sweep()
            #expect(try place.store.attachment(hash) == nil)
            #expect(try place.contents.list(after: nil, count: 9) == [])
            // It can come again.
            #expect(try await place.put() == hash)
            #expect(try place.contents.size(of: hash) == 9)
        }
    }

    @Test func whatWasPutTodayStays() async throws {
        try await withDesk(unreferenced: .seconds(86_400)) { place in
            let hash = try await place.put()
            await place.desk.sweep()
            #expect(try place.store.attachment(hash) != nil)
        }
    }

    /// The next sweep goes on where this one could not.
    @Test func bytesThatCannotBeRemovedKeepTheirRowCondemned() async throws {
        let contents = Refusing(.removing)
        try await withDesk(contents: contents) { place in
            let hash = try await place.put()
            await place.desk.sweep()
            #expect(try place.store.attachment(hash)?.condemnedAt != nil)
            #expect(try place.desk.find(hash, for: Self.ana) == nil)
            contents.stopRefusing()
            await place.desk.sweep()
            #expect(try place.store.attachment(hash) == nil)
        }
    }

    /// Left by a crash, or by a database that took no row.
    @Test func bytesThatNoRowNamesGoOnceTheyAreOld() async throws {
        let stray = Array("stray".utf8)
        let hash = try #require(ContentHash(SHA256.hex(of: stray)))
        for (contents, isOld) in [
            (Refusing(nil) as any ContentStore, true), (MemoryContents(), false),
        ] {
            let incoming = try contents.begin(size: 5)
            try incoming.append(stray)
            try incoming.keep(as: hash)
            try await withDesk(contents: contents, unreferenced: .seconds(86_400)) { place in
                let named = try await place.put()
                await place.desk.sweep()
                let left = try contents.list(after: nil, count: 9)
                #expect(left == (isOld ? [named] : [named, hash].sorted()))
            }
        }
    }

    @Test func aBackupHoldsTheSweep() async throws {
        try await withDesk(contents: Refusing(.claiming)) { place in
            let hash = try await place.put()
            await place.desk.sweep()
            #expect(try place.store.attachment(hash)?.condemnedAt == nil)
        }
    }

    @Test func aLengthThatLiesIsRefused() async throws {
        try await withDesk { place in
            for size in [8, 10] {
                let upload = Upload(type: .text, size: Int64(size), digest: nil, actor: Self.ana)
                await #expect(throws: UploadFailure.self) {
                    try await place.desk.put(upload) { receive in try await receive(Self.text) }
                }
            }
            let left = try place.contents.list(after: nil, count: 9)
            #expect(left == [])
        }
    }

    /// Memory that refuses one thing.
    private final class Refusing: ContentStore {
        enum Thing { case keeping, removing, claiming }

        private let base = MemoryContents()
        private let refused: Mutex<Thing?>

        init(_ thing: Thing?) { refused = Mutex(thing) }

        func stopRefusing() { refused.withLock { $0 = nil } }

        private func check(_ thing: Thing) throws(StoreError) {
            if refused.withLock({ $0 == thing }) { throw .unavailable("no space left on device") }
        }

        private final class Incoming: IncomingContent {
            let base: any IncomingContent
            let isRefused: Bool

            init(_ base: any IncomingContent, isRefused: Bool) {
                self.base = base
                self.isRefused = isRefused
            }

            func append(_ bytes: [UInt8]) throws(StoreError) { try base.append(bytes) }

            func keep(as hash: ContentHash) throws(StoreError) {
                if isRefused { throw .unavailable("no space left on device") }
                try base.keep(as: hash)
            }
        }

        func begin(size: Int64) throws(StoreError) -> any IncomingContent {
            Incoming(try base.begin(size: size), isRefused: refused.withLock { $0 == .keeping })
        }

        func size(of hash: ContentHash) throws(StoreError) -> Int64? { try base.size(of: hash) }

        func read(
            _ hash: ContentHash, from offset: Int64, count: Int
        ) throws(StoreError) -> [UInt8] { try base.read(hash, from: offset, count: count) }

        func remove(_ hash: ContentHash) throws(StoreError) {
            try check(.removing)
            try base.remove(hash)
        }

        func list(after hash: ContentHash?, count: Int) throws(StoreError) -> [ContentHash] {
            try base.list(after: hash, count: count)
        }

        func age(of hash: ContentHash) throws(StoreError) -> Duration? { .seconds(7_200) }

        func removeIncoming(olderThan age: Duration) throws(StoreError) -> Int { 0 }

        func claimRemoval() throws(StoreError) -> (any AnyObject & Sendable)? {
            refused.withLock { $0 == .claiming } ? nil : self
        }
    }
}
