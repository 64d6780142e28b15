import Foundation
import Testing
import Values

@testable import PawlCommand

/// `--watch`: painted in place on a terminal, a block for each change on a pipe.
@Suite struct Screens {
    private static let small = Terminal.Size(columns: 10, rows: 5)

    @Test func aLongLineGoesOnInTheNextRow() {
        let picture = Screen.picture("0123456789abc\nx\n", note: "note", size: Self.small)
        #expect(
            picture == "0123456789\u{1B}[K\nabc\u{1B}[K\nx\u{1B}[K\n\u{1B}[K\nnote\u{1B}[K")
    }

    @Test func whatIsTooMuchIsCounted() {
        let size = Terminal.Size(columns: 60, rows: 5)
        let picture = Screen.picture("a\nb\nc\nd\ne", note: "n", size: size)
        #expect(
            picture.hasPrefix("a\u{1B}[K\nb\u{1B}[K\n… 3 more lines; a taller window shows them"))
        #expect(picture.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
    }

    @Test func aColourTakesNoRoom() {
        let red = Style(isColoured: true).red("0123456789")
        let picture = Screen.picture(red, note: "", size: Self.small)
        #expect(picture.hasPrefix(red + "\u{1B}[K\n"))
    }

    /// What only time changes is no change.
    @Test func aSentenceThatCountsSecondsIsNoChange() throws {
        let output = try OutputOptions.parse([])
        func why(_ sentence: Value, _ at: Value, _ kind: Value = "waiting.event") -> Sight {
            output.sight(
                [
                    "name": "a/1", "at": at, "why": sentence,
                    "blockers": [["kind": kind, "sentence": sentence]],
                ]
            ) { $0["why"]?.stringValue ?? "" }
        }
        let first = why("Waiting 2 s.", "2026-01-01T00:00:00Z")
        let second = why("Waiting 3 s.", "2026-01-01T00:00:01Z")
        #expect(first != second && first.substance == second.substance)
        #expect(
            first.substance
                != why("Waiting 3 s.", "2026-01-01T00:00:01Z", "call.running").substance)
    }

    @Test func aSeriesIsDrawnToItsHighest() {
        #expect(Overview.line([0, 1, 2, 4], 10) == "▁▂▄█")
        #expect(Overview.line([0, 0], 10).isEmpty && Overview.line([], 10).isEmpty)
        #expect(Overview.line([1, 2, 3], 2) == "▅█")
    }
}

