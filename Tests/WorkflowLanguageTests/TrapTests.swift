import Definition
import Testing
import Values

@testable import WorkflowLanguage

/// The traps that the language's design lists, as far as they can be met while reading.
@Suite struct TrapTests {
    private func node(_ text: String) throws -> YAMLNode {
        var composer = YAMLComposer(source: SourceText(text), file: "t.yaml")
        let root = composer.compose()
        return try #require(root)
    }

    @Test(arguments: [
        ("on", Value.string("on")), ("no", "no"), ("yes", "yes"), ("off", "off"), ("y", "y"),
        ("12:30:45", "12:30:45"), ("1.10", .double(1.1)), ("0o17", 15), ("017", 17),
        ("0x1F", 31), ("1_000", "1_000"), ("2026-01-05", "2026-01-05"), ("~", .null), ("", .null),
        ("null", .null), ("Null", .null), ("nUll", "nUll"), ("true", true), ("False", false),
        ("TRUE", true), ("-12", -12), ("+5", 5), ("1e3", .double(1000)), (".5", .double(0.5)),
        ("5.", .double(5)), ("-.inf", .double(-.infinity)), ("=", "="), ("0b1", "0b1"),
        ("'12'", "12"), ("\"true\"", "true"), ("1.2.3", "1.2.3"), ("-", "-"), ("+", "+"),
        (".", "."), ("e5", "e5"), ("1e", "1e"),
    ])
    func trap1PlainScalarsFollowTheCoreSchema(text: String, wanted: Value) throws {
        // A lone dash would begin a list; in a flow it cannot stand.
        guard text != "-" else {
            #expect(YAMLScalar.resolve(text) == .kind(.string(text)))
            return
        }
        #expect(try node("a: \(text)")["a"]?.value == wanted)
    }

    @Test func trap1AByteOrderMarkIsNoPartOfTheText() throws {
        #expect(try node("\u{FEFF}a: 1").value == ["a": 1])
        let text =
            "\u{FEFF}" + "workflow: w\nversion: 1\ninitial: a\nstates: {a: {type: final}, b: }\n"
        let found = WorkflowLanguage.parseWorkflow(text, file: "w.yaml").diagnostics
        #expect(found.allSatisfy { $0.location.line == 4 })
    }

    @Test func trap1OnIsAWordAndNotABoolean() throws {
        let map = try node("on: {yes: no}")
        #expect(map.value == ["on": ["yes": "no"]])
    }

