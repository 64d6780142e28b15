import ArgumentParser
import Definition
import Execution
import Guest
import Testing
import Values

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

struct Lamplighter: PawlProgram {
    static let business = NoBusiness()
}

@Suite struct Arguments {
    @Test func startTakesFieldsKeyAndAWait() throws {
        let words = [
            "start", "order", "--key", "1009", "clientId=c-7", "--wait", "--param", "grace=2h",
        ]
        let start = try #require(
            try RootCommand<Lamplighter>.parseAsRoot(words.withWaitAsFlag) as? Start)
        #expect(start.workflow == "order")
        #expect(start.key == "1009")
        #expect(start.fields == ["clientId=c-7"])
        #expect(start.params == ["grace=2h"])
        #expect(start.wait == .terminal)
        #expect(start.timeout == Span(.seconds(30)))
    }

    @Test func aWaitMayNameAState() throws {
        let words = ["start", "order", "--wait=state:active.visit", "--timeout", "1h30m"]
        let start = try #require(
            try RootCommand<Lamplighter>.parseAsRoot(words.withWaitAsFlag) as? Start)
        #expect(start.wait?.text == "state:active.visit")
        #expect(start.timeout == Span(.seconds(5400)))
    }

    @Test func instancesAreNamedByWorkflowAndKey() throws {
        let why = try #require(
            try RootCommand<Lamplighter>.parseAsRoot(["why", "child/order/1009/2"]) as? Why)
        #expect(why.name == InstanceName(workflow: "child", key: "order/1009/2"))
    }

    @Test(arguments: [
        ["why", "order"], ["why", "/1009"], ["why", "order/"],
        ["wait", "order/1", "--until", "state:"],
        ["wait", "order/1", "--timeout", "soon"], ["ls", "-o", "xml"], ["ls", "-n", "0"],
        ["serve", "--hold-calls"], ["serve", "--hold-calls", "--reason", " "],
        ["serve", "--reason", "restored"], ["adapter", "resume", "--reason", "seen"],
        ["adapter", "pause", "bank", "--all", "--reason", "audit"],
        ["serve", "--time-scale", "0"], ["cancel", "order/1"], ["frobnicate"],
        ["send", "order/1", "go", "--as", "system/x"], ["ls", "--as", "System"],
    ])
    func wrongUsageIsRefusedBeforeAnythingHappens(words: [String]) {
        let error = #expect(throws: (any Error).self) {
            try RootCommand<Lamplighter>.parseAsRoot(words)
        }
        #expect(error.map { RootCommand<Lamplighter>.exitCode(for: $0).rawValue } == 64)
    }

    @Test(arguments: [
        (["help", "nonsense"], "help` lists them"),
        (["help", "decid"], "did you mean decide?"),
        (["help", "task", "clam"], "did you mean claim?"),
    ])
    func helpOnWhatIsNotThereIsWrongUsage(words: [String], fix: String) {
        let failure = #expect(throws: Failure.self) {
            try RootCommand<Lamplighter>.checkHelp(words)
        }
        #expect(failure?.status == 64 && failure?.fix?.hasSuffix(fix) == true)
    }

    @Test(arguments: [["help"], ["help", "task", "claim"], ["why", "nonsense"]])
    func helpOnWhatIsThereIsGiven(words: [String]) throws {
        try RootCommand<Lamplighter>.checkHelp(words)
    }

    @Test func aRoleAloneIsPlayedByTheUser() {
        #expect(ClientOptions.sender("worker/w-7") == "worker/w-7")
        #expect(ClientOptions.sender("clerk").hasPrefix("clerk/"))
        #expect(ClientOptions.sender("clerk").count > "clerk/".count)
    }

    @Test func serveRefusesAddressesThatOthersCanReach() async throws {
        var command = try #require(
            try RootCommand<Lamplighter>.parseAsRoot(["serve", "--host", "0.0.0.0"])
                as? any AsyncParsableCommand
        )
        let failure = await #expect(throws: Failure.self) { try await command.run() }
        #expect(failure?.status == 64)
        #expect(failure?.fix?.contains("127.0.0.1") == true)
    }
}

@Suite struct Payloads {
    private let schema: Value = [
        "properties": [
            "orderId": ["type": "string"], "count": ["type": "integer"],
            "note": ["type": ["string", "null"]],
            "place": ["properties": ["lat": ["type": "number"]]],
        ]
    ]

    @Test func theSchemaDecidesWhatLooksLikeANumber() throws {
        let value = try Payload.value(
            source: nil,
            fields: ["orderId=1009", "count=3", "note=null", "other=true", "free=a=b"],
            schema: schema)
        #expect(
            value == ["orderId": "1009", "count": 3, "note": nil, "other": true, "free": "a=b"])
    }

    @Test func dotsLeadIntoNestedObjects() throws {
        let value = try Payload.value(
            source: #"{"place": {"lon": 2}, "x": 1}"#, fields: ["place.lat=44.8"],
            schema: schema)
        #expect(value == ["place": ["lat": 44.8, "lon": 2], "x": 1])
    }

    @Test(arguments: [
        (#"{"count": 1}"#, ["count=2"], "`count`"), (nil, ["count=1", "count=2"], "`count`"),
        (#"{"place": {"lat": 1}}"#, ["place.lat=2"], "`place.lat`"),
        (nil, ["place=1", "place.lat=2"], "`place`"),
        (nil, ["place.lat=1", "place=2"], "`place`"), ("[1]", ["count=2"], "the data"),
    ])
    func whatIsSaidTwiceIsRefused(source: String?, fields: [String], name: String) {
        let failure = #expect(throws: Failure.self) {
            try Payload.value(source: source, fields: fields, schema: schema)
        }
        #expect(failure?.status == 64)
        #expect(failure?.message == "\(name) is given twice")
    }

    @Test func aFieldWithoutValueIsWrongUsage() {
        let failure = #expect(throws: Failure.self) {
            try Payload.value(source: nil, fields: ["=3"])
        }
        #expect(failure?.status == 64)
    }

    @Test func brokenDataIsPlaced() {
        let problem = #expect(throws: Problem.self) { try Payload.value(source: "{", fields: []) }
        #expect(problem?.code == .malformed)
        #expect(throws: Problem.self) { try Payload.value(source: "@/nowhere", fields: []) }
    }
}
