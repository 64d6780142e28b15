import Alerts
import Execution
import Testing
import Values

/// What becomes of alerts when somebody looks. Nothing here knows what time it is.
@Suite struct AlertBookTests {
    private static let start = Timestamp(seconds: 1_800_000_000)

    /// A book over alerts that are kept between looks, as the store keeps them.
    private struct Desk {
        var configuration: AlertConfiguration
        var open: [Alert] = []
        var resolved: [Alert] = []
        var silences: [Silence] = []
        var disabled: Set<ExactText> = []
        var sent: [AlertDelivery] = []
        var next: Timestamp?

        init(_ rules: [AlertRule] = []) {
            configuration = AlertConfiguration()
            configuration.receivers = [
                AlertReceiver(
                    "ops", .webhook(url: .literal("https://x"), secret: .environment("S"))),
                AlertReceiver("desk", .mail(adapter: nil, to: ["a@x.example", "b@x.example"])),
            ]
            configuration.rules = rules
        }

        /// - Parameter seconds: since the start.
        mutating func look(
            _ seconds: Int64, _ conditions: [Condition], unread: Set<Condition.Kind> = []
        ) throws -> [AlertDelivery] {
            var observation = Observation()
            observation.conditions = conditions
            observation.unread = unread
            let book = AlertBook(
                configuration, namespace: "test", open: open, silences: silences,
                disabled: disabled)
            let changes = book.changes(
                by: observation, at: AlertBookTests.start + .seconds(seconds))
            for alert in changes.alerts {
                // As it comes back from the store.
                let kept = try Alert(decodingJSON: alert.encodedJSON)
                #expect(kept == alert)
                open.removeAll { $0.id == kept.id }
                if kept.resolvedAt == nil { open.append(kept) } else { resolved.append(kept) }
            }
            for delivery in changes.deliveries {
                #expect(try AlertDelivery(decodingJSON: delivery.encodedJSON) == delivery)
            }
            next = changes.next
            sent += changes.deliveries
            return changes.deliveries
        }
    }

    private func declined(_ count: Int, since seconds: Int64 = 0) -> Condition {
        var condition = Condition(
            .incident, "bank.pay declined", since: Self.start + .seconds(seconds),
            sentence: "\(count) instances need a person")
        condition.count = count
        condition.workflows = ["order"]
        condition.cause = "bank.pay declined: HTTP 402"
        condition.adapter = "bank"
        return condition
    }

    private func types(_ deliveries: [AlertDelivery]) -> [String] {
        deliveries.compactMap { $0.event["type"]?.stringValue }
    }

    // MARK: Groups

