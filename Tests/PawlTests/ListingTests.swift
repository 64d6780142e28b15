import ArgumentParser
import Execution
import Testing
import Values

@testable import PawlCommand

/// A list never ends silently, and a line that is suggested reaches the server that was asked.
@Suite struct Listings {
    private static func pages(_ words: String...) throws -> PageOptions {
        try PageOptions.parse(words)
    }

    /// Ten rows, three to a page.
    private static func page(_ after: String?, _ count: Int) -> Listing.Page {
        let first = (after.flatMap { Int($0) } ?? 0) + 1
        guard first <= 10 else { return Listing.Page(rows: [], next: nil) }
        let last = min(10, first + min(count, 3) - 1)
        var page = Listing.Page(
            rows: (first...last).map { ["n": .int(Int64($0))] },
            next: last < 10 ? String(last) : nil)
        page.total = 10
        return page
    }

    @Test func whatIsLeftOutIsSaidWithTheLineThatShowsIt() async throws {
        let listing = try await Self.pages("-n", "4").collect("things") { Self.page($0, $1) }
        #expect(listing.rows.count == 4 && listing.next == "4")
        let typed = ["ls", "-f", "a b", "-n", "4"]
        #expect(
            listing.rest(after: typed) == "… 6 more: pawl ls -f 'a b' -n 4 --after 4, or --all")
        let second = try await Self.pages("-n", "4", "--after", "4").collect("things") {
            Self.page($0, $1)
        }
        // How many are left of a later page nobody knows.
        #expect(
            second.rest(after: typed + ["--after", "4"])
                == "… more: pawl ls -f 'a b' -n 4 --after 8, or --all")
    }

    @Test func allIsAll() async throws {
        let listing = try await Self.pages("--all").collect("things") { Self.page($0, $1) }
        #expect(listing.rows.count == 10 && listing.next == nil)
        #expect(listing.rest(after: ["ls"]) == nil)
        #expect(listing.document["next"] == .null)
    }

    @Test func whoStopsCountingSaysSo() {
        var listing = Listing(name: "instances", rows: [["name": "a/1"]], next: "x")
        listing.total = 10_000
        listing.totalIsLeast = true
        #expect(listing.rest(after: ["ls"]) == "… 9,999+ more: pawl ls --after x, or --all")
        #expect(listing.document["totalIsLeast"] == true && listing.document["next"] == "x")
    }

    @Test func programsLearnWhetherThereIsMore() throws {
        let listing = Listing(name: "tasks", rows: [["name": "a/1"]], next: "c-2")
        let json = try JSON.parse(OutputFormat.json.text(listing) { _ in "" })
        #expect(json == ["tasks": [["name": "a/1"]], "next": "c-2"])
        #expect(OutputFormat.yaml.text(listing) { _ in "" }.contains("next: c-2"))
        #expect(OutputFormat.jsonl.text(listing) { _ in "" } == "{\"name\":\"a/1\"}\n")
        #expect(OutputFormat.name.text(listing) { _ in "" } == "a/1\n")
    }

    @Test(arguments: [
        ["ls", "-n", "0"], ["ls", "-n", "3", "--all"], ["history", "a/1", "--after", "soon"],
        ["members", "a/1", "--after", "-1"], ["incidents", "--group", "--after", "x"],
        ["paused", "-n", "501"], ["operations", "7", "--items", "all", "--after", "x"],
    ])
    func aPlaceIsOneThatAListNamed(words: [String]) {
        let error = #expect(throws: (any Error).self) {
            try RootCommand<Lamplighter>.parseAsRoot(words)
        }
        #expect(error.map { RootCommand<Lamplighter>.exitCode(for: $0).rawValue } == 64)
    }

    /// `--limit` is what others call it.
    @Test func everyListHasTheSameOptions() throws {
        for words in [
            ["ls"], ["tasks"], ["incidents"], ["events"], ["history", "a/1"], ["members", "a/1"],
            ["operations"],
        ] {
            #expect(throws: Never.self, "\(words)") {
                _ = try RootCommand<Lamplighter>.parseAsRoot(
                    words + ["--limit", "3", "--after", "7"])
                _ = try RootCommand<Lamplighter>.parseAsRoot(words + ["--all"])
            }
        }
    }

    @Test func thousandsAreSetApart() {
        #expect(
            [0, 999, 1000, 1_234_567, -4500].map { Int64($0).grouped } == [
                "0", "999", "1,000", "1,234,567", "-4,500",
            ])
    }
}

@Suite struct SuggestedLines {
    private let there = Suggestions(words: ["--url", "http://pawl.test:1"])
    private let file = Suggestions(words: ["--data", "my copy"])

