import Foundation
import Testing
import Values

@testable import PawlCommand

/// The program itself, as a shell sees it.
@Suite(.serialized) struct Processes {
    @Test func aServerIsStartedUsedStoppedAndReadAfterwards() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let server = try RunningPawl(
                ["serve", "--port", "0", "--log-level", "critical"], in: folder)
            let url = try #require(try server.line(after: "pawl serves "))
            let address = String(url.prefix { $0 != " " })
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words, in: folder, url: address).finish()
            }
            let started = try pawl("start", "lamp", "--key", "7", "id=7")
            #expect(started.status == 0)
            #expect(started.output.hasPrefix("lamp/7  off"))
            #expect(try pawl("send", "lamp/7", "lamp.on", "-o", "json").status == 0)
            #expect(
                try pawl("wait", "lamp/7", "--until", "state:lit", "--timeout", "20s").status == 0)
            let late = try pawl("wait", "lamp/7", "--timeout", "0s")
            #expect(late.status == 7)
            let why = try pawl("why", "lamp/7")
            #expect(why.output.contains("pawl send lamp/7 lamp.broken"))
            #expect(try pawl("why", "lamp/8").status == 3)
            let part = try pawl("history", "lamp/7", "-n", "2")
            #expect(part.output.split(separator: "\n").count == 2)
            #expect(part.errors.contains("more: pawl history lamp/7 -n 2 --after 2, or --all"))
            #expect(try pawl("history", "lamp/7").errors.isEmpty)
            #expect(try pawl("start", "lamp", "id=9").output.hasPrefix("lamp/9  off"))
            #expect(try pawl("start", "lamp", "--key", "7", "id=8").status == 5)
            #expect(try pawl("start", "lmp").errors.contains("fix: did you mean lamp?"))
            let second = try RunningPawl(["serve", "--port", "0"], in: folder).finish()
            #expect(second.status == 1)
            #expect(second.errors.contains("is in use"))
            #expect(try pawl("backup", "copy.db").status == 0)
            server.terminate()
            #expect(try server.finish().status == 0)
            #expect(try pawl("restore", "copy.db", "--data", "again").status == 0)
            #expect(try pawl("doctor", "--data", "again").output.hasSuffix("nothing wrong\n"))
            #expect(try pawl("ls", "--data", "again", "-o", "name").output == "lamp/9\nlamp/7\n")
            #expect(try pawl("restore", "copy.db").status == 1)
            let listed = try pawl("ls", "--data", "pawl-data", "-o", "name")
            #expect(listed.output == "lamp/9\nlamp/7\n")
            #expect(try pawl("ls", "--data", "elsewhere").status == 3)
            let gone = try pawl("get", "lamp/7")
            #expect(gone.status == 8)
            #expect(gone.errors.contains("is `pawl serve` running at"))
        }
    }

    private static let shop = """
        adapter: shop
        transport: http
        url: {env: SHOP_URL}
        operations:
          ask:
            kind: query
            input: {type: object, properties: {id: {type: string}}, required: [id]}
            request: {method: GET, path: '/things/${input.id}'}
            output: {name: '${response.body.name}'}
            outputSchema: {type: object, required: [name]}
        """

    /// Nothing that an earlier process left leaves before somebody has looked at it.
    @Test func aServerMayBeginWithAllItsCallsHeld() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write(Self.shop, folder + "/adapters/shop/adapter.yaml")
            let server = try RunningPawl(
                [
                    "serve", "--port", "0", "--log-level", "critical", "--hold-calls", "--reason",
                    "restored",
                ], in: folder)
            let said = try #require(try server.line(after: "no call leaves until "))
            #expect(said.contains("pawl adapter resume --all"))
            let url = try #require(try server.line(after: "pawl serves "))
            let address = String(url.prefix { $0 != " " })
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words, in: folder, url: address).finish()
            }
            let card = try pawl("adapters", "shop")
            #expect(card.output.contains("paused") && card.output.contains("restored"))
            let freed = try pawl("adapter", "resume", "--all", "--reason", "compared")
            #expect(freed.status == 0 && freed.output.contains("shop"))
            #expect(try !pawl("adapters").output.contains("paused"))
            let again = try pawl("adapter", "resume", "--all", "--reason", "compared")
            #expect(again.status == 0 && again.errors.contains("no adapter is paused"))
            server.terminate()
            #expect(try server.finish().status == 0)
        }
    }

    /// Whoever writes an adapter first has something to run.
    @Test func aFolderWithAdaptersOnlyRunsTheirExchanges() async throws {
        try await withFolder { folder in
            try write(
                Self.shop, folder + "/adapters/shop/adapter.yaml")
            try write(
                """
                ### it is asked by its id
                # operation: ask
                # input: {"id":"7"}
                # expect: succeeded {"name":"pen"}

                GET /things/7 HTTP/1.1

                HTTP/1.1 200 OK
                Content-Type: application/json

                {"name":"pen"}
                """, folder + "/adapters/shop/exchanges/ask.http")
            let test = try RunningPawl(["test"], in: folder).finish()
            #expect(test.status == 0, "\(test.errors)")
            #expect(test.output.hasSuffix("1 passed, 0 failed\n"))
            #expect(test.errors.contains("there are no workflows here"))
            // Whoever names a folder means it.
            let named = try RunningPawl(["test", "--workflows", "workflows"], in: folder).finish()
            #expect(named.status == 3)
        }
    }

    /// A new version is brought to a server that has instances of the old one.
    @Test func twoVersionsAreComparedAndWhoWouldBeStrandedIsCounted() async throws {
        try await withFolder { folder in
            let path = folder + "/workflows/lamp/workflow.yaml"
            try write(lamp, path)
            try write(lamp, folder + "/old.yaml")
            try write("", folder + "/adapters/none")
            func serve() throws -> (server: RunningPawl, address: String) {
                let server = try RunningPawl(
                    ["serve", "--port", "0", "--log-level", "critical"], in: folder)
                let url = try server.line(after: "pawl serves ") ?? ""
                return (server, String(url.prefix { $0 != " " }))
            }
            let (first, before) = try serve()
            for words in [
                ["start", "lamp", "--key", "1"], ["start", "lamp", "--key", "2"],
                ["start", "lamp", "--key", "3"], ["send", "lamp/1", "lamp.on"],
                ["send", "lamp/2", "lamp.on"],
            ] {
                #expect(try RunningPawl(words, in: folder, url: before).finish().status == 0)
            }
            first.terminate()
            #expect(try first.finish().status == 0)
            // There is no `lit` any more; what was `off` is as it was but for one more way out.
            try write(
                lamp.replacingOccurrences(of: "version: 1", with: "version: 2")
                    .replacingOccurrences(
                        of: "{lamp.on: 'lit'}", with: "{lamp.on: gone, lamp.broken: gone}"
                    )
                    .replacingOccurrences(of: "  lit: {on: {lamp.broken: gone}}\n", with: ""), path)
            let files = try RunningPawl(
                ["diff", "old.yaml", "workflows/lamp/workflow.yaml"], in: folder
            ).finish()
            #expect(files.status == 0)
            #expect(files.output.contains("removed lit"))
            #expect(files.output.contains("gone, with whatever waits there: lit"))
            let (second, address) = try serve()
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words, in: folder, url: address).finish()
            }
            let difference = try await Wiring.client(url: address, actor: nil).get(
                "/v1/workflows/lamp/difference", [("from", "1")])
            #expect(difference["to"] == 2)
            let changes = (difference["states"]?.listValue ?? []).map {
                "\($0["change"]?.stringValue ?? "") \($0["state"]?.stringValue ?? "")"
            }
            #expect(changes == ["changed off", "removed lit"])
            // Two of three, by the very filter that lists them.
            let stranded = difference["stranded"]?.listValue ?? []
            #expect(stranded.map { $0["state"] } == ["lit"])
            #expect(stranded.map { $0["running"] } == [2])
            let filter = try #require(stranded.first?["filter"]?.stringValue)
            let listed = try pawl("ls", "-f", filter, "-o", "name")
            #expect(listed.output == "lamp/2\nlamp/1\n")
            // They go on where they are, and a new one is of the new version.
            #expect(try pawl("start", "lamp", "--key", "4").status == 0)
            #expect(try pawl("get", "lamp/4", "-o", "json").output.contains("\"version\": 2"))
            #expect(try pawl("send", "lamp/1", "lamp.broken").status == 0)
            let later = try pawl("ls", "-f", filter, "-o", "name")
            #expect(later.output == "lamp/2\n")
            second.terminate()
            #expect(try second.finish().status == 0)
        }
    }

    @Test func aFileIsPutReferredToBackedUpAndLookedAt() async throws {
        try await withFolder { folder in
            let album = """
                workflow: album
                version: 1
                events: {page.added: {data: {type: object, properties: {page: {format: attachment}}}}}
                initial: open
                states: {open: {on: {page.added: open}}}
                """
            try write(album, folder + "/workflows/album/workflow.yaml")
            try write("", folder + "/adapters/none")
            try write("attachments: {limit: 1000, types: [text/plain]}\n", folder + "/pawl.yaml")
            try write("It is done.\n", folder + "/letter.txt")
            try write("%PDF-1.7 and so on", folder + "/letter.pdf")
            let server = try RunningPawl(
                ["serve", "--port", "0", "--log-level", "critical"], in: folder)
            let url = try #require(try server.line(after: "pawl serves "))
            let address = String(url.prefix { $0 != " " })
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words, in: folder, url: address).finish()
            }
            func ana(_ words: String...) throws -> Finished {
                try RunningPawl(words + ["--as", "worker/ana"], in: folder, url: address).finish()
            }
            let reference = try ana("attach", "letter.txt").output
            #expect(
                reference.contains("\"name\":\"letter.txt\",\"type\":\"text/plain\",\"size\":12"))
            #expect(try ana("attach", "letter.pdf").errors.contains("application/pdf"))
            #expect(try ana("attach", "none.txt").status == 3)
            #expect(try ana("attach", "letter.txt", "--name", "../x").status == 64)
            #expect(try pawl("start", "album", "--key", "1").status == 0)
            let data = "{\"page\": \(reference)}"
            #expect(try pawl("send", "album/1", "page.added", "-d", data).status == 1)
            #expect(try ana("send", "album/1", "page.added", "-d", data).status == 0)
            // Both in one.
            #expect(try ana("send", "album/1", "page.added", "page=@letter.txt").status == 0)
            let unread = try ana("send", "album/1", "page.added", "page=@none.txt")
            #expect(unread.errors.contains("none.txt cannot be read"))
            #expect(try pawl("backup", "copy.db").status == 0)
            server.terminate()
            #expect(try server.finish().status == 0)
            #expect(try pawl("restore", "copy.db", "--data", "again").status == 0)
            let healthy = try pawl("doctor", "--deep", "--data", "again").output
            #expect(healthy.hasSuffix("1 attachments, nothing wrong\n"))
            let files = try FileManager.default.subpathsOfDirectory(
                atPath: folder + "/again/pawl.db.files")
            let file = try #require(files.first { $0.utf8.count > 64 })
            try write("It is not.\n\n", folder + "/again/pawl.db.files/" + file)
            #expect(try pawl("doctor", "--data", "again").status == 0)
            let damaged = try pawl("doctor", "--deep", "--data", "again")
            #expect(damaged.status == 1)
            #expect(damaged.output.contains("which album/1 refers to, is damaged"))
            try FileManager.default.removeItem(atPath: folder + "/copy.db.files")
            let partly = try pawl("restore", "copy.db", "--data", "partly")
            #expect(partly.status == 6)
            #expect(partly.errors.contains("which album/1 refers to, is missing"))
        }
    }

    @Test func brokenDefinitionsAreShownWithTheirPlaceAndNothingStarts() async throws {
        try await withFolder { folder in
            let broken = lamp.replacingOccurrences(
                of: "lamp.broken: gone", with: "lamp.broken: gne")
            try write(broken, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let check = try RunningPawl(["check"], in: folder).finish()
            #expect(check.status == 1)
            #expect(check.output.contains("workflow.yaml:11:"))
            #expect(check.output.contains("^"))
            let serve = try RunningPawl(["serve", "--port", "0"], in: folder).finish()
            #expect(serve.status == 1)
            #expect(!FileManager.default.fileExists(atPath: folder + "/pawl-data"))
        }
    }

    @Test func oneWorkflowIsCheckedBesideTheOthersOfItsProject() async throws {
        try await withFolder { folder in
            let shelf = """
                workflow: shelf
                version: 1
                initial: busy
                states:
                  busy: {invoke: {workflow: lamp, input: {}, onDone: done}}
                  done: {type: final}
                """
            let workflows = folder + "/workflows"
            try write(shelf, workflows + "/shelf/workflow.yaml")
            try write(lamp, workflows + "/lamp/workflow.yaml")
            func check() throws -> Finished {
                try RunningPawl(["check", "workflows/shelf"], in: folder).finish()
            }
            let right = try check()
            #expect(right.status == 0, "\(right.output)")
            #expect(right.errors.hasPrefix("1 workflows, "))
            try write(lamp.replacing("'lit'", with: "lti"), workflows + "/lamp/workflow.yaml")
            let broken = try check()
            #expect(broken.status == 1)
            #expect(broken.output.contains("lamp/workflow.yaml:10:"))
        }
    }

    @Test func aBrokenScenarioFailsItsWorkflowsTestAndTheCheck() async throws {
        try await withFolder { folder in
            let scenarios = folder + "/workflows/lamp/scenarios"
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            try write("scenario: lit\nworkflow: lamp\nsteps: [{sned: x}]\n", scenarios + "/a.yaml")
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words, in: folder).finish()
            }
            for words in [["lamp"], ["a"], ["a.yaml"], ["-f", "lit"]] {
                let tested = try RunningPawl(["test"] + words, in: folder).finish()
                #expect(tested.status == 1)
                #expect(tested.output.contains("scenarios/a.yaml"), "\(words)")
            }
            #expect(try pawl("test", "lmp").status == 3)
            let check = try pawl("check")
            #expect(check.status == 1)
            #expect(check.output.contains("scenarios/a.yaml:3:"))
            #expect(check.errors.contains("1 workflows, 0 adapters, 1 scenarios, 0 exchanges: "))
        }
    }

    @Test func misplacedScenariosAreWarnedOfAndWrongExchangesAreErrors() async throws {
        try await withFolder { folder in
            let scenarios = folder + "/workflows/lamp/scenarios"
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            try write("scenario: a\nworkflow: lamp\nsteps: []\n", scenarios + "/a.yml")
            try write(
                lamp.replacing("workflow: lamp", with: "workflow: torch"),
                folder + "/workflows/torch/workflow.yaml")
            try write("scenario: b\nworkflow: torch\nsteps: []\n", scenarios + "/b.yaml")
            let warned = try RunningPawl(["check"], in: folder).finish()
            #expect(warned.status == 0)
            #expect(warned.output.contains("rename it to end with .yaml"))
            #expect(warned.output.contains("b.yaml:2:1: warning: a scenario of 'torch'"))
            try write("### no answer\n", folder + "/adapters/bank/exchanges/x.http")
            let failed = try RunningPawl(["check"], in: folder).finish()
            #expect(failed.status == 1)
            #expect(failed.output.contains("adapters/bank/exchanges/x.http:1:1: error: "))
        }
    }

    @Test func usageHasAStatusOfItsOwn() throws {
        #expect(try RunningPawl(["why"], in: "/").finish().status == 64)
        #expect(try RunningPawl(["--version"], in: "/").finish().output == "0.1.0\n")
    }
}

