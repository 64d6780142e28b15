import Definition
import Execution
import Logging
import Sabotage
import Synchronization
import Values

/// Where content comes in, is read, and goes when nobody speaks of it.
///
/// The order is what keeps a reference from being without its content. In: the bytes durably under their hash, then
/// the row in a commit, then whoever refers to it. Out: no reference, the row condemned in a commit, the bytes removed,
/// the row dropped. A crash leaves at worst bytes without a row. Between renaming a file and the commit of its row
/// its hash is held here, so that nobody removes the file that has just come.
package final class AttachmentDesk: Sendable {
    private struct State {
        var uploads = 0
        /// Their bytes are in place and their rows on the way.
        var arriving: [ContentHash: Int] = [:]
        var leaving: Set<ContentHash> = []
    }

    package let limits: AttachmentLimits
    let contents: any ContentStore
    private let store: any Store
    private let clock: any StoreClock
    private let ask: @Sendable (Request) async -> Reply
    private let logger: Logger
    /// Whoever waits for the disk waits here.
    private let thread = EngineThread(label: "pawl.contents")
    private let state = Mutex(State())

    init(
        contents: any ContentStore, limits: AttachmentLimits, store: any Store,
        clock: any StoreClock, logger: Logger, ask: @escaping @Sendable (Request) async -> Reply
    ) {
        self.contents = contents
        self.limits = limits
        self.store = store
        self.clock = clock
        self.logger = logger
        self.ask = ask
    }

    // MARK: In

    /// Durable when it returns.
    /// - Parameter pieces: gives the content piece by piece, and throws when it is cut off.
    package func put(
        _ upload: Upload,
        pieces: @escaping @Sendable (@escaping Upload.Receiver) async throws -> Void
    ) async throws -> ContentHash {
        try begin()
        defer { state.withLock { $0.uploads -= 1 } }
        let intake = Intake(upload, limits)
        let incoming = try await onDisk { [contents] () throws(StoreError) in
            try contents.begin(size: upload.size)
        }
        reach(.contentBegun)
        try await receive(intake, incoming, pieces)
        let hash = try intake.finish()
        if let wanted = upload.digest, wanted != hash { throw UploadFailure.digestDiffers(hash) }
        try hold(hash)
        defer { release(hash) }
        if isMutant(.rowBeforeContent) { try await note(hash, upload) }
        try await onDisk { () throws(StoreError) in try incoming.keep(as: hash) }
        reach(.contentNamed)
        try await note(hash, upload)
        reach(.contentPut)
        return hash
    }

    private func note(_ hash: ContentHash, _ upload: Upload) async throws {
        let change = AttachmentChange.put(
            hash, size: upload.size, type: upload.type, by: upload.actor)
        if case .refused(let problem) = await ask(.attachment(change)) { throw problem }
    }

    private func begin() throws(UploadFailure) {
        let isFull = state.withLock { state in
            guard state.uploads < limits.uploads else { return true }
            state.uploads += 1
            return false
        }
        if isFull { throw .tooMany(limits.uploads) }
    }

    /// Whoever is too slow is cut off, however little comes.
    private func receive(
        _ intake: Intake, _ incoming: any IncomingContent,
        _ pieces: @escaping @Sendable (@escaping Upload.Receiver) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                try await pieces { [self] bytes in
                    try intake.take(bytes)
                    try await onDisk { () throws(StoreError) in try incoming.append(bytes) }
                    reach(.contentHalfWritten)
                }
            }
            group.addTask { [limits] in
                var seen: Int64 = 0
                while true {
                    try await Task.sleep(for: limits.window)
                    let count = intake.count
                    guard count - seen >= limits.leastInWindow else { throw UploadFailure.tooSlow }
                    seen = count
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    // MARK: Between in and out

    private func hold(_ hash: ContentHash) throws(UploadFailure) {
        let isLeaving = state.withLock { state in
            if state.leaving.contains(hash) { return true }
            state.arriving[hash, default: 0] += 1
            return false
        }
        if isLeaving { throw .leaving }
    }

    private func release(_ hash: ContentHash) {
        state.withLock { state in
            let count = state.arriving[hash] ?? 0
            state.arriving[hash] = count > 1 ? count - 1 : nil
        }
    }

    // MARK: Reading

    /// What may be read by somebody: what they put, and what some instance speaks of. nil: there is none for them.
    package func find(_ hash: ContentHash, for actor: Actor) throws(StoreError) -> AttachmentRow? {
        guard let row = try store.attachment(hash) else { return nil }
        if row.wasPut(by: actor), row.condemnedAt == nil { return row }
        return try store.references(to: hash, count: 1).isEmpty ? nil : row
    }

    /// As long as it is said to be; what its bytes are `pawl doctor --deep` looks at.
    package func isThere(_ row: AttachmentRow) async throws(StoreError) -> Bool {
        try await onDisk { [contents] () throws(StoreError) in
            try contents.size(of: row.sha256) == row.size
        }
    }

    package func read(
        _ hash: ContentHash, from offset: Int64, count: Int
    ) async throws(StoreError) -> [UInt8] {
        try await onDisk { [contents] () throws(StoreError) in
            try contents.read(hash, from: offset, count: count)
        }
    }

    func onDisk<T: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        try await withTaskExecutorPreference(thread) { () async throws(StoreError) in try body() }
    }

    // MARK: Out

    /// Looks for what nobody speaks of, until it is cancelled.
    func sweepForEver() async {
        var looks = 0
        while !Task.isCancelled {
            await sweep(unnamedToo: looks % limits.looksForUnnamed == 0)
            looks += 1
            do { try await Task.sleep(for: limits.sweep) } catch { return }
        }
    }

    /// Once through all of it.
    package func sweep(unnamedToo: Bool = true) async {
        do {
            guard
                let claim = try await onDisk({ [contents] () throws(StoreError) in
                    try contents.claimRemoval()
                })
            else { return }
            defer { withExtendedLifetime(claim) {} }
            let age = limits.incomingAge
            _ = try await onDisk { [contents] () throws(StoreError) in
                try contents.removeIncoming(olderThan: age)
            }
            try await sweepRows(putBefore: clock.now() - limits.unreferenced)
            if unnamedToo { try await sweepUnnamed() }
        } catch {
            logger.warning("attachments are not swept", metadata: ["reason": "\(error)"])
        }
    }

    /// What nobody speaks of since then goes now. What cannot go now goes with the next sweep.
    func forget(_ hashes: [ContentHash], putBefore moment: Timestamp) async {
        do {
            guard
                let claim = try await onDisk({ [contents] () throws(StoreError) in
                    try contents.claimRemoval()
                })
            else { return }
            defer { withExtendedLifetime(claim) {} }
            for hash in hashes where try store.references(to: hash, count: 1).isEmpty {
                try await remove(hash, putBefore: moment)
            }
        } catch {
            logger.warning("attachments are not removed", metadata: ["reason": "\(error)"])
        }
    }

    private func sweepRows(putBefore moment: Timestamp) async throws {
        var cursor: ContentHash?
        while true {
            let page = try store.attachments(after: cursor, count: 500)
            for row in page where row.putAt < moment {
                guard !Task.isCancelled else { return }
                guard try store.references(to: row.sha256, count: 1).isEmpty else { continue }
                try await remove(row.sha256, putBefore: moment)
            }
            guard page.count == 500, let last = page.last else { return }
            cursor = last.sha256
        }
    }

    /// A crash, or a database that took no row, leaves bytes that nothing will ever name. Those of an upload whose row may
    /// still be on its way are younger.
    private func sweepUnnamed() async throws {
        var cursor: ContentHash?
        while true {
            let page = try await onDisk { [contents, cursor] () throws(StoreError) in
                try contents.list(after: cursor, count: 500)
            }
            for hash in page where try store.attachment(hash) == nil {
                guard !Task.isCancelled else { return }
                try await removeUnnamed(hash)
            }
            guard page.count == 500, let last = page.last else { return }
            cursor = last
        }
    }

    private func removeUnnamed(_ hash: ContentHash) async throws {
        guard leave(hash) else { return }
        defer { state.withLock { _ = $0.leaving.remove(hash) } }
        guard try store.attachment(hash) == nil else { return }
        let least = limits.incomingAge
        try await onDisk { [contents] () throws(StoreError) in
            guard let age = try contents.age(of: hash), age >= least else { return }
            try contents.remove(hash)
        }
    }

    /// False when it is just arriving.
    private func leave(_ hash: ContentHash) -> Bool {
        state.withLock { state in
            guard state.arriving[hash] == nil else { return false }
            state.leaving.insert(hash)
            return true
        }
    }

    private func remove(_ hash: ContentHash, putBefore moment: Timestamp) async throws {
        guard leave(hash) else { return }
        defer { state.withLock { _ = $0.leaving.remove(hash) } }
        let condemned = await ask(.attachment(.condemn(hash, putBefore: moment)))
        guard case .receipts = condemned else { return }
        reach(.contentCondemned)
        try await onDisk { [contents] () throws(StoreError) in try contents.remove(hash) }
        reach(.contentRemoved)
        _ = await ask(.attachment(.drop(hash)))
    }
}
