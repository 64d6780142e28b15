import ArgumentParser
import Foundation
import Values

/// Servers by name.
struct ContextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context",
        abstract: "Keep servers under names: add one, use one, list or remove them.",
        discussion: """
            pawl context add staging --url http://127.0.0.1:9087 --as operator/olga
            pawl context use staging
            pawl ls --context staging

            What wins: --url, then --context, then PAWL_URL, then the context in use, then http://127.0.0.1:8087. They \
            are kept in pawl/contexts.json below XDG_CONFIG_HOME or ~/.config.
            """,
        subcommands: [Add.self, Use.self, Ls.self, Rm.self])

    private static var file: String? {
        ContextBook.file(in: environmentVariable)
    }

    static func change(_ change: (inout ContextBook) throws(Failure) -> String) throws(Failure) {
        var book = try ContextBook.read(file)
        let said = try change(&book)
        try book.write(file)
        Terminal.say(said)
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a server under a name; one of that name is replaced.")

        @Argument(help: "What to call it.")
        var name: String

        @Option(help: "Where it is, like http://127.0.0.1:9087.")
        var url: String

        @Option(name: .customLong("as"), help: "Who you are there: role/subject.")
        var actor: String?

        @Option(help: "The file of the token that proves it.", completion: .file())
        var tokenFile: String?

        @OptionGroup var trust: TrustOptions

        func validate() throws {
            guard ContextBook.isName(name) else {
                throw ValidationError("a name has up to 64 letters, digits, ., - and _")
            }
            guard ContextBook.isURL(url) else {
                throw ValidationError("--url is an address like http://127.0.0.1:9087")
            }
        }

        func run() throws {
            try ContextCommand.change { (book) throws(Failure) in
                let isThere = try book.set(
                    ContextBook.Entry(
                        name: name, url: url, actor: actor,
                        tokenFile: tokenFile.map { URL(filePath: $0).path },
                        trust: trust.whole.trust))
                return "\(isThere ? "replaced" : "kept"): \(name) is \(url)"
            }
        }
    }

    struct Use: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Speak to that server from now on, where nothing else is said.")

        @Argument(help: "Its name.", completion: .contexts)
        var name: String?

        @Flag(help: "To none of them: to this machine, as without contexts.")
        var none = false

        func validate() throws {
            guard none != (name != nil) else { throw ValidationError("say a name, or --none") }
        }

        func run() throws {
            try ContextCommand.change { (book) throws(Failure) in
                try book.use(name)
                guard let name else { return "no context is in use: \(ServerChoice.usual)" }
                return "in use: \(name), \(try book.entry(name).url)"
            }
        }
    }

    struct Ls: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List them; * is in use.")

        @OptionGroup var output: OutputOptions

        func run() throws {
            let book = try ContextBook.read(ContextCommand.file)
            if output.format == .json || output.format == .yaml {
                return output.print(book.document) { _ in "" }
            }
            let rows = book.document["contexts"]?.listValue ?? []
            output.print(rows) { rows in
                var table = TextTable(header: ["", "NAME", "URL", "AS"])
                table.rows = rows.map { row in
                    let name = row["name"]?.shown ?? ""
                    return [
                        name == book.current ? "*" : "", name, row["url"]?.shown ?? "",
                        row["as"]?.shown ?? "",
                    ]
                }
                return table.text(width: Terminal.width, style: .standard)
            }
            if rows.isEmpty {
                Terminal.say("no context is kept; `pawl context add NAME --url URL`")
            }
        }
    }

    struct Rm: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Forget one.")

        @Argument(help: "Its name.", completion: .contexts)
        var name: String

        func run() throws {
            try ContextCommand.change { (book) throws(Failure) in
                try book.remove(name)
                return "removed: \(name)"
            }
        }
    }
}
