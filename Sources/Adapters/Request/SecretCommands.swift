import Definition
import Synchronization

/// What commands say, kept for as long as each allows. One that is asked for by several at once runs once.
package final class SecretCommands: Sendable {
    private final class Slot: Sendable {
        struct Answer {
            let value: String
            let at: ContinuousClock.Instant
        }

        let answer = Mutex<Answer?>(nil)
        /// Held while the command runs.
        let run = Mutex(())
    }

    /// However often a remote refuses what it said, a command runs no more often.
    private static let pause = Duration.seconds(5)

    private let slots = Mutex<[SettingCommand: Slot]>([:])
    private let output: @Sendable ([String]) throws(CommandRun.Problem) -> String
    private let now: @Sendable () -> ContinuousClock.Instant

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        output: @escaping @Sendable ([String]) throws(CommandRun.Problem) -> String = {
            (arguments) throws(CommandRun.Problem) in try CommandRun.output(of: arguments)
        }
    ) {
        self.now = now
        self.output = output
    }

    private func slot(_ command: SettingCommand) -> Slot {
        slots.withLock { slots in
            if let slot = slots[command] { return slot }
            let slot = Slot()
            slots[command] = slot
            return slot
        }
    }

    /// Whether `value` returns without running anything.
    package func isKnown(_ command: SettingCommand) -> Bool {
        fresh(slot(command), command) != nil
    }

    private func fresh(_ slot: Slot, _ command: SettingCommand) -> String? {
        slot.answer.withLock { answer in
            answer.flatMap { now() - $0.at < command.ttl ? $0.value : nil }
        }
    }

    /// Waits for the command where it has to run.
    package func value(
        of command: SettingCommand
    ) throws(CommandRun.Problem) -> String {
        let slot = slot(command)
        if let value = fresh(slot, command) { return value }
        return try slot.run.withLock { (_) throws(CommandRun.Problem) in
            if let value = fresh(slot, command) { return value }
            let value = try output(command.arguments)
            slot.answer.withLock { $0 = Slot.Answer(value: value, at: now()) }
            return value
        }
    }

    /// A remote has refused what it said: it is asked again.
    package func refused(_ command: SettingCommand) {
        slot(command).answer.withLock { answer in
            if let known = answer, now() - known.at >= Self.pause { answer = nil }
        }
    }
}