    @Test func trap1NestedAliasesAreRefusedAtOnce() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(alias), \(alias), \(alias), \(alias)]\n"
        }
        text += "? *a30 \n: key\n"
        let found = WorkflowLanguage.parseWorkflow(text, file: "bomb.yaml").diagnostics
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.code == .yamlAlias })
    }

    @Test func trap1ProseMayHoldStarsAndAmpersands() {
        let head = "description: \"fish & chips *really* good, R&D *too*\""
        #expect(codes(workflow("{on: {go: end}}", head: head)).isEmpty)
    }

    @Test func trap2EndlessAlwaysIsLinted() {
        #expect(codes(workflow("{on: {go: end}, always: a}")) == [.endlessAlways])
        #expect(codes(workflow("{on: {go: end}, always: {actions: {log: x}}}")) == [.endlessAlways])
        #expect(codes(workflow("{on: {go: end}, always: {target: a, guard: 'input.x'}}")).isEmpty)
    }

    @Test func trap4DottedNamesMeanExactlyThemselves() throws {
        let text = """
            workflow: w
            version: 1
            initial: work
            states:
              work:
                type: parallel
                onDone: end
                states:
                  r0: {states: {only: {type: final}}, onDone: .only}
                  r1: {states: {only: {type: final}}}
              end: {type: final}
            """
        let definition = try #require(WorkflowLanguage.parseWorkflow(text, file: "w").value)
        let machine = definition.machine
        let work = try #require(machine.state(named: "work"))
        let region = try #require(machine.state(named: "work.r0"))
        #expect(machine.transitions.map(\.trigger) == [.stateDone(work), .stateDone(region)])
    }

    @Test func trap5TransitionsDoNotReenterUnlessTheySaySo() throws {
        let again = "[{target: a, guard: 'input.x'}, {target: a, reenter: true}]"
        let text = workflow("{on: {go: \(again)}, after: {1h: end}}")
        let definition = try #require(WorkflowLanguage.parseWorkflow(text, file: "w").value)
        #expect(definition.machine.transitions.prefix(2).map(\.isInternal) == [true, false])
    }

    @Test func trap12CallsAreKnownByTheirPlaceInTheDocument() throws {
        let text = try Fixtures.text("workflows/shapes.yaml")
        let definition = try #require(WorkflowLanguage.parseWorkflow(text, file: "w").value)
        let machine = definition.machine
        let owners = machine.invocations.map { machine.states[$0].id }
        #expect(owners == ["working.back", "working.back", "undoing"])
        #expect(machine.states[machine.invocations[0]].invocations == [0, 1])
    }

    @Test func trap13TwoRegionsThatSetOneNameAreLinted() throws {
        let text = try Fixtures.text("diagnostics/workflow/parallel-assign.yaml")
        #expect(codes(text) == [.parallelAssign])
    }

    private static let told = """
        workflow: w
        version: 1
        context: {n: {type: integer, default: 0}, m: {type: integer, default: 0}}
        events: {go: {early: keep, ttl: 1d}, stop: {}}
        initial: a
        states:
          a:
            on:
              go: {target: end, actions: {assign: {n: 1}, send: {event: x, data: {p: 1, q: 2}}}}
              stop: end
            after: {1h: end, 2h: end}
          end: {type: final}
        """

    private func hash(_ text: String) throws -> String {
        try #require(WorkflowLanguage.parseWorkflow(text, file: "w").value).contentHash
    }

    @Test(arguments: [
        ("workflow: w", "# a comment\n\nworkflow: w   # another"), ("initial: a", "initial:   a"),
        ("{go: {early: keep, ttl: 1d}, stop: {}}", "{stop: {}, go: {ttl: 1d, early: keep}}"),
        ("{type: integer, default: 0}, m", "{default: 0, type: integer}, m"),
        ("{target: end, actions: ", "{target: 'end', actions:\n                "),
        ("stop: end\n    after", "stop: \"end\"\n    after"),
    ])
    func trap18WhatSaysTheSameHasOneHash(part: String, other: String) throws {
        let text = Self.told.replacing(part, with: other)
        #expect(text != Self.told)
        #expect(try hash(text) == hash(Self.told))
        let moved = text.replacing("version: 1\n", with: "") + "\nversion: 1"
        #expect(try hash(moved) == hash(Self.told))
    }

    @Test(arguments: [
        ("version: 1", "version: 2"), ("ttl: 1d", "ttl: 2d"), ("default: 0", "default: 1"),
        ("{n: 1}", "{n: 2}"), ("stop: end\n", "stop: a\n"),
        // Two that are due at once come in the order in which they are written; so are states entered.
        ("{1h: end, 2h: end}", "{2h: end, 1h: end}"),
        (
            "{assign: {n: 1}, send: {event: x, data: {p: 1, q: 2}}}",
            "{send: {event: x, data: {p: 1, q: 2}}, assign: {n: 1}}"
        ),
        ("{p: 1, q: 2}", "{q: 2, p: 1}"),
    ])
    func trap15AnotherContentHasAnotherHash(part: String, other: String) throws {
        #expect(try hash(Self.told.replacing(part, with: other)) != hash(Self.told))
    }

    @Test func retryYesIsAWord() throws {
        let text = try Fixtures.text("adapters/bank.yaml")
        let manifest = try #require(WorkflowLanguage.parseAdapter(text, file: "bank.yaml").value)
        let errors = try #require(manifest.operation(named: "charge")).errors
        #expect(errors.map(\.isRetryable) == [false, true])
    }
}

@Suite struct LimitTests {
    @Test func aLargeFileIsRefused() {
        let text = String(repeating: "# padding\n", count: 27_000)
        let found = WorkflowLanguage.parseWorkflow(text, file: "w").diagnostics
        #expect(found.map(\.code) == [.yamlSize])
    }

    @Test func aDeepFileIsRefused() {
        for depth in [70, 900, 5000] {
            let text =
                "a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let found = WorkflowLanguage.parseWorkflow(text, file: "w").diagnostics
            #expect(found.contains { $0.code == (depth < 1000 ? .yamlDepth : .yamlSyntax) })
        }
    }

    @Test func aChartOfThousandsIsRefusedOnce() {
        let states = (0..<3000).map { "  s\($0): {type: final}" }.joined(separator: "\n")
        let text = "workflow: w\nversion: 1\ninitial: s1\nstates:\n\(states)\n"
        #expect(codes(text) == [.chartSize])
    }

