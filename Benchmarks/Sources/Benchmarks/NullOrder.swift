import ArgumentParser
import Definition
import Execution
import Values

/// W1a and W1b: five sequential no-op steps, in process; and the limit on the same rows.
struct NullOrder: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "W1: five steps that do nothing.")

    @Option(help: "Clients in a closed loop.")
    var clients = 1
    @Flag(help: "W1b: steps of the process itself, which share a flush.")
    var local = false
    @Flag(help: "Count and trace what goes on.")
    var told = false
    @Flag(help: "Replay the rows and batches of a second run through SQLite's C API.")
    var limit = false
    @Option(help: "Seconds of the run that is recorded for the limit.")
    var recordedSeconds = 1.0
    @OptionGroup var timing: Timing
    @OptionGroup var scratch: Scratch

    /// The start, and the answer of each step.
    private static let commitsPerOrder: Value = 6

    private var workflow: String { local ? "local-order" : "null-order" }

    func run() async throws {
        let world = try World(scratch: scratch.scratch, isTold: told)
        let measurement = try await measure(world, timing)
        var members = measurement.members(local ? "W1b" : "W1a", clients: clients)
        await world.stop()
        if limit { members = members.merging(try await replayed()) }
        report(members)
    }

    private func measure(_ world: World, _ timing: Timing) async throws -> Measurement {
        let workflow = workflow
        return try await closedLoop(clients: clients, timing) {
            try await world.complete(workflow, $0)
        }
    }

    /// What SQLite alone reaches with the same rows in the same batches.
    private func replayed() async throws -> ValueMap {
        let recording = Box<RecordingStore>()
        let world = try World(
            scratch: scratch.scratch,
            wrap: {
                let store = RecordingStore($0)
                recording.value = store
                return store
            })
        var short = timing
        short.warm = 0.2
        short.seconds = recordedSeconds
        _ = try await measure(world, short)
        await world.stop()
        let batches = recording.value?.batches ?? []
        let limit = try Limit(batches: batches)
        let seconds = try limit.replay(below: scratch.scratch)
        return limit.members(seconds: seconds).merging(["commitsPerOrder": Self.commitsPerOrder])
    }
}

/// A place for what a closure makes.
private final class Box<T> {
    var value: T?
}
