import ArgumentParser
import Foundation
import Testing
import Values

@testable import PawlCommand

/// Servers under names, and which one a command speaks to.
@Suite struct Contexts {
    private static func book() throws -> ContextBook {
        var book = ContextBook()
        _ = try book.set(ContextBook.Entry(name: "here", url: "http://127.0.0.1:1"))
        _ = try book.set(
            ContextBook.Entry(name: "there", url: "http://127.0.0.1:2", actor: "operator/olga"))
        try book.use("there")
        return book
    }

    private static func choice(
        url: String? = nil, context: String? = nil, _ environment: [String: String] = [:]
    ) throws -> ServerChoice {
        let book = try book()
        return try ServerChoice(
            url: url, context: context, environment: { environment[$0] },
            book: { () throws(Failure) in book })
    }

    @Test func whatIsSaidNearestWins() throws {
        let url = ["PAWL_URL": "http://127.0.0.1:3"]
        #expect(try Self.choice(url: "http://x:4", context: nil, url).url == "http://x:4")
        #expect(try Self.choice(context: "here", url).url == "http://127.0.0.1:1")
        #expect(try Self.choice(url).url == "http://127.0.0.1:3")
        let inUse = try Self.choice()
        #expect(inUse.url == "http://127.0.0.1:2")
        #expect(inUse.actor == "operator/olga" && inUse.context == "there")
        #expect(try Self.choice(url).context == nil)
        let none = try ServerChoice(
            url: nil, context: nil, environment: { _ in nil },
            book: { () throws(Failure) in ContextBook() })
        #expect(none.url == ServerChoice.usual && none.context == nil)
    }

    @Test func anUnknownOneNamesTheNearest() throws {
        let failure = #expect(throws: Failure.self) { try Self.choice(context: "ther") }
        #expect(failure?.status == 3 && failure?.fix == "did you mean there?")
        let empty = #expect(throws: Failure.self) { try ContextBook().entry("x") }
        #expect(empty?.fix == "`pawl context add x --url URL` makes one")
    }

    @Test func aBookIsReadBackAndNobodyElses() async throws {
        try await withFolder { folder in
            let file = folder + "/config/pawl/contexts.json"
            let book = try Self.book()
            try book.write(file)
            #expect(try ContextBook.read(file) == book)
            for (path, mode) in [(file, 0o600), (folder + "/config/pawl", 0o700)] {
                let found = try FileManager.default.attributesOfItem(atPath: path)[
                    .posixPermissions]
                #expect((found as? NSNumber)?.intValue == mode, "\(path)")
            }
            for text in ["", "{}", "[1]", #"{"contexts": [{"name": "a b", "url": "http://x"}]}"#] {
                try write(text, file)
                let failure = #expect(throws: Failure.self) { try ContextBook.read(file) }
                #expect(failure?.status == 1 && failure?.message.contains(file) == true)
            }
        }
    }

    private static func file(_ environment: [String: String]) -> String? {
        ContextBook.file { environment[$0] }
    }

    @Test func theFileIsWhereSettingsAre() {
        #expect(
            Self.file(["XDG_CONFIG_HOME": "/x", "HOME": "/h"]) == "/x/pawl/contexts.json"
        )
        #expect(
            Self.file(["XDG_CONFIG_HOME": "relative", "HOME": "/h"])
                == "/h/.config/pawl/contexts.json")
        #expect(Self.file([:]) == nil)
    }

    @Test func oneThatIsRemovedIsNotInUse() throws {
        var book = try Self.book()
        try book.remove("there")
        #expect(book.current == nil && book.entries.map(\.name) == ["here"])
    }

    /// From a shell: kept, used, said where something is changed, and forgotten.
    @Test func aServerIsSpokenToByItsName() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let server = try RunningPawl(
                ["serve", "--port", "0", "--log-level", "critical"], in: folder)
            let url = try #require(try server.line(after: "pawl serves "))
            let address = String(url.prefix { $0 != " " })
            func pawl(_ words: String..., url: String? = nil) throws -> Finished {
                try RunningPawl(words, in: folder, url: url).finish()
            }
            #expect(try pawl("context", "add", "lamps", "--url", address).status == 0)
            let started = try pawl("start", "lamp", "--key", "7", "--context", "lamps")
            #expect(started.status == 0 && started.errors == "context lamps: \(address)\n")
            let why = try pawl("why", "lamp/7", "--context", "lamps")
            #expect(why.errors.isEmpty && why.output.contains("lamp.on --context lamps"))
            #expect(try pawl("context", "use", "lamps").errors == "in use: lamps, \(address)\n")
            // What is in use is in use for the next line, too.
            let inUse = try pawl("why", "lamp/7")
            #expect(inUse.output.contains("lamp.on") && !inUse.output.contains("--context"))
            let sent = try pawl("send", "lamp/7", "lamp.on")
            #expect(sent.errors == "context lamps: \(address)\n")
            let elsewhere = try pawl("ls", url: "http://127.0.0.1:1")
            #expect(elsewhere.status == 8 && elsewhere.errors.contains("127.0.0.1:1"))
            #expect(try pawl("ls", "--context", "lamp").errors.contains("did you mean lamps?"))
            #expect(try pawl("ls", "--context", "lamps", "--url", address).status == 64)
            #expect(try pawl("context", "ls").output.contains("*  lamps  \(address)"))
            #expect(try pawl("---completion", "why", "--", "positional@0", "1", "0").status == 0)
            #expect(try pawl("context", "rm", "lamps").status == 0)
            #expect(try pawl("context", "ls").errors.contains("no context is kept"))
            server.terminate()
            #expect(try server.finish().status == 0)
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func eachShellHasAScript(shell: String) async throws {
        try await withFolder { folder in
            let script = try RunningPawl(["completions", shell], in: folder).finish()
            #expect(script.status == 0 && script.output.contains("incidents"))
            let help = try RunningPawl(["help", "completions"], in: folder).finish()
            #expect(help.output.contains("completions \(shell) > "))
        }
    }

    @Test func whatStandsOnALineIsFound() {
        #expect(["why", "--url", "x"].value(of: "--url") == "x")
        #expect(["--url=y"].value(of: "--url") == "y")
        #expect(["--url"].value(of: "--url") == nil)
    }
}