struct Finished {
    let status: Int32
    let output: String
    let errors: String
}

/// The built program in a process of its own.
final class RunningPawl {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private var said = Data()

    /// - Parameter input: what stands in a file that is its standard input.
    init(_ words: [String], in folder: String, url: String? = nil, input: String? = nil) throws {
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("pawl")
        process.arguments = words
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var environment = ["NO_COLOR": "1", "PATH": "/usr/bin:/bin", "HOME": folder]
        if let url { environment["PAWL_URL"] = url }
        process.environment = environment
        process.standardOutput = output
        process.standardError = errors
        process.standardInput =
            input.flatMap { FileHandle(forReadingAtPath: $0) } ?? FileHandle.nullDevice
        try process.run()
    }

    /// What follows a text on stderr, up to the end of its line; nil when the program ends without it.
    func line(after text: String) throws -> String? {
        while true {
            let said = String(decoding: said, as: UTF8.self)
            if let start = said.range(of: text),
                let end = said[start.upperBound...].firstIndex(of: "\n")
            {
                return String(said[start.upperBound..<end])
            }
            let more = errors.fileHandleForReading.availableData
            if more.isEmpty { return nil }
            self.said += more
        }
    }

    func terminate() { process.terminate() }

    var number: Int32 { process.processIdentifier }

    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Reads both outputs to their ends; they are small.
    func finish() throws -> Finished {
        let out = output.fileHandleForReading.readDataToEndOfFile()
        said += errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Finished(
            status: process.terminationStatus, output: String(decoding: out, as: UTF8.self),
            errors: String(decoding: said, as: UTF8.self))
    }
}
