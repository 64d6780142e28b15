import Definition
import Execution
import Testing
import Values

@testable import Adapters

@Suite("Dispatch machine: all adapters behind one set of inputs")
struct DispatchMachineTests {
    private func machine() throws -> DispatchMachine {
        let limits = AdapterLimits(concurrency: 1)
        return DispatchMachine([
            Fixture.bank(limits: limits, operations: [try Fixture.operation()]),
            try Fixture.mailServer(url: "smtp://localhost", limits: limits),
        ])
    }

    private let done = AnswerReading(outcome: .succeeded(1), end: .success)

    @Test("adapters do not hold each other up")
    func independent() throws {
        var machine = try machine()
        #expect(machine.submit(Fixture.row(1), now: .zero) == [.start(Fixture.row(1))])
        #expect(machine.submit(Fixture.row(2), now: .zero) == [])
        let mail = Fixture.row(3, adapter: "mail", operation: "send")
        #expect(machine.submit(mail, now: .zero) == [.start(mail)])
        #expect(machine.positions(of: [Fixture.id(2)]) == [Fixture.id(2): 0])
        #expect(machine.statuses(now: .zero).map(\.adapter) == ["bank", "mail"])
    }

    @Test("an end is reported and lets the next call go")
    func reports() throws {
        var machine = try machine()
        _ = machine.submit(Fixture.row(1), now: .zero)
        _ = machine.submit(Fixture.row(2), now: .zero)
        #expect(
            machine.finished(Fixture.id(1), done, now: .zero)
                == [.report(Fixture.id(1), .succeeded(1)), .start(Fixture.row(2))])
        #expect(machine.finished(Fixture.id(1), done, now: .zero) == [])
    }

    @Test("a call that waits is taken back; one that is on its way is not touched")
    func withdraws() throws {
        var machine = try machine()
        for number in 1...3 { _ = machine.submit(Fixture.row(Int64(number)), now: .zero) }
        #expect(machine.withdraw(Fixture.id(1), recall: 7, now: .zero) == [])
        #expect(
            machine.withdraw(Fixture.id(2), recall: 7, now: .zero)
                == [.report(Fixture.id(2), .withdrawn(recall: 7))])
        #expect(
            machine.withdraw(Fixture.id(9), recall: 8, now: .zero)
                == [.report(Fixture.id(9), .withdrawn(recall: 8))], "it was never submitted")
        #expect(
            machine.finished(Fixture.id(1), done, now: .zero)
                == [.report(Fixture.id(1), .succeeded(1)), .start(Fixture.row(3))])
    }

    @Test("of money that is held what waits is given back, and what comes later; an asking leaves")
    func money() throws {
        let limits = AdapterLimits(concurrency: 1)
        var machine = DispatchMachine([
            Fixture.bank(
                limits: limits, operations: [try Fixture.operation(money: MoneyFlow(.outgoing))])
        ])
        for number in 1...3 { _ = machine.submit(Fixture.row(Int64(number)), now: .zero) }
        let actor = Actor(role: "operator", subject: "ana")
        let hold = MoneyHold(
            1, .direction(.outgoing),
            StandingPause(reason: "audit", by: actor, at: Timestamp(milliseconds: 0)))
        let held = CallOutcome.held(mayHaveLeft: false)
        #expect(
            machine.setHolds(MoneyHolds([hold]), now: .zero)
                == [.report(Fixture.id(2), held), .report(Fixture.id(3), held)])
        #expect(machine.submit(Fixture.row(1), now: .zero) == [], "it is on its way")
        #expect(machine.submit(Fixture.row(4), now: .zero) == [.report(Fixture.id(4), held)])
        let ask = Fixture.row(5, purpose: .ask)
        #expect(machine.submit(ask, now: .zero) == [])
        #expect(
            machine.finished(Fixture.id(1), done, now: .zero)
                == [.report(Fixture.id(1), .succeeded(1)), .start(ask)])
        _ = machine.finished(Fixture.id(5), done, now: .zero)
        #expect(machine.setHolds(MoneyHolds(), now: .zero) == [])
        #expect(machine.submit(Fixture.row(2), now: .zero) == [.start(Fixture.row(2))])
    }

    @Test("of an adapter that is held nothing leaves, and then everything in its order")
    func held() throws {
        var machine = try machine()
        _ = machine.submit(Fixture.row(1), now: .zero)
        #expect(machine.setPaused(true, adapter: "bank", now: .zero) == [])
        #expect(machine.submit(Fixture.row(2), now: .zero) == [])
        #expect(machine.submit(Fixture.row(3), now: .zero) == [])
        let mail = Fixture.row(4, adapter: "mail", operation: "send")
        #expect(machine.submit(mail, now: .zero) == [.start(mail)], "the others go on")
        #expect(
            machine.finished(Fixture.id(1), done, now: .zero)
                == [.report(Fixture.id(1), .succeeded(1))], "what has left is answered")
        #expect(machine.tick(now: .zero + .seconds(3_600)) == [])
        #expect(machine.statuses(now: .zero).map(\.isPaused) == [true, false])
        #expect(machine.positions(of: [Fixture.id(3)]) == [Fixture.id(3): 1])
        #expect(
            machine.withdraw(Fixture.id(2), recall: 7, now: .zero)
                == [.report(Fixture.id(2), .withdrawn(recall: 7))], "it can be taken back")
        let later = MonotonicTime.zero + .seconds(7_200)
        #expect(
            machine.setPaused(false, adapter: "bank", now: later) == [.start(Fixture.row(3))])
        #expect(machine.setPaused(true, adapter: "nobody", now: later) == [])
    }

    @Test("a probe does not wait for the breaker's pause, and leaves alone one that is closed")
    func probes() throws {
        let breaker = BreakerPolicy(
            window: .seconds(60), failureRate: 0.5, minimumCalls: 1, openFor: .seconds(30))
        var machine = DispatchMachine([
            Fixture.bank(
                limits: AdapterLimits(concurrency: 4), breaker: breaker,
                operations: [try Fixture.operation()])
        ])
        #expect(machine.probe(adapter: "bank", now: .zero) == [])
        _ = machine.submit(Fixture.row(1), now: .zero)
        let failed = AnswerReading(
            outcome: .unknown(CallError(name: "down", message: "no answer", isRetryable: true)),
            end: .failure)
        _ = machine.finished(Fixture.id(1), failed, now: .zero)
        for number in 2...3 {
            let effects = machine.submit(Fixture.row(Int64(number)), now: .zero)
            #expect(!effects.contains { if case .start = $0 { true } else { false } })
        }
        let now = MonotonicTime.zero + .seconds(1)
        #expect(machine.probe(adapter: "bank", now: now) == [.start(Fixture.row(2))])
        #expect(machine.probe(adapter: "bank", now: now) == [], "one at a time")
        #expect(machine.finished(Fixture.id(2), done, now: now).contains(.start(Fixture.row(3))))
    }

    @Test(
        "whoever looks is told that calls are held up by something else, or have waited no longer")
    func turns() throws {
        let breaker = BreakerPolicy(
            window: .seconds(60), failureRate: 0.5, minimumCalls: 1, openFor: .seconds(30))
        var machine = DispatchMachine([
            Fixture.bank(
                limits: AdapterLimits(concurrency: 1), breaker: breaker,
                operations: [try Fixture.operation()])
        ])
        func turned(_ what: String) -> Bool { machine.takeTurn() }
        for number in 1...2 { _ = machine.submit(Fixture.row(Int64(number)), now: .zero) }
        #expect(!turned("one left at once, one waits: their own instances tell of it"))
        _ = machine.finished(Fixture.id(1), done, now: .zero)
        #expect(turned("the second waits no longer"))
        _ = machine.setPaused(true, adapter: "bank", now: .zero)
        #expect(turned("it is held"))
        _ = machine.setPaused(true, adapter: "bank", now: .zero)
        #expect(!turned("it was"))
        let failed = AnswerReading(
            outcome: .unknown(CallError(name: "down", message: "no answer", isRetryable: true)),
            end: .failure)
        _ = machine.finished(Fixture.id(2), failed, now: .zero)
        #expect(turned("the breaker opened"))
        _ = machine.probe(adapter: "bank", now: .zero)
        #expect(turned("it is half open"))
        #expect(!turned("once"))
        let turns = machine.takeTurns()
        #expect(turns.map(\.change).map(isOpen) == [true, nil], "in their order")
        let again = machine.takeTurns()
        #expect(again.isEmpty, "once")
    }

    /// nil: half open.
    private func isOpen(_ change: AdapterTurn.Change) -> Bool? {
        switch change {
        case .breaker(.open): true
        case .breaker(.closed), .lack: false
        case .breaker(.halfOpen): nil
        }
    }

    @Test("that an adapter lacks something is told once, and that it has it")
    func lacks() throws {
        var machine = try machine()
        _ = machine.submit(Fixture.row(1), now: .zero)
        #expect(machine.unready(Fixture.row(1), "no token", now: .zero) == [.wakeAt(.seconds(30))])
        #expect(machine.unready(Fixture.row(1), "no token", now: .zero) == [], "it waits")
        #expect(machine.tick(now: .seconds(30)) == [.start(Fixture.row(1))])
        #expect(
            machine.unready(Fixture.row(1), "no token", now: .seconds(30))
                == [.wakeAt(.seconds(60))])
        let lack = Lack(reason: "no token", since: .zero)
        let told = machine.takeTurns()
        #expect(told == [AdapterTurn(adapter: "bank", change: .lack(lack))])
        #expect(machine.statuses(now: .zero).first?.lack == lack)
        _ = machine.tick(now: .seconds(60))
        #expect(
            machine.finished(Fixture.id(1), done, now: .seconds(61))
                == [.report(Fixture.id(1), .succeeded(1))])
        #expect(machine.takeTurns() == [AdapterTurn(adapter: "bank", change: .lack(nil))])
    }

    @Test("a call that was taken back and is submitted again leaves in its turn")
    func wantedAgain() throws {
        var machine = try machine()
        for number in 1...2 { _ = machine.submit(Fixture.row(Int64(number)), now: .zero) }
        _ = machine.withdraw(Fixture.id(2), recall: 7, now: .zero)
        #expect(machine.submit(Fixture.row(2), now: .zero) == [])
        #expect(
            machine.finished(Fixture.id(1), done, now: .zero)
                == [.report(Fixture.id(1), .succeeded(1)), .start(Fixture.row(2))])
    }

    @Test("a call of an unknown adapter is answered at once, an asking of one learns nothing")
    func unknownAdapter() throws {
        var machine = try machine()
        let row = Fixture.row(1, adapter: "cookies")
        guard case .report(_, .failed(let error)) = machine.submit(row, now: .zero).first else {
            throw Missing("a report")
        }
        #expect(error.name == "configuration" && error.isRetryable)
        let ask = Fixture.row(2, adapter: "cookies", purpose: .ask)
        #expect(machine.submit(ask, now: .zero) == [.report(ask.id, .undecided)])
    }

    @Test("one wake-up serves all adapters: the earliest")
    func wakeUps() throws {
        let slow = AdapterLimits(ratePerSecond: 0.5)
        let fast = AdapterLimits(ratePerSecond: 1)
        var machine = DispatchMachine([
            Fixture.bank(limits: slow, operations: [try Fixture.operation()]),
            try Fixture.mailServer(url: "smtp://localhost", limits: fast),
        ])
        _ = machine.submit(Fixture.row(1), now: .zero)
        #expect(machine.submit(Fixture.row(2), now: .zero) == [.wakeAt(.seconds(2))])
        let mails = (3...4).map { Fixture.row($0, adapter: "mail", operation: "send") }
        _ = machine.submit(mails[0], now: .zero)
        #expect(machine.submit(mails[1], now: .zero) == [.wakeAt(.seconds(1))])
        #expect(machine.tick(now: .seconds(1)) == [.start(mails[1]), .wakeAt(.seconds(2))])
        #expect(machine.tick(now: .seconds(2)) == [.start(Fixture.row(2))])
        #expect(machine.nextWake == nil)
    }
}
