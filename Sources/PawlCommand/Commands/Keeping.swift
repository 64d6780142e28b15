import Access
import ArgumentParser
import Engine
import Foundation
import Values

// Keeping a database: copies, and a look at all of it. They work on the folder, with or without a server.

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database into one file, also while a server runs.",
        discussion:
            "The copy holds one moment, whole. Everything acknowledged before it began is in it.")

    @Argument(help: "The file to make; it must not exist.")
    var file: String

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    func run() async throws {
        try Wiring.backUp(data, to: file)
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        Terminal.say("\(file): \(size / 1024) KiB")
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup into a folder that has no database.",
        discussion: """
            What happened after the backup is not in it: calls that left since then may be sent again under their old \
            keys, and events that were acknowledged since then are lost. Reconcile with the remotes before serving.
            """)

    @Argument(help: "The backup.")
    var file: String

    @Option(help: "The folder to make the database in.")
    var data = "./pawl-data"

    func run() async throws {
        try Wiring.restore(file, into: data)
        Terminal.say("\(data) is restored; `pawl doctor --data \(data)` looks at all of it")
    }
}

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at every page, row and instance of a database; nothing is changed.",
        discussion: "It looks at a copy of one moment, which needs as much room again meanwhile.")

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (pages, examination) = try Wiring.examine(data)
        let findings = pages + (examination?.findings ?? [])
        var report: ValueMap = ["findings": .list(findings.map(Value.string))]
        if let examination {
            report["instances"] = .int(Int64(examination.instances))
            report["running"] = .int(Int64(examination.running))
            report["incidents"] = .int(Int64(examination.incidents))
        }
        output.print(.map(report)) { _ in
            let lines = findings.map { "✘ \($0.printable)\n" }.joined()
            let counts = examination.map {
                "\($0.instances) instances (\($0.running) running, \($0.incidents) open incidents), "
            }
            return lines + (counts ?? "pages are damaged, so that instances were not looked at: ")
                + (findings.isEmpty ? "nothing wrong\n" : "\(findings.count) findings\n")
        }
        guard findings.isEmpty else {
            throw Failure(
                status: 1, "the database is damaged",
                fix: "keep this one, and restore a backup into another folder")
        }
    }
}
