import Definition
import Execution
import Testing
import Values

@testable import Engine

/// Events that moved nothing: they are remembered, and what would have taken them is named.
@Suite struct UnmatchedTests {
    private static let chart = """
        workflow: w
        version: 1
        events:
          paid: {early: reject, data: {type: object}}
          noted: {early: keep, ttl: 1h}
          heard: {early: drop}
          signed: {early: reject, from: {role: owner}}
        initial: ordered
        states:
          ordered: {on: {paid: packing}}
          packing: {on: {noted: sent, signed: sent}, after: {2h: sent}}
          sent: {on: {heard: gone}}
          gone: {type: final}
        """

    private func bench() throws -> Bench { try Bench(try Catalog([Self.chart])) }

    private func events(
        _ bench: Bench, _ query: UnmatchedQuery = UnmatchedQuery(count: 50)
    ) throws -> [UnmatchedEvent] {
        try Inspector(store: bench.store, catalog: bench.machine.catalog, now: bench.now)
            .unmatched(query)
    }

    @Test func whatWasTakenIsNotAmongThem() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("paid", to: "1"))
        _ = try bench.ask(.event("paid", to: "1"))
        #expect(try events(bench).isEmpty, "applied, and then a repeat")
    }

    @Test func aKeyThatIsOneErrorAwayIsNamed() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1009"))
        _ = try bench.ask(.start("77"))
        _ = try bench.ask(.event("paid", to: "1090"))
        let event = try #require(try events(bench).first)
        #expect(event.row.told.outcome == .refused)
        #expect(event.row.told.code == "unknown-instance")
        #expect(event.nearMisses.map(\.kind) == [.otherKey])
        #expect(
            event.nearMisses.first?.sentence == "`w/1009` waits for it now; it came for `1090`.")
    }

    @Test func whoDoesNotWaitForItIsNotNamed() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1009"))
        _ = try bench.ask(.event("paid", to: "1009"))
        _ = try bench.ask(.event("paid", to: "1090", id: "e2"))
        #expect(try events(bench).first?.nearMisses == [])
    }

    @Test func whatCameTooLateSaysByHowMuch() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("paid", to: "1"))
        bench.now = bench.now + .seconds(600)
        let reply = try bench.ask(.event("paid", to: "1", id: "e2"))
        #expect(reply?.receipt?.outcome == .rejected)
        let event = try #require(try events(bench).first)
        #expect(event.row.told.code == "not-expected")
        #expect(event.nearMisses.map(\.kind) == [.tooLate])
        #expect(
            event.nearMisses.first?.sentence.hasPrefix(
                "It came 10 min too late: `w/1` had left `ordered`, which takes it, at ") == true)
    }

    @Test func whatCameTooEarlySaysSoOnceItIsKnown() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("signed", to: "1", by: Actor(role: "owner", subject: "o")))
        #expect(try events(bench).first?.nearMisses.map(\.kind) == [.otherState])
        bench.now = bench.now + .seconds(60)
        _ = try bench.ask(.event("paid", to: "1", id: "e2"))
        let miss = try #require(try events(bench).first?.nearMisses.first)
        #expect(miss.kind == .tooEarly)
        #expect(miss.sentence.contains("came 1 min too early: `w/1` entered `packing`"))
    }

    @Test func whatCameBeforeItsInstanceSaysWhenThatWasStarted() throws {
        var bench = try bench()
        _ = try bench.ask(.event("paid", to: "1"))
        bench.now = bench.now + .seconds(3)
        _ = try bench.ask(.start("1"))
        let miss = try #require(try events(bench).first?.nearMisses.first)
        #expect(miss.kind == .tooEarly)
        #expect(miss.sentence.hasPrefix("It came 3 s too early: `w/1` was started at "))
    }

    @Test func aKeptEventIsFollowedUntilItIsTaken() throws {
        var bench = try bench()
        let kept = UnmatchedQuery(outcome: .kept, count: 50)
        let since = { (bench: Bench) in try events(bench, kept).first?.since ?? "" }
        _ = try bench.ask(.event("noted", to: "1"))
        #expect(try since(bench).hasPrefix("It waits for `w/1` to start, until "))
        _ = try bench.ask(.start("1"))
        #expect(try since(bench).hasPrefix("It waits in `w/1`, until "))
        _ = try bench.ask(.event("paid", to: "1", id: "e2"))
        #expect(try since(bench).hasPrefix("`w/1` took it at "))
        #expect(try events(bench).isEmpty, "it was taken")
    }

    @Test func aKeptEventThatNobodyTookHasExpired() throws {
        var bench = try bench()
        _ = try bench.ask(.event("noted", to: "never"))
        bench.now = bench.now + .seconds(7200)
        let kept = UnmatchedQuery(outcome: .kept, count: 50)
        #expect(try events(bench, kept).first?.since?.hasPrefix("It expired at ") == true)
    }

    /// Nobody sent anything then: it is its instance that tells of it.
    @Test func whatExpiresInAnInstanceIsAmongThem() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("noted", to: "1"))
        #expect(try events(bench).isEmpty)
        bench.now = bench.now + .seconds(7200)
        try bench.settle()
        let event = try #require(try events(bench).first)
        #expect(event.row.event == "noted" && event.row.told.code == "expired")
    }

    /// What is wrong with it is the sender's, and nobody else was meant.
    @Test func whatMayNotBeSentIsRememberedWithoutGuesses() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1"))
        let guest = Actor(role: "guest", subject: "g")
        _ = try bench.ask(.event("signed", to: "1", by: guest))
        _ = try bench.ask(.event("paidd", to: "1", id: "e2"))
        let all = try events(bench)
        #expect(all.map(\.row.told.code) == ["unknown-event", "forbidden"])
        #expect(all.map(\.nearMisses) == [[], []], "the messages say it")
        #expect(all.last?.row.told.by == "guest/g")
    }

    @Test func anEventWithoutAReceiverAndAKeyNamesWhoWaits() throws {
        var bench = try bench()
        _ = try bench.ask(.start("1"))
        let event = InboundEvent(id: "e1", name: "paid", data: .map(ValueMap()), sender: .system)
        _ = try bench.ask(
            .event(EventCommand(address: .correlate(key: nil, workflow: nil), event: event)))
        let found = try #require(try events(bench).first)
        #expect(found.row.workflow.isEmpty && found.row.key.isEmpty)
        #expect(found.nearMisses.map(\.instance.key) == ["1"])
    }

    /// Thousands a second are no reason to write as much.
    @Test func aFlushHasRoomForSoManyAndNoMore() throws {
        var bench = try bench()
        for number in 0..<200 { bench.submit(.event("paid", to: "none", id: "e-\(number)")) }
        let batch = try #require(try bench.batch())
        #expect(batch.commits.count <= 32)
        try bench.flush(batch)
        #expect(try !events(bench).isEmpty)
    }

    @Test func longDataAreLeftOut() throws {
        var bench = try bench()
        let long = Value.string(String(repeating: "x", count: 10_000))
        _ = try bench.ask(.event("paid", to: "none", ["text": long]))
        _ = try bench.ask(.event("paid", to: "none", id: "e2", ["text": "short"]))
        #expect(try events(bench).map(\.row.told.data) == [["text": "short"], .null])
    }
}
