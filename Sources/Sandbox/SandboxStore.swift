import Synchronization
import Values

/// The world behind its lock, with its files and its clock: what the servers share.
final class SandboxStore: Sendable {
    let clock: SandboxClock
    /// Yields when a file cannot be written: nothing is acknowledged from then on.
    let failures: AsyncStream<any Error>
    private let failed: AsyncStream<any Error>.Continuation
    private let world: Mutex<SandboxWorld>
    private let directory: DataDirectory?
    private let journal: Journal?

    init(_ configuration: SandboxConfiguration) throws {
        let scale = configuration.timeScale
        guard scale > 0, scale.isFinite else {
            throw SandboxError.invalid("the time scale must be a positive number, not \(scale)")
        }
        var world = SandboxWorld(
            remotes: configuration.remotes.map {
                $0.init(credential: configuration.credentials[$0.adapter])
            },
            recorded: configuration.recorded,
            mails: MailSink(journaled: configuration.dataDirectory != nil),
            mail: configuration.mail)
        directory = try configuration.dataDirectory.map { try DataDirectory(path: $0) }
        if let directory {
            do {
                clock = try SandboxStore.clock(scale: scale, in: directory)
                journal = try SandboxStore.journal(restoring: &world, from: directory)
            } catch {
                directory.unlock()
                throw error
            }
        } else {
            clock = SandboxClock(scale: scale)
            journal = nil
        }
        self.world = Mutex(world)
        (failures, failed) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    private static func clock(
        scale: Double, in directory: DataDirectory
    ) throws -> SandboxClock {
        let saved = SandboxClock.anchor(from: try directory.read("clock.json"))
        let clock = SandboxClock(scale: scale, saved: saved)
        try directory.replace("clock.json", with: clock.encoded)
        return clock
    }

    private static func journal(
        restoring world: inout SandboxWorld, from directory: DataDirectory
    ) throws -> Journal {
        var lengths: [JournalName: Int] = [:]
        for name in world.journals {
            lengths[name] = try world.restore(name, from: directory.read(name.fileName))
        }
        return try Journal(directory: directory, lengths: lengths)
    }

    /// Runs one effect, and returns when everything it can depend on is on disk.
    func perform<Result: Sendable>(
        _ effect: @Sendable (inout SandboxWorld, Timestamp) -> Result
    ) async throws -> Result {
        let (result, number) = world.withLock { world in
            let result = effect(&world, clock.now)
            let lines = world.takeJournal()
            return (result, journal?.append(lines))
        }
        guard let journal, let number else { return result }
        do {
            try await journal.flush(to: number)
        } catch {
            failed.yield(error)
            throw error
        }
        return result
    }

    /// What was open to others, a sentence each.
    var remarks: [String] { directory?.remarks ?? [] }

    func close() async {
        await journal?.close()
        directory?.unlock()
    }
}