    @Test func fiveHundredOfOneCauseAreOneMessage() throws {
        var desk = Desk()
        #expect(try desk.look(0, [declined(3)]).isEmpty)
        #expect(desk.next == Self.start + .seconds(1))
        let told = try desk.look(1, [declined(180)])
        // One for the webhook and one for each mailbox, of one event.
        #expect(told.map(\.receiver.text) == ["ops", "desk", "desk"])
        #expect(told.map(\.address) == [nil, "a@x.example", "b@x.example"])
        #expect(Set<Value>(told.compactMap { $0.event["id"] }).count == 1)
        #expect(Set<ExactText>(told.map { ExactText($0.id) }).count == 3)
        for second in 2...120 { #expect(try desk.look(Int64(second), [declined(500)]).isEmpty) }
        #expect(desk.open.map(\.condition.count) == [500])
    }

    @Test func anotherCauseIsAnotherMessage() throws {
        var desk = Desk()
        let other = Condition(.incident, "bank.pay lost", since: Self.start, sentence: "lost")
        #expect(try desk.look(1, [declined(1), other]).count == 6)
        #expect(desk.open.count == 2)
    }

    @Test func whatTakesItsTimeIsSaidOnlyWhenItLasts() throws {
        var rule = AlertRule(to: ["ops"])
        rule.hold = .seconds(300)
        var desk = Desk([rule])
        #expect(try desk.look(1, [declined(1)]).isEmpty)
        // It can be seen, though nobody is told.
        #expect(desk.open.count == 1)
        #expect(desk.next == Self.start + .seconds(300))
        #expect(try desk.look(300, [declined(1)]).map(\.receiver.text) == ["ops"])
    }

    @Test func whatGoesOnIsSaidAgainAfterHours() throws {
        var desk = Desk()
        _ = try desk.look(1, [declined(1)])
        #expect(try desk.look(4 * 3_600, [declined(1)]).isEmpty)
        let again = try desk.look(4 * 3_600 + 1, [declined(1)])
        #expect(types(again).first == "dev.pawl.alert.firing")
        #expect(again.first?.id != desk.sent.first?.id)
        #expect(again.first?.event["id"] != desk.sent.first?.event["id"])
    }

    @Test func aRestartSaysNothingTwice() throws {
        var desk = Desk()
        _ = try desk.look(1, [declined(1)])
        // Another process finds what the first one kept, and no more.
        var next = Desk()
        next.open = desk.open
        #expect(try next.look(2, [declined(1)]).isEmpty)
    }

    // MARK: The end

    @Test func itIsOverWhenItHasBeenGoneAWhile() throws {
        var desk = Desk()
        _ = try desk.look(1, [declined(1)])
        #expect(try desk.look(20, []).isEmpty)
        #expect(desk.next == Self.start + .seconds(30))
        // It comes back, as a call does that is tried again in vain.
        #expect(try desk.look(25, [declined(1, since: 25)]).isEmpty)
        #expect(try desk.look(40, []).isEmpty)
        #expect(try desk.look(49, []).isEmpty)
        let over = try desk.look(50, [])
        #expect(types(over) == .init(repeating: "dev.pawl.alert.resolved", count: 3))
        #expect(desk.open.isEmpty)
        #expect(desk.resolved.first?.condition.since == Self.start)
        #expect(try desk.look(60, []).isEmpty)
    }

    @Test func whoWantsNoEndsIsToldOfNone() throws {
        var desk = Desk()
        desk.configuration.receivers[0].sendsResolved = false
        _ = try desk.look(1, [declined(1)])
        _ = try desk.look(20, [])
        #expect(try desk.look(30, []).map(\.receiver.text) == ["desk", "desk"])
    }

    @Test func whatWasNotLookedAtIsNotOver() throws {
        var desk = Desk()
        _ = try desk.look(1, [declined(1)])
        _ = try desk.look(20, [], unread: [.incident])
        _ = try desk.look(60, [], unread: [.incident])
        #expect(desk.open.count == 1)
        #expect(desk.open.first?.goneSince == nil)
    }

    @Test func whatHappensAgainIsAnotherAlert() throws {
        var desk = Desk()
        _ = try desk.look(1, [declined(1)])
        _ = try desk.look(20, [])
        _ = try desk.look(30, [])
        #expect(try desk.look(100, [declined(1, since: 90)]).count == 3)
        #expect(desk.open.first?.id != desk.resolved.first?.id)
    }

    // MARK: People

    @Test func whoSeesToItIsNotToldAgain() throws {
        var desk = Desk()
        _ = try desk.look(1, [declined(1)])
        desk.open[0].acknowledgement = Alert.Acknowledgement(
            by: Actor(role: "operator", subject: "olga"), at: Self.start, note: "on it")
        #expect(try desk.look(5 * 3_600, [declined(9)]).isEmpty)
        _ = try desk.look(6 * 3_600, [])
        #expect(types(try desk.look(7 * 3_600, [])).contains("dev.pawl.alert.resolved"))
    }

    @Test func whatIsSilencedIsToldOfAfterwards() throws {
        var desk = Desk()
        var matcher = Matcher()
        matcher.cause = "bank.* declined: *402"
        desk.silences = [
            Silence(
                matcher, from: Self.start, until: Self.start + .seconds(600), by: .system,
                reason: "the bank is being mended")
        ]
        #expect(try desk.look(1, [declined(1)]).isEmpty)
        #expect(desk.open.count == 1)
        #expect(desk.next == Self.start + .seconds(600))
        #expect(try desk.look(599, [declined(1)]).isEmpty)
        #expect(try desk.look(600, [declined(1)]).count == 3)
    }

    @Test func aReceiverThatIsGoneIsNotWrittenTo() throws {
        var desk = Desk()
        desk.disabled = ["ops"]
        #expect(try desk.look(1, [declined(1)]).map(\.receiver.text) == ["desk", "desk"])
        desk.disabled = []
        #expect(try desk.look(2, [declined(1)]).map(\.receiver.text) == ["ops"])
    }

    // MARK: Rules

    @Test func rulesChooseByWhatTheyName() throws {
        var breakers = AlertRule(to: ["ops"])
        breakers.matcher.kinds = [.breaker]
        var orders = AlertRule(to: ["desk"])
        orders.matcher.workflow = "order"
        var others = AlertRule(to: ["ops"])
        others.matcher.adapter = "smtp"
        var desk = Desk([breakers, orders, others])
        #expect(try desk.look(1, [declined(1)]).map(\.receiver.text) == ["desk", "desk"])
        let open = Condition(.breaker, "bank", since: Self.start, sentence: "open")
        #expect(try desk.look(2, [declined(1), open]).map(\.receiver.text) == ["ops"])
    }

    @Test(arguments: [
        ("bank.pay declined", true), ("bank.pay*", true), ("*declined", true), ("*pay*", true),
        ("bank*pay*declined", true), ("bank.pay", false), ("*402", false), ("a*declined", false),
        ("bank.pay declined*declined", false), ("*", true),
    ]) func aStarStandsForAnyText(pattern: String, fits: Bool) {
        var matcher = Matcher()
        matcher.cause = pattern
        let found = matcher.matches(
            kind: .incident, workflows: [], adapter: nil, cause: "bank.pay declined")
        #expect(found == fits)
    }
}