    @Test func manyMistakesAreCutOff() {
        let words = (0..<1000).map { "x\($0): 1" }.joined(separator: "\n")
        let found = WorkflowLanguage.parseWorkflow(words, file: "w").diagnostics
        #expect(found.count == Reader.maximumDiagnostics)
    }

    /// Each would be slow, large or deep if it were read as it stands.
    @Test(arguments: [
        ("flow", String(repeating: "[", count: 200_000)),
        ("maps", String(repeating: "{a: ", count: 60_000)),
        ("dashes", String(repeating: "- ", count: 120_000)),
        ("questions", String(repeating: "? ", count: 100_000)),
        ("tags", (0..<12_000).map { "a\($0): !t x" }.joined(separator: "\n")),
        ("twins", String(repeating: "a: 1\n", count: 40_000)),
        ("laughs", "a: &a [x, x]\n" + (0..<50).map { "b\($0): &b [*a, *b]\n" }.joined()),
        ("merges", String(repeating: "<<: {a: 1}\n", count: 20_000)),
        ("elements", "a: [" + String(repeating: "a,", count: 120_000) + "]"),
        ("escapes", "a: \"" + String(repeating: "\\x41", count: 60_000) + "\""),
        (
            "indents",
            (0..<600).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
        ),
    ])
    func bombsAreRefused(name: String, text: String) {
        let found = WorkflowLanguage.parseWorkflow(text, file: "\(name).yaml").diagnostics
        #expect(found.contains { $0.severity == .error })
        #expect(found.count <= 2 * Reader.maximumDiagnostics)
        #expect(found.allSatisfy { $0.message.count <= 1000 })
    }

    /// Warnings are cut off, and an error behind them is still an error.
    @Test func manyWarningsHideNoError() {
        let states = (0..<400).map { "  s\($0): {}" }.joined(separator: "\n")
        let text = "workflow: w\nversion: 1\ninitial: a\nstates:\n  a: {}\n\(states)\n"
        let warned = WorkflowLanguage.parseWorkflow(text, file: "w")
        #expect(warned.errors.isEmpty)
        let wrong = WorkflowLanguage.parseWorkflow(text + "  b: {on: {x: y}}\n", file: "w")
        #expect(!wrong.errors.isEmpty && wrong.value == nil)
    }

    @Test func anAdapterMayNotAskForAnswersThatFillTheMemory() {
        let text = """
            adapter: bank
            transport: http
            url: {env: BANK_URL}
            limits: {maximumResponseBytes: 9223372036854775807}
            operations: {look: {request: {method: GET, path: /x}}}
            """
        let errors = WorkflowLanguage.parseAdapter(text, file: "a.yaml").errors
        #expect(
            errors.map(\.headline) == [
                "a.yaml:4:32: error: 'maximumResponseBytes' is at most 16777216 (16 MiB) "
                    + "[invalid-value]"
            ])
    }

    @Test func noTextTraps() throws {
        let text = try Fixtures.text("workflows/shapes.yaml")
        let bytes = Array(text.utf8)
        for cut in stride(from: 0, to: bytes.count, by: 7) {
            let part = String(decoding: bytes[..<cut], as: UTF8.self)
            let parsed = WorkflowLanguage.parseWorkflow(part, file: "w")
            #expect(parsed.value == nil || parsed.errors.isEmpty)
        }
    }

    /// Each line once left out and once doubled: whatever comes of it, it has a place in the text.
    @Test func everyDiagnosticHasAPlace() throws {
        let lines = try Fixtures.text("workflows/shapes.yaml").split(
            separator: "\n", omittingEmptySubsequences: false)
        for index in lines.indices {
            for count in [0, 2] {
                let mutated =
                    lines[..<index] + Array(repeating: lines[index], count: count)
                    + lines[(index + 1)...]
                let text = mutated.joined(separator: "\n")
                for diagnostic in WorkflowLanguage.parseWorkflow(text, file: "w").diagnostics {
                    #expect((1...mutated.count).contains(diagnostic.location.line))
                    #expect(diagnostic.location.column >= 1)
                    #expect(diagnostic.rendered(source: text).contains("^"))
                }
            }
        }
    }
}

@Suite struct SHA256Tests {
    /// FIPS 180-4's examples, and the boundaries of a block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func knownVectors(text: String, hash: String) {
        #expect(SHA256.hex(of: text) == hash)
    }

    @Test func aMillionLetters() {
        #expect(
            SHA256.hex(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }
}
