import ArgumentParser
import Dispatch
import Foundation
import Synchronization
import Values

struct WatchOptions: ParsableArguments {
    @Flag(help: "Show it again whenever it has changed, until interrupted.")
    var watch = false
}

/// Where a command that is watched looks.
protocol WatchedPlace {
    /// A server that tells of changes; nil: one has to look.
    var liveURL: String? { get }
}

extension ClientOptions: WatchedPlace {
    var liveURL: String? { try? choice.url }
}

extension SourceOptions: WatchedPlace {
    var liveURL: String? { data == nil ? server.liveURL : nil }
}

/// A command that shows something and changes nothing.
protocol Looking: AsyncParsableCommand {
    associatedtype Place: WatchedPlace

    var options: Place { get }
    var watching: WatchOptions { get }
    /// Seconds between two looks, whatever changes; nil: when something changes.
    var often: Int? { get }

    /// What there is to see now.
    func look() async throws -> Sight
}

extension Looking {
    var often: Int? { nil }

    func run() async throws { try await watch() }

    /// Shows it, and goes on showing it if that was asked for.
    func watch() async throws {
        let first = try await look()
        guard watching.watch else { return first.show() }
        let wakes = Wakes(live: options.liveURL, often: often)
        defer { wakes.end() }
        try await Terminal.isShown ? repaint(first, wakes) : write(first, wakes)
    }

    /// On a pipe: one block for each change.
    private func write(_ first: Sight, _ wakes: Wakes) async throws {
        var shown = first
        shown.show()
        for await _ in wakes.stream {
            let sight = try await look()
            guard sight.substance != shown.substance else { continue }
            if !sight.isExact { Terminal.print("\n") }
            sight.show()
            shown = sight
        }
    }

    /// On a terminal: in place.
    private func repaint(_ first: Sight, _ wakes: Wakes) async throws {
        Screen.enter()
        defer { Screen.leave() }
        var shown = first
        var painted: (text: String, size: Terminal.Size)?
        var note = Self.note()
        func paint(_ size: Terminal.Size) {
            let text = Terminal.shown(shown.text, isColoured: Terminal.isColoured)
            if let painted, painted.text == text + note, painted.size == size { return }
            Screen.paint(text, note: note, size: size)
            painted = (text + note, size)
        }
        paint(Terminal.size)
        for await _ in wakes.stream {
            do {
                let sight = try await look()
                if sight != shown || note.hasPrefix(Self.lost) { note = Self.note() }
                shown = sight
            } catch let failure as Failure where failure.status == 8 {
                // It may come back: what was seen last stays.
                note = Self.lost + failure.message
            }
            paint(Terminal.size)
        }
    }

    private static var lost: String { "trying again: " }

    private static func note() -> String {
        let time = Date.now.formatted(
            Date.ISO8601FormatStyle().time(includingFractionalSeconds: false))
        return "changed last at \(time) UTC; Ctrl-C ends"
    }
}

/// Moments to look again: the server says that something has changed, the window has another size, or some time is over.
final class Wakes {
    /// One element for however many of them.
    let stream: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let wire: LiveWire?
    private let tasks: [Task<Void, Never>]
    private let window: any DispatchSourceSignal

    /// Seconds between two looks where the server says when to look: what is only a matter of time changes, too.
    private static let seldom = 10

    /// - Parameter often: seconds between two looks whatever the server says; nil: it says when.
    init(live url: String?, often: Int? = nil) {
        (stream, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        wire = often == nil ? url.map { LiveWire(url: $0) } : nil
        let liveness = Liveness()
        var tasks = [Self.tick(wake, often ?? 1, liveness)]
        if let wire { tasks.append(Self.hear(wire, wake, liveness)) }
        self.tasks = tasks
        let source = DispatchSource.makeSignalSource(signal: SIGWINCH)
        let resized = wake
        source.setEventHandler { resized.yield() }
        source.activate()
        window = source
    }

    private static func hear(
        _ wire: LiveWire, _ wake: AsyncStream<Void>.Continuation, _ liveness: Liveness
    ) -> Task<Void, Never> {
        Task.detached {
            for await _ in wire.changes {
                liveness.set(true)
                wake.yield()
            }
            liveness.set(false)
        }
    }

    private static func tick(
        _ wake: AsyncStream<Void>.Continuation, _ often: Int, _ liveness: Liveness
    ) -> Task<Void, Never> {
        Task.detached {
            var seconds = 0
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(1))
                seconds += 1
                guard seconds >= (liveness.isLive ? seldom : often) else { continue }
                seconds = 0
                wake.yield()
            }
        }
    }

    func end() {
        wire?.close()
        for task in tasks { task.cancel() }
        window.cancel()
        wake.finish()
    }
}

/// Whether a server's stream is heard.
private final class Liveness: Sendable {
    private let state = Mutex(false)

    var isLive: Bool { state.withLock { $0 } }

    func set(_ isLive: Bool) { state.withLock { $0 = isLive } }
}
