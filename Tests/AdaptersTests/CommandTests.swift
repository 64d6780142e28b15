import Definition
import Execution
import Foundation
import Synchronization
import Testing

@testable import Adapters

@Suite("Secrets that a command says")
struct CommandTests {
    private func problem(
        _ arguments: [String], deadline: Duration = CommandRun.deadline
    ) -> String? {
        do throws(CommandRun.Problem) {
            _ = try CommandRun.output(of: arguments, deadline: deadline)
            return nil
        } catch { return error.description }
    }

    @Test("what it says, without one line end")
    func output() throws {
        #expect(try CommandRun.output(of: ["/bin/echo", "s3cret"]) == "s3cret")
        #expect(try CommandRun.output(of: ["/usr/bin/printf", "a\\r\\n"]) == "a")
        #expect(try CommandRun.output(of: ["/usr/bin/printf", "a\\n\\n"]) == "a\n")
        #expect(try CommandRun.output(of: ["/usr/bin/printf", " a "]) == " a ")
    }

    @Test("no shell reads its arguments, and nothing of our environment reaches it")
    func alone() throws {
        #expect(
            try CommandRun.output(of: ["/bin/echo", "$HOME;`id`", "*"]) == "$HOME;`id` *")
        setenv("PAWL_TEST_SECRET", "s3cret", 1)
        let names = try CommandRun.output(of: ["/usr/bin/env"]).split(separator: "\n").map {
            String($0.prefix { $0 != "=" })
        }
        #expect(names.allSatisfy { $0 == "PATH" || $0 == "HOME" }, "\(names)")
        #expect(try CommandRun.output(of: ["/bin/sh", "-c", "cat; echo end"]) == "end")
    }

    @Test("why there is none never says what it said")
    func problems() {
        let said = "echo s3cret; echo s3cret >&2; "
        let ended = problem(["/bin/sh", "-c", said + "exit 3"])
        #expect(ended == "the command /bin/sh ended with status 3")
        #expect(
            problem(["/bin/sh", "-c", said + "kill -9 $$"])
                == "the command /bin/sh ended with signal 9")
        #expect(
            problem(["/bin/sh", "-c", "yes s3cret"])
                == "the command /bin/sh says more than 65536 bytes")
        #expect(problem(["/bin/sh", "-c", "true"]) == "the command /bin/sh says nothing")
        #expect(
            problem(["/usr/bin/printf", "\\377"])
                == "the command /usr/bin/printf says what is not UTF-8")
        #expect(problem(["vault", "read"]) == "the command vault is not a whole path")
        #expect(problem([]) == "the command  is not a whole path")
        #expect(problem(["/no/such"])?.hasPrefix("the command /no/such cannot be started") == true)
    }

    @Test(
        "one that does not end is ended, with what it has started",
        arguments: [
            "sleep 600", "echo s3cret; sleep 600", "sleep 600 & wait", "exec 1>&-; sleep 600",
            "trap '' TERM; sleep 600",
        ])
    func deadline(script: String) {
        let problem = problem(["/bin/sh", "-c", script], deadline: .milliseconds(300))
        #expect(
            problem?.hasPrefix("the command /bin/sh took longer than") == true, "\(problem ?? "")")
    }

    @Test(
        "it runs once for all who ask, again when its time is over, and again when it was refused")
    func kept() throws {
        let runs = Mutex(0)
        let clock = Mutex(ContinuousClock.now)
        let commands = SecretCommands(
            now: { clock.withLock { $0 } },
            output: { arguments in
                let number = runs.withLock { runs in
                    runs += 1
                    return runs
                }
                return "\(arguments[1])-\(number)"
            })
        func pass(_ duration: Duration) { clock.withLock { $0 += duration } }
        let command = SettingCommand(arguments: ["/bin/vault", "t"], ttl: .seconds(60))
        #expect(!commands.isKnown(command))
        #expect(try commands.value(of: command) == "t-1")
        #expect(commands.isKnown(command))
        pass(.seconds(59))
        #expect(try commands.value(of: command) == "t-1")
        pass(.seconds(1))
        #expect(try commands.value(of: command) == "t-2")
        // A remote that refuses everything does not make it run without end.
        commands.refused(command)
        #expect(try commands.value(of: command) == "t-2")
        pass(.seconds(5))
        commands.refused(command)
        #expect(try commands.value(of: command) == "t-3")
        DispatchQueue.concurrentPerform(iterations: 50) { _ in
            #expect((try? commands.value(of: command)) == "t-3")
        }
        #expect(runs.withLock { $0 } == 3)
    }

    @Test("an adapter whose command fails cannot call, and says why without the secret")
    func unready() throws {
        let manifest = Fixture.bank(
            authentication: .bearer(
                .command(SettingCommand(arguments: ["/bin/sh", "-c", "echo s3cret; exit 1"]))),
            operations: [try Fixture.operation()])
        let row = Fixture.row(input: ["account": "a", "amount": 1])
        let exchange = try #require(Exchange(row, manifest: manifest))
        let unsent = #expect(throws: UnsentCall.self) {
            try exchange.request(settings: Fixture.noSettings, rules: Fixture.loopback())
        }
        #expect(unsent?.isUnready == true)
        #expect(
            unsent?.error.message == "the adapter's token: the command /bin/sh ended with status 1")
    }

    @Test("what it says is what leaves, and is asked again after a 401")
    func sent() async throws {
        let runs = Mutex(0)
        let server = try LoopbackServer { request in
            request.headers.contains { $0.hasSuffix("Bearer t-1") }
                ? .replyAndClose("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                : .replyAndClose(LoopbackServer.json(#"{"id":"c1"}"#))
        }
        defer { server.stop() }
        let clock = Mutex(ContinuousClock.now)
        let commands = SecretCommands(
            now: { clock.withLock { $0 } },
            output: { _ in
                let number = runs.withLock { runs in
                    runs += 1
                    return runs
                }
                return "t-\(number)"
            })
        let settings = SettingResolver(
            environment: { _ in nil }, file: { _ in nil }, commands: commands)
        let setting = Setting.command(SettingCommand(arguments: ["/bin/vault"]))
        let manifest = Fixture.bank(
            url: "http://127.0.0.1:\(server.port)", authentication: .bearer(setting),
            operations: [try Fixture.operation()])
        let transport = try #require(
            CurlTransport(rules: try AddressRules(allowedHosts: ["127.0.0.1"])))
        _ = try commands.value(of: SettingCommand(arguments: ["/bin/vault"]))
        clock.withLock { $0 += .seconds(6) }
        for token in ["t-1", "t-2"] {
            let (ends, end) = AsyncStream.makeStream(of: CallID.self)
            let dispatcher = AdapterDispatcher(
                manifests: [manifest], rules: try AddressRules(allowedHosts: ["127.0.0.1"]),
                settings: settings, transport: transport, storeTime: Fixture.storeTime,
                onOutcome: { id, _ in end.yield(id) })
            dispatcher.submit(Fixture.row(1))
            for await _ in ends { break }
            #expect(
                server.requests.last?.headers.contains { $0.hasSuffix("Bearer \(token)") } == true)
        }
    }
}
