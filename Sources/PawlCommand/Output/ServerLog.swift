import Access
import Engine
import Execution
import Foundation
import Logging
import Synchronization
import Values

/// How the log is written.
enum LogFormat: String, Sendable, CaseIterable {
    /// For people: `2026-11-28T09:15:02.117Z WARNING a call failed attempt=2 error=timeout instance=w/4711`.
    case text
    /// For programs: an object a line, with `time`, `level`, `message`, and each fact under its name.
    case json
}

/// The log of a server. A line begins with the moment and the level, then says what happened, then what it is about;
/// values that hold more than one plain word are quoted. Lines are the program's own: no text from outside begins one, or
/// speaks to the terminal.
struct ServerLog: LogHandler {
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    private let format: LogFormat
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> Timestamp

    /// - Parameter write: takes one line with its end; from any thread, one after the other or not.
    init(
        _ format: LogFormat, now: @escaping @Sendable () -> Timestamp = WallClock.wallTime,
        write: @escaping @Sendable (String) -> Void = { StandardError.write($0) }
    ) {
        self.format = format
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var facts = metadata
        if let more = event.metadata { facts.merge(more) { $1 } }
        if let error = event.error { facts["error"] = "\(error)" }
        // Sorted, so that the same line is the same text.
        let sorted = facts.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 }
        let message = event.message.description
        write(
            format == .json
                ? json(event.level, message, sorted) : text(event.level, message, sorted))
    }

    private func text(
        _ level: Logger.Level, _ message: String, _ facts: [(String, String)]
    ) -> String {
        let level = level.rawValue.uppercased()
        let gap = String(repeating: " ", count: max(1, 8 - level.count))
        let tail = facts.map { " \($0.0.printable)=\($0.1.quotedIfNeeded)" }.joined()
        return "\(now().text) \(level)\(gap)\(message.printable)\(tail)\n"
    }

    private func json(
        _ level: Logger.Level, _ message: String, _ facts: [(String, String)]
    ) -> String {
        var map: ValueMap = [
            "time": .string(now().text), "level": .string(level.rawValue),
            "message": .string(message),
        ]
        // The three are a line's own: a fact of such a name stands under another.
        for (name, value) in facts {
            map[map[name] == nil ? name : "\(name)_"] = .string(value)
        }
        // What a terminal would obey is within strings, and is written as JSON's own escapes.
        return String(decoding: JSON.encode(.map(map)), as: UTF8.self).printable + "\n"
    }
}

extension Timestamp {
    fileprivate var text: String { Timestamp(milliseconds: milliseconds).rfc3339 }
}

extension String {
    /// As it is where it is one plain word, else as a string of JSON.
    fileprivate var quotedIfNeeded: String {
        let isPlain = !isEmpty && utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D }
        if isPlain, isPrintable { return self }
        return String(decoding: JSON.encode(.string(self)), as: UTF8.self).printable
    }
}

/// Whole lines to stderr, from any thread.
enum StandardError {
    private static let turn = Mutex(())

    static func write(_ line: String) {
        turn.withLock { _ in FileHandle.standardError.write(Data(line.utf8)) }
    }
}