@Suite(.serialized) struct Watching {
    private static func withLamp(
        _ body: (_ folder: String, _ address: String) async throws -> Void
    ) async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let server = try RunningPawl(
                ["serve", "--port", "0", "--log-level", "critical"], in: folder)
            let url = try #require(try server.line(after: "pawl serves "))
            let address = String(url.prefix { $0 != " " })
            let started = try RunningPawl(
                ["start", "lamp", "--key", "7"], in: folder, url: address
            ).finish()
            #expect(started.status == 0)
            try await body(folder, address)
            server.terminate()
            #expect(try server.finish().status == 0)
        }
    }

    @Test func aPipeGetsADocumentForEachChange() async throws {
        try await Self.withLamp { folder, address in
            let watch = try Watched(
                ["why", "lamp/7", "--watch", "-o", "jsonl"], in: folder, url: address)
            let first = try JSON.parse(Array(try #require(watch.line()).utf8))
            #expect(first["blockers"]?[0]?["state"] == "off")
            let sent = try RunningPawl(["send", "lamp/7", "lamp.on"], in: folder, url: address)
            #expect(try sent.finish().status == 0)
            let second = try JSON.parse(Array(try #require(watch.line()).utf8))
            #expect(second["blockers"]?[0]?["state"] == "lit")
            watch.interrupt()
        }
    }

    @Test(arguments: [["ls"], ["why", "lamp/7"], ["top"]])
    func aTerminalIsGivenBackAsItWas(words: [String]) async throws {
        try await Self.withLamp { folder, address in
            let terminal = try PseudoTerminal(columns: 80, rows: 24)
            let watch = words == ["top"] ? words : words + ["--watch"]
            let process = try terminal.start(watch, in: folder, url: address)
            let seen = terminal.read(until: "Ctrl-C ends")
            #expect(seen.hasPrefix("\u{1B}[?1049h\u{1B}[?25l\u{1B}[H"))
            #expect(seen.contains(words == ["top"] ? "1 running" : "lamp/7"), "\(seen)")
            process.interrupt()
            let rest = terminal.read(until: "\u{1B}[?25h\u{1B}[?1049l")
            #expect(rest.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
            process.waitUntilExit()
            #expect(process.terminationReason == .uncaughtSignal)
            #expect(process.terminationStatus == SIGINT)
        }
    }

    @Test func whatIsNotThereLeavesTheTerminalAlone() async throws {
        try await Self.withLamp { folder, address in
            let terminal = try PseudoTerminal(columns: 80, rows: 24)
            let process = try terminal.start(
                ["why", "lamp/8", "--watch"], in: folder, url: address)
            let seen = terminal.read(until: "fix:")
            #expect(!seen.contains("\u{1B}[?"))
            process.waitUntilExit()
            #expect(process.terminationStatus == 3)
        }
    }

    @Test func oneScreenOfAServerIsAlsoADocument() async throws {
        try await Self.withLamp { folder, address in
            let top = try RunningPawl(["top", "--once", "-o", "json"], in: folder, url: address)
            let document = try JSON.parse(Array(try top.finish().output.utf8))
            #expect(document["isReady"] == true && document["url"] == .string(address))
            #expect(document["instances"]?["running"]?["total"] == 1)
            #expect(document["bytes"]?.intValue ?? 0 > 0)
            let text = try RunningPawl(["top"], in: folder, url: address).finish()
            #expect(text.status == 0 && text.output.contains("1 running  0 blocked"))
        }
    }
}

/// A process whose output is read line by line.
private final class Watched {
    private let process = Process()
    private let output = Pipe()
    private var read = Data()

    init(_ words: [String], in folder: String, url: String) throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("pawl")
        process.arguments = words
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder, "PAWL_URL": url]
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// Nil at the end.
    func line() -> String? {
        while true {
            if let end = read.firstIndex(of: 10) {
                defer { read = Data(read[read.index(after: end)...]) }
                return String(decoding: read[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            read += more
        }
    }

    func interrupt() {
        process.interrupt()
        process.waitUntilExit()
    }
}

/// A terminal that a test looks at.
private final class PseudoTerminal {
    /// TIOCSPTLCK and TIOCGPTN of Linux.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430

    private let master: Int32
    private let name: String

    init(columns: UInt16, rows: UInt16) throws {
        // `posix_openpt` and what belongs to it are behind a feature macro that Swift does not set.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (lock, number): (Int32, Int32) = (0, 0)
        try #require(master >= 0 && ioctl(master, Self.setLock, &lock) == 0)
        try #require(ioctl(master, Self.getNumber, &number) == 0)
        name = "/dev/pts/\(number)"
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
    }

    deinit { close(master) }

    func start(_ words: [String], in folder: String, url: String) throws -> Process {
        let slave = try #require(FileHandle(forUpdatingAtPath: name))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("pawl")
        process.arguments = words
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder, "PAWL_URL": url, "NO_COLOR": "1",
            "TERM": "xterm",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = slave
        process.standardError = slave
        try process.run()
        try slave.close()
        return process
    }

    /// Up to the end of a text that comes; all there is where it does not.
    func read(until text: String) -> String {
        var seen: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while seen.firstRange(of: Array(text.utf8)) == nil {
            let count = Foundation.read(master, &block, block.count)
            guard count > 0 else { break }
            seen += block[..<count]
        }
        return String(decoding: seen, as: UTF8.self)
    }
}
