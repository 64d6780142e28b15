import Alerts
import Execution
import Testing
import Values

/// What becomes of a message, and how its receiver knows it.
@Suite struct AlertDeliveryTests {
    private let start = Timestamp(seconds: 1_800_000_000)

    private var delivery: AlertDelivery {
        AlertDelivery(
            to: "ops", address: nil, alert: "a-1", event: ["id": "a-1.1"], at: start)
    }

    @Test func itIsTriedForMostOfADayAndThenListed() {
        var delivery = delivery
        var moments: [Timestamp] = []
        while delivery.status == .pending, moments.count < 100 {
            moments.append(delivery.nextAt)
            delivery.attempted(.failed("it answered 500"), at: delivery.nextAt)
        }
        #expect(delivery.status == .dead)
        #expect(delivery.attempts == AlertDelivery.pauses.count + 1)
        #expect(delivery.error == "it answered 500")
        #expect(moments[1] - moments[0] >= .seconds(5) && moments[1] - moments[0] < .seconds(7))
        let whole = moments[moments.count - 1] - start
        #expect(whole > .seconds(15 * 3_600) && whole < .seconds(24 * 3_600))
        // What a person wants again is the same message.
        let id = delivery.id
        delivery.revive(at: start + .seconds(90_000))
        #expect(delivery.status == .pending && delivery.id == id && delivery.attempts == 0)
        delivery.attempted(.taken, at: start + .seconds(90_001))
        #expect(delivery.status == .delivered && delivery.error == nil)
    }

    @Test func whoSaysWhenToComeAgainIsNotAskedBefore() {
        var delivery = delivery
        delivery.attempted(.failed("it answered 429", after: .seconds(90)), at: start)
        #expect(delivery.nextAt == start + .seconds(90))
        delivery.attempted(.failed("it answered 503", after: .seconds(1)), at: delivery.nextAt)
        #expect(delivery.nextAt >= start + .seconds(105))
    }

    @Test func whatIsRefusedForGoodIsDeadAtOnce() {
        var delivery = delivery
        delivery.attempted(.refused("550 no such mailbox"), at: start)
        #expect(delivery.status == .dead && delivery.attempts == 1)
        // What comes too late changes nothing.
        delivery.attempted(.taken, at: start)
        #expect(delivery.status == .dead)
    }

    /// Of two people one has it, and of what waits for the other the first is the one that is tried.
    @Test func whoIsToldIsWhoTookIt() throws {
        var alert = Alert(Condition(.disk, "room", since: start, sentence: "full"), at: start)
        alert.notices = [.init(receiver: "desk", at: start), .init(receiver: "ops", at: start)]
        func delivery(_ to: ExactText, _ address: String?, _ number: Int64) -> AlertDelivery {
            AlertDelivery(
                to: to, address: address, alert: alert.id,
                event: ["id": .string("\(alert.id).\(number)")], at: start + .seconds(number))
        }
        var ana = delivery("desk", "ana@x.example", 1)
        var bo = delivery("desk", "bo@x.example", 1)
        var ops = delivery("ops", nil, 1)
        ana.attempted(.taken, at: start + .seconds(2))
        bo.attempted(.failed("it answered 451"), at: start + .seconds(2))
        ops.attempted(.refused("it answered 400"), at: start + .seconds(2))
        let later = delivery("desk", "bo@x.example", 3)
        let telling = AlertTelling(alert, [ana, bo, later, ops])
        #expect(telling.told.map(\.receiver) == ["desk"])
        #expect(telling.told.map(\.at) == [start + .seconds(2)])
        #expect(telling.untold == [bo, ops])
        // What was given up does not matter to who took a later one, though that one is no more.
        let isNews = alert.note(told: "ops", at: start + .seconds(9))
        #expect(isNews)
        #expect(AlertTelling(alert, [ops]).untold.isEmpty)
        let kept = try Alert(decoding: alert.encoded)
        #expect(kept == alert)
    }

    @Test func idsSortAsTheyWereMade() {
        let later = AlertDelivery(
            to: "ops", address: nil, alert: "a-1", event: ["id": "a-1.2"],
            at: start + .milliseconds(1))
        #expect(delivery.id < later.id)
        let other = AlertDelivery(
            to: "desk", address: "a@x.example", alert: "a-1", event: ["id": "a-1.1"], at: start)
        #expect(delivery.id != other.id)
    }

    /// The vector of the libraries of Standard Webhooks.
    @Test func signaturesAreThoseOfStandardWebhooks() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let headers = secret.headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Timestamp(seconds: 1_614_265_330),
            body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers[1].value == "1614265330")
        #expect(headers[2].value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: [
        "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_?",
    ])
    func whatIsNoSecretIsNotTaken(text: String) {
        #expect(WebhookSecret(text) == nil)
    }

    /// RFC 4231, cases 2 and 6.
    @Test func theKeyedHashIsTheStandards() {
        func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(
            hex(
                SHA256.hmac(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
            )
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            hex(
                SHA256.hmac(
                    of: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                    key: [UInt8](repeating: 0xAA, count: 131)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func aMailSaysWhatTheEventSays() {
        var condition = Condition(
            .incident, "c", since: start, sentence: "2 instances need a person:\nbank.pay declined")
        condition.count = 2
        condition.examples = ["order/1"]
        condition.commands = ["pawl why order/1"]
        let alert = Alert(condition, at: start)
        let event = AlertEvent.firing.event(
            of: alert, source: AlertEvent.source(of: "shop one"), at: start)
        #expect(event["source"] == "/pawl/shop%20one")
        let mail = AlertEvent.mail(of: event)
        #expect(mail.subject == "[pawl] firing (2): 2 instances need a person: bank.pay declined")
        for line in [
            "Some of them:", "  order/1", "  pawl why order/1", "  pawl alerts ack \(alert.id)",
        ] {
            #expect(mail.text.contains(line + "\n"), "\(mail.text)")
        }
    }
}
