import Access
import ArgumentParser
import Definition
import Engine
import FileStore
import Foundation
import Values

// Keeping a database: copies, and a look at all of it. They work on the folder, with or without a server.

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the database into one file, also while a server runs.",
        discussion: """
            The copy holds one moment, whole. Everything acknowledged before it began is in it. What is erased later is in \
            it, too: keep the newest pawl-data/pawl.erasures beside your backups. The content of attachments \
            that it names is copied into FILE.files, with a manifest that `sha256sum -c` reads.
            """)

    @Argument(help: "The file to make; it must not exist.")
    var file: String

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    @OptionGroup var keys: KeyOptions

    func run() async throws {
        let copy = try await Wiring.backUp(data, to: file, config: keys.config)
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        Terminal.say("\(file): \(size / 1024) KiB")
        if copy.contents > 0 {
            Terminal.say(
                "\(file).files: \(copy.contents) attachments, \(copy.bytes / 1024) KiB")
        }
        let archive = FileArchive.folder(beside: data)
        if FileManager.default.fileExists(atPath: archive) {
            Terminal.say("\(archive) is not in it: what is there only grows, so copy it with rsync")
        }
        try copy.check(fix: "`pawl doctor --data \(data)` says what else is not right")
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup into a folder that has no database.",
        discussion: """
            What happened after the backup is not in it: calls that left since then may be sent again under their old \
            keys, and events that were acknowledged since then are lost. Reconcile with the remotes before serving. The \
            person whose data were erased after it is erased again, as the file pawl.erasures says. The \
            content of attachments comes from BACKUP.files, each held against its hash; what is missing is named.
            """)

    @Argument(help: "The backup.")
    var file: String

    @Option(help: "The folder to make the database in.")
    var data = "./pawl-data"

    @Option(
        help:
            "A file pawl.erasures: what it says is erased again. Without it, the one beside the backup or in the folder."
    )
    var erasures: String?

    @OptionGroup var keys: KeyOptions

    func run() async throws {
        let (copy, forgotten, hold) = try Wiring.restore(
            file, into: data, erasures: erasures, config: keys.config)
        Terminal.say("\(data) is restored; `pawl doctor --data \(data)` looks at all of it")
        if let hold {
            Terminal.say(
                "calls that move money are held until `pawl money release \(hold) --reason '<why>'`"
            )
        }
        for erasure in forgotten {
            Terminal.say(
                "erased after the backup, and again when the server starts: "
                    + "\(erasure.person)=\(erasure.id) (\(erasure.at.rfc3339): \(erasure.reason))"
                    .printable)
        }
        try copy.check(
            fix: "put them into \(file).files from another backup; the database is restored")
    }
}

extension ContentCopy {
    fileprivate func check(fix: String) throws(Failure) {
        guard !findings.isEmpty else { return }
        throw Failure(
            status: 6, "\(findings.count) attachments are not there", fix: fix,
            details: findings.prefix(20).map { Problem.Detail(pointer: "attachment", detail: $0) })
    }
}

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at every page, row and instance of a database; nothing is changed.",
        discussion: "It looks at a copy of one moment, which needs as much room again meanwhile.")

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    @OptionGroup var keys: KeyOptions

    @Flag(
        help:
            "Read the content of every attachment and the whole archive, and hold them against their hashes."
    )
    var deep = false

    @Option(help: "The archive's folder, where pawl.yaml puts it somewhere else.")
    var archive: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let found = try await Wiring.examine(
            data, isDeep: deep, archive: archive ?? FileArchive.folder(beside: data),
            config: keys.config)
        let (findings, examination) = (found.all, found.instances)
        var report: ValueMap = ["findings": .list(findings.map(Value.string))]
        if let examination {
            report["instances"] = .int(Int64(examination.instances))
            report["running"] = .int(Int64(examination.running))
            report["incidents"] = .int(Int64(examination.incidents))
            report["remarks"] = .list((examination.remarks + found.remarks).map(Value.string))
        }
        report["attachments"] = .int(Int64(found.contents.contents))
        report["archived"] = .int(Int64(found.archived))
        report["unnamed"] = .list(found.strangers.map { .string($0.text) })
        output.print(.map(report)) { _ in
            let lines =
                findings.map { "✘ \($0.printable)\n" }.joined()
                + found.strangers.map {
                    "· the content \($0) is in no row: a crash left it, or it comes just now\n"
                }.joined()
                + ((examination?.remarks ?? []) + found.remarks).map { "! \($0.printable)\n" }
                .joined()
            let counts = examination.map {
                "\($0.instances) instances (\($0.running) running, \($0.incidents) open incidents), "
                    + (found.contents.contents == 0
                        ? "" : "\(found.contents.contents) attachments, ")
                    + (found.archived == 0 ? "" : "\(found.archived) in the archive, ")
            }
            return lines + (counts ?? "pages are damaged, so that instances were not looked at: ")
                + (findings.isEmpty ? "nothing wrong\n" : "\(findings.count) findings\n")
        }
        guard findings.isEmpty || !found.ofDatabase.isEmpty else {
            throw Failure(
                status: 1, "the archive is not as it was written; the database is",
                fix: "compare it with a copy; lines that no finding names are as they were")
        }
        guard findings.isEmpty else {
            throw Failure(
                status: 1, "the database is damaged",
                fix: "keep this one, and restore a backup into another folder")
        }
    }
}

extension Wiring.Findings {
    /// Instances, some of which may be in it twice.
    fileprivate var archived: Int { archive.reduce(0) { $0 + $1.instances } }

    fileprivate var remarks: [String] { erasures + archive.flatMap(\.remarks) }
}
