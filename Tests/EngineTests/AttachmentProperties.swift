import Execution
import Testbed
import Testing
import Values

@testable import Engine

/// People who put, refer and come too late, a sweep that goes round all the time, flushes that fail and processes that die, in
/// any order: at every moment that is on the disk, whatever is referred to has its row and its bytes.
@Suite struct AttachmentProperties {
    @Test(arguments: 1...60)
    func whatIsReferredToIsThereWhateverHappens(seed: UInt64) throws {
        var story = try Story(seed: seed)
        for step in 0..<400 {
            try story.step()
            let wrong = try story.wrong()
            #expect(wrong == [], "seed \(seed), step \(step)")
            guard wrong.isEmpty else { return }
        }
        // It was a story at all.
        #expect(story.references > 0)
        #expect(story.removed > 0)
    }

    private struct Story {
        private static let keys = ["1", "2", "3"]

        private var random: SeededRandom
        private var bench: Bench
        /// Content that is on the disk.
        private var bytes: Set<ContentHash> = []
        /// Asked for and not answered, and what follows from the answer.
        private var waiting: [(id: RequestID, change: AttachmentChange)] = []
        /// Decided and not written.
        private var pending: [Batch] = []
        private var events = 0
        private let hashes: [ContentHash]
        private(set) var references = 0
        private(set) var removed = 0

        init(seed: UInt64) throws {
            random = SeededRandom(seed: seed)
            bench = try Bench(try Catalog([Flows.gallery]))
            hashes = "0123456789abcdef".compactMap { ContentHash(String(repeating: $0, count: 64)) }
            for key in Self.keys.dropLast() { _ = try bench.ask(.start(key)) }
        }

        mutating func step() throws {
            let hash = hashes[random.below(hashes.count)]
            switch random.below(12) {
            case 0, 1: put(hash)
            case 2, 3: refer(to: hash)
            case 4, 5: condemn(hash)
            case 6: bench.now = bench.now + .seconds(random.below(3) * 30)
            case 7: if random.chance(200) { try bench = crashed() }
            case 8 where random.chance(300): failFlush()
            default: try flush()
            }
            follow()
        }

        // MARK: What people do

        /// The bytes first, unless they are just being removed.
        private mutating func put(_ hash: ContentHash) {
            guard !isLeaving(hash) else { return }
            bytes.insert(hash)
            ask(.put(hash, size: 7, type: .jpeg, by: Actor(role: "worker", subject: "ana")))
        }

        private mutating func refer(to hash: ContentHash) {
            events += 1
            let photo = Attachment(sha256: hash, name: "p.jpg", type: "image/jpeg", size: 7)
            bench.submit(
                .event(
                    "shown", to: Self.keys[random.below(Self.keys.count)], id: "e-\(events)",
                    ["photo": photo.value], by: Actor(role: "worker", subject: "ana")))
        }

        /// Whatever was put a moment ago is old enough here.
        private mutating func condemn(_ hash: ContentHash) {
            guard !isArriving(hash), !isLeaving(hash) else { return }
            ask(.condemn(hash, putBefore: bench.now + .seconds(1)))
        }

        private mutating func ask(_ change: AttachmentChange) {
            waiting.append((bench.submit(.attachment(change)), change))
        }

        private func isArriving(_ hash: ContentHash) -> Bool {
            waiting.contains { if case .put(hash, _, _, _) = $0.change { true } else { false } }
        }

        private func isLeaving(_ hash: ContentHash) -> Bool {
            waiting.contains {
                switch $0.change {
                case .condemn(hash, _), .drop(hash): true
                default: false
                }
            }
        }

        /// A condemnation that is durable has the bytes removed, and then the row dropped.
        private mutating func follow() {
            for (id, change) in waiting {
                guard let reply = bench.reply(id) else { continue }
                waiting.removeAll { $0.id == id }
                guard case .condemn(let hash, _) = change, case .receipts = reply else { continue }
                bytes.remove(hash)
                removed += 1
                ask(.drop(hash))
            }
        }

        // MARK: What happens to the server

        private mutating func flush() throws {
            if let batch = try bench.batch() { pending.append(batch) }
            guard !pending.isEmpty, random.chance(700) else { return }
            try bench.flush(pending.removeFirst())
        }

        private mutating func failFlush() {
            guard !pending.isEmpty else { return }
            pending = []
            _ = bench.machine.failed(refusing: nil)
        }

        /// What was asked is never answered; whoever swept begins again.
        private mutating func crashed() throws -> Bench {
            waiting = []
            pending = []
            return try Bench(try Catalog([Flows.gallery]), store: bench.store, now: bench.now)
        }

        // MARK: Judging

        mutating func wrong() throws -> [String] {
            var result: [String] = []
            for hash in hashes {
                let users = try bench.store.references(to: hash, count: 9)
                references = max(references, users.count)
                guard !users.isEmpty else { continue }
                let row = try bench.store.attachment(hash)
                if row == nil { result.append("\(users) without a row") }
                if row?.condemnedAt != nil { result.append("\(users) with a row that is to go") }
                if !bytes.contains(hash) { result.append("\(users) without bytes") }
            }
            for key in Self.keys {
                let name = InstanceName(workflow: "w", key: key)
                guard let run = try bench.run("w", key),
                    try bench.store.instance(named: name) != nil
                else { continue }
                let stored = try bench.store.references(of: name).map(\.sha256)
                let isBehind = stored.contains { !run.attachments.contains($0) }
                if isBehind { result.append("\(name) refers to what it does not speak of") }
            }
            return result
        }
    }
}
