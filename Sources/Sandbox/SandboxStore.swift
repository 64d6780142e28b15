import CEL
import Synchronization

/// The world behind its lock, with its files and its clock: what the servers share.
final class SandboxStore: Sendable {
    let clock: SandboxClock
    private let world: Mutex<SandboxWorld>
    private let journal: Journal?

    init(_ configuration: SandboxConfiguration) throws {
        let scale = configuration.timeScale
        guard scale > 0, scale.isFinite else {
            throw SandboxError.invalid("the time scale must be a positive number, not \(scale)")
        }
        let isJournaled = configuration.dataDirectory != nil
        var world = SandboxWorld(
            bank: Bank(token: configuration.bankToken),
            cookies: CookieContractor(bakingTime: configuration.bakingTime),
            mails: MailSink(journaled: isJournaled))
        if let path = configuration.dataDirectory {
            let directory = try DataDirectory(path: path)
            let saved = SandboxClock.anchor(from: try directory.read("clock.json"))
            clock = SandboxClock(scale: scale, saved: saved)
            try directory.replace("clock.json", with: clock.encoded)
            var lengths: [JournalName: Int] = [:]
            for name in JournalName.allCases {
                lengths[name] = try world.restore(name, from: directory.read(name.fileName))
            }
            journal = try Journal(directory: directory, lengths: lengths)
        } else {
            clock = SandboxClock(scale: scale)
            journal = nil
        }
        self.world = Mutex(world)
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
        if let number { try await journal?.flush(to: number) }
        return result
    }

    func close() async { await journal?.close() }
}
