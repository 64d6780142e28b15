import Execution
import Foundation
import Synchronization
import Testing
import Values

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// Answers with what it was given, one after the other, and remembers what it was asked.
private final class Script: Sendable {
    private let state: Mutex<(replies: [Result<HTTPReply, HTTPFault>], calls: [HTTPCall])>

    init(_ replies: Result<HTTPReply, HTTPFault>...) { state = Mutex((replies.reversed(), [])) }

    var calls: [HTTPCall] { state.withLock { $0.calls } }

    func client(actor: String? = nil) -> APIClient {
        APIClient(url: "http://pawl.test/", actor: actor) { (call) async throws(HTTPFault) in
            let reply = self.state.withLock { state in
                state.calls.append(call)
                return state.replies.popLast()
            }
            return try (reply ?? .failure(.unreachable("nothing more was expected"))).get()
        }
    }
}

private func reply(_ status: Int, _ body: Value) -> Result<HTTPReply, HTTPFault> {
    .success(HTTPReply(status: status, body: JSON.encode(body)))
}

@Suite struct Clients {
    private let name = InstanceName(workflow: "order", key: "a/b")

    @Test func aRequestCarriesPathQueryActorAndBody() async throws {
        let script = Script(reply(200, ["ok": true]), reply(200, [:]))
        let client = script.client(actor: "worker/w-7")
        _ = try await client.list(filter: "price>5 key:1*", count: 3, cursor: nil)
        _ = try await client.post(name.path + "/events", ["event": "x"])
        let calls = script.calls
        #expect(
            calls[0].url == "http://pawl.test/v1/instances?count=3&filter=price%3E5%20key%3A1%2A")
        #expect(calls[1].url == "http://pawl.test/v1/workflows/order/instances/a%2Fb/events")
        #expect(calls[1].headers.contains { $0 == ("Pawl-Actor", "worker/w-7") })
        #expect(calls[1].body == JSON.encode(["event": "x"]))
    }

    @Test func aServerThatIsNotThereIsSaidSo() async {
        let client = Script(.failure(.unreachable("refused"))).client()
        let failure = await #expect(throws: Failure.self) { try await client.get("/livez") }
        #expect(failure?.status == 8)
        #expect(failure?.fix == "is `pawl serve` running at http://pawl.test?")
    }

    @Test func aChangeWithoutAnswerMayHaveHappened() async {
        let client = Script(.failure(.timedOut)).client()
        let failure = await #expect(throws: Failure.self) {
            try await client.post("/v1/events", [:])
        }
        #expect(failure?.status == 7)
        #expect(failure?.message.contains("not known") == true)
    }

    @Test func anotherServersAnswerIsNotTakenForOurs() async {
        let client = Script(.success(HTTPReply(status: 200, body: Array("<html>".utf8)))).client()
        let failure = await #expect(throws: Failure.self) { try await client.get("/livez") }
        #expect(failure?.status == 8)
    }

    @Test func waitingEndsWellWhenTheGoalIsReached() async throws {
        let script = Script(
            reply(200, ["status": "running", "wait": ["met": false]]),
            reply(200, ["status": "completed", "wait": ["met": true]]))
        try await script.client().wait(for: name, .terminal, .seconds(90), quiet)
        #expect(script.calls.count == 2)
        #expect(script.calls[0].url.contains("wait=30s&until=terminal"))
    }

    @Test(arguments: [("failed", true, 1), ("cancelled", true, 1), ("running", false, 7)])
    func waitingFailsOtherwise(status: String, isMet: Bool, exit: Int32) async {
        let script = Script(
            reply(200, ["status": .string(status), "wait": ["met": .bool(isMet)]]))
        let failure = await #expect(throws: Failure.self) {
            try await script.client().wait(for: name, .terminal, .zero, quiet)
        }
        #expect(failure?.status == exit)
    }

    @Test func aStateThatCannotBeReachedAnyMoreIsAFailure() async throws {
        let goal = try #require(Goal(argument: "state:active"))
        let script = Script(reply(200, ["status": "completed", "wait": ["met": false]]))
        let failure = await #expect(throws: Failure.self) {
            try await script.client().wait(for: name, goal, .seconds(60), quiet)
        }
        #expect(failure?.status == 1)
    }

    // MARK: Deciding

    private static let form: Value = ["properties": ["proof": ["format": "attachment"]]]

    @Test func aDryRunPutsNoFile() async throws {
        let script = Script()
        let failure = await #expect(throws: Failure.self) {
            _ = try await Payload.value(
                source: nil, fields: ["proof=@/tmp/my proof.pdf"], schema: Self.form, dryRun: true,
                attachingTo: script.client())
        }
        #expect(failure?.status == 64)
        #expect(failure?.fix?.contains("pawl attach '/tmp/my proof.pdf'") == true)
        #expect(script.calls.isEmpty)
    }

    @Test func noFileIsPutWhereTheFieldsAreWrong() async throws {
        let script = Script()
        await #expect(throws: Failure.self) {
            _ = try await Payload.value(
                source: nil, fields: ["proof=@/dev/null", "proof=1"], schema: Self.form,
                attachingTo: script.client())
        }
        #expect(script.calls.isEmpty)
    }

    @Test func whatIsNoFileIsNotRead() async throws {
        let pipe = FileManager.default.temporaryDirectory
            .appendingPathComponent(UUID().uuidString).path
        #expect(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        for path in [pipe, "/dev/zero", "/"] {
            let script = Script()
            let failure = await #expect(throws: Failure.self) {
                try await FileToAttach(path, name: "a.txt").put(script.client())
            }
            #expect(failure?.status == 3 && script.calls.isEmpty)
        }
    }

    @Test func whatWantsToBeConfirmedIsConfirmed() throws {
        try Confirmation.ask("A mail goes out.", isTerminal: true) { " Yes " }
        for answer in ["n", "", "yesterday", nil] {
            let failure = #expect(throws: Failure.self) {
                try Confirmation.ask("A mail goes out.", isTerminal: true) { answer }
            }
            #expect(failure?.status == 1)
        }
        let failure = #expect(throws: Failure.self) {
            try Confirmation.ask("A mail goes out.", isTerminal: false) { "y" }
        }
        #expect(failure?.status == 64 && failure?.fix?.contains("--yes") == true)
        #expect(failure?.message.contains("A mail goes out.") == true)
    }

    private var quiet: OutputOptions { OutputOptions.silent }
}

extension OutputOptions {
    /// Prints the name only: the fixtures have none.
    fileprivate static var silent: OutputOptions {
        var options = OutputOptions()
        options.format = .name
        return options
    }
}