    @Test func aLineReachesTheServerThatWasAsked() {
        #expect(
            there.completing(line: "pawl retry order/7 --incident 1")
                == "pawl retry order/7 --incident 1 --url http://pawl.test:1")
        #expect(file.completing(line: "pawl why order/7") == "pawl why order/7 --data 'my copy'")
        // A file cannot be spoken to, and these speak to nobody.
        #expect(file.completing(line: "pawl retry order/7") == "pawl retry order/7")
        #expect(there.completing(line: "pawl check") == "pawl check")
        #expect(Suggestions.asTheyAre.completing(line: "pawl why a/1") == "pawl why a/1")
    }

    @Test func linesInATextAreCompletedToo() {
        #expect(
            there.completing(prose: "`pawl why a/1` says why; is `pawl serve` running at `x`?")
                == "`pawl why a/1 --url http://pawl.test:1` says why; is `pawl serve` running at `x`?"
        )
    }

    @Test func whatBlockersSuggestIsCompleted() {
        let why: Value = [
            "blockers": [
                ["kind": "x", "actions": [["command": "pawl retry a/1", "name": "retry"]]],
                ["kind": "y"],
            ], "context": ["command": "pawl retry a/1"],
        ]
        let completed = there.completing(why: why)
        #expect(
            completed["blockers"]?[0]?["actions"]?[0]?["command"]
                == "pawl retry a/1 --url http://pawl.test:1")
        // What is data stays as it is.
        #expect(completed["context"] == why["context"])
    }

    @Test func aProblemsWayOutReachesTheServer() {
        let failure = there.completing(
            Failure(status: 404, document: ["detail": "no", "fix": "`pawl ls` lists them"]))
        #expect(failure.fix == "`pawl ls --url http://pawl.test:1` lists them")
        #expect(failure.status == 3)
    }

    /// Which commands speak to a server is known in two places: here it is one.
    @Test func whoSpeaksToAServerIsKnown() {
        for command in RootCommand<Lamplighter>.configuration.subcommands {
            let name = command._commandName
            let leaves =
                command.configuration.subcommands.isEmpty
                ? [command] : command.configuration.subcommands
            for leaf in leaves {
                let help = leaf.helpMessage(columns: 300)
                let line = "\(name) \(leaf._commandName)"
                #expect(
                    help.contains("--context <context>")
                        == !(Suggestions.local.contains(name) || line == "audit key"),
                    "\(name)")
                #expect(
                    help.contains("instead of asking a server")
                        == (Suggestions.ofFiles.contains(name)
                            || ["task show", "audit verify"].contains(line)),
                    "\(name)")
            }
        }
    }
}

@Suite struct WrongUsage {
    private static func failure(_ words: String...) -> Failure? { failure(words) }

    private static func failure(_ words: [String]) -> Failure? {
        do {
            try RootCommand<Lamplighter>.checkCommands(words)
            _ = try RootCommand<Lamplighter>.parseAsRoot(words)
            return nil
        } catch {
            return Failure(error) ?? RootCommand<Lamplighter>.usageFailure(error)
        }
    }

    @Test(arguments: [
        (["wy", "loan/7"], "there is no command `wy`", "did you mean why?"),
        (["task", "clam", "a/1"], "has no command `clam`", "did you mean claim?"),
        (["schedule", "zzz"], "has no command `zzz`", "it has pause, resume, run, backfill"),
        (["ls", "--fliter", "x"], "Unknown option '--fliter'", "did you mean --filter?"),
        (
            ["ls", "-o", "jsn"], "The value 'jsn' is invalid for '-o <output>'",
            "did you mean json?"
        ),
        (["events", "--outcome", "rejectd"], "'rejectd' is invalid", "did you mean rejected?"),
    ])
    func whatMayHaveBeenMeantIsSaid(words: [String], message: String, fix: String) throws {
        let failure = try #require(Self.failure(words))
        #expect(failure.status == 64)
        #expect(failure.message.contains(message), "\(failure.message)")
        #expect(failure.fix == fix)
    }

    @Test func whereNothingIsNearTheListIsNamed() {
        let unknown = Self.failure("zzzzzz")
        #expect(unknown?.status == 64 && unknown?.fix?.hasSuffix("help` lists them") == true)
        let missing = Self.failure("why")
        #expect(missing?.message.hasPrefix("Missing expected argument") == true)
        #expect(missing?.usage?.hasPrefix("Usage:") == true)
        #expect(Self.failure("why", "loan/7") == nil)
    }

    @Test func helpIsNoFault() {
        for words in [["--help"], ["ls", "--help"], ["--version"]] {
            #expect(Self.failure(words) == nil, "\(words)")
        }
    }
}
