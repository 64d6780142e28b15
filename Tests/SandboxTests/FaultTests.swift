import Testing
import Values

@testable import Guest
@testable import Marketplace
@testable import Sandbox

@Suite("Faults")
struct FaultTests {
    var world = SandboxWorld(bank: Bank())
    let amount: [(String, Value)] = [("account", "client:1"), ("amount", 5)]

    mutating func charge(_ key: String = "k") -> SandboxReply {
        world.send("/bank/v1/charges", key: key, amount)
    }

    @Test("latency does the effect and answers late")
    mutating func latency() {
        world.faults.add(Fault(adapter: "bank", kind: .latency, latencyMs: 250))
        guard case .respond(let response, let after) = charge() else {
            Issue.record("no answer")
            return
        }
        #expect(response.status == 201)
        #expect(after == .milliseconds(250))
    }

    @Test("status answers without an effect, as often as was asked for")
    mutating func status() {
        world.faults.add(Fault(adapter: "bank", operation: "charge", kind: .status, count: 2))
        #expect(charge().response?.status == 503)
        #expect(charge().response?.status == 503)
        #expect(world.bank.lines.isEmpty)
        #expect(charge().response?.status == 201)
        #expect(world.faults.all.map(\.fired) == [2])
    }

    @Test("a lost reply has its effect, so that a repeat is answered as a replay")
    mutating func lostReply() {
        world.faults.add(Fault(adapter: "bank", operation: "charge", kind: .lostReply))
        #expect(charge() == .loseReply)
        #expect(world.bank.lines.count == 1)
        #expect(charge().response?.isReplay == true)
    }

    @Test(
        "a refused repeat: the effect is done once, and what comes next is refused by something before the bank"
    )
    mutating func refusedRepeat() {
        world.faults.add(Fault(adapter: "bank", operation: "charge", kind: .refusedRepeat))
        world.faults.add(
            Fault(adapter: "bank", operation: "charge", kind: .refusedRepeat, status: 403))
        for status in [429, 403] {
            #expect(charge() == .loseReply)
            #expect(charge().response?.status == status)
        }
        #expect(world.bank.lines.count == 1)
        #expect(charge().response?.isReplay == true)
    }

    @Test("hang and down have no effect", arguments: [Fault.Kind.hang, .down])
    mutating func silence(kind: Fault.Kind) {
        world.faults.add(Fault(adapter: "bank", kind: kind, count: -1))
        #expect(charge() == (kind == .hang ? .hang : .refuse))
        #expect(charge() == (kind == .hang ? .hang : .refuse))
        #expect(world.bank.lines.isEmpty)
        world.faults.clear()
        #expect(charge().response?.status == 201)
    }

    @Test("a refused key has no effect")
    mutating func refuseKey() {
        world.faults.add(Fault(adapter: "bank", kind: .refuseKey))
        #expect(charge().response?.code == "key-refused")
        #expect(world.bank.lines.isEmpty)
    }

    @Test("a decline is remembered under its key")
    mutating func decline() {
        world.faults.add(Fault(adapter: "bank", operation: "charge", kind: .decline))
        #expect(charge().response?.status == 402)
        #expect(charge().response?.status == 402)
        #expect(charge("k2").response?.status == 201)
    }

    @Test("undecided answers questions with 202 and leaves effects alone")
    mutating func undecided() throws {
        world.faults.add(Fault(adapter: "bank", kind: .undecided))
        #expect(charge().response?.status == 201)
        #expect(try world.get("/bank/v1/charges", [("key", "k")]).status == 202)
        #expect(try world.get("/bank/v1/charges", [("key", "k")]).status == 200)
    }

    @Test("the judge's ledger is beyond any fault")
    mutating func ledger() throws {
        world.faults.add(Fault(adapter: "bank", kind: .down, count: -1))
        #expect(try world.get("/bank/v1/ledger").status == 200)
    }

    @Test("an adapter's faults leave the others alone")
    mutating func apart() throws {
        world.faults.add(Fault(adapter: "bank", kind: .down, count: -1))
        #expect(try world.orderCookie("k1").status == 201)
    }

    @Test("are set, listed and cleared over HTTP")
    mutating func routes() throws {
        let set = try world.post(
            "/faults",
            [("adapter", "bank"), ("operation", "charge"), ("kind", "status"), ("status", 500)])
        #expect(set.status == 201)
        #expect(charge().response?.status == 500)
        let listed = try world.get("/faults").json["faults"]?[0]
        #expect(listed?["fired"] == 1)
        #expect(listed?["count"] == 0)
        let cleared = world.handle(RemoteRequest(method: "DELETE", path: "/faults"), now: dawn)
        #expect(cleared.response?.status == 204)
        #expect(world.faults.all.isEmpty)
    }

    @Test(
        "are refused with the member that is wrong and what is allowed",
        arguments: [
            ([("adapter", "moon"), ("kind", "down")], "/adapter", "bank, cookies, iam, smtp"),
            ([("adapter", "bank"), ("kind", "slow")], "/kind", "lostReply"),
            (
                [("adapter", "bank"), ("operation", "fly"), ("kind", "down")], "/operation",
                "charge"
            ),
            ([("adapter", "smtp"), ("kind", "decline")], "/kind", "latency"),
            (
                [("adapter", "bank"), ("operation", "ask"), ("kind", "decline")], "/kind",
                "undecided"
            ),
            ([("adapter", "bank"), ("kind", "down"), ("count", -2)], "/count", "-1"),
            ([("adapter", "smtp"), ("kind", "status"), ("status", 250)], "/status", "400"),
            ([("adapter", "bank"), ("kind", "latency"), ("ms", 5)], "/ms", "latencyMs"),
        ] as [([(String, Value)], String, String)])
    mutating func wrong(pairs: [(String, Value)], pointer: String, hint: String) throws {
        let response = try world.post("/faults", pairs)
        #expect(response.status == 400)
        #expect(response.json["errors"]?[0]?["pointer"]?.stringValue == pointer)
        #expect(response.json["detail"]?.stringValue?.contains(hint) == true)
    }

    @Test("a body that is no JSON object is refused")
    mutating func noJSON() {
        for text in ["", "[]", "{", "{\"adapter\":\"bank\",\"adapter\":\"bank\"}"] {
            let request = RemoteRequest(method: "POST", path: "/faults", body: Array(text.utf8))
            #expect(world.handle(request, now: dawn).response?.status == 400, "\(text)")
        }
    }

    @Test("reach mails as they reach requests")
    mutating func mails() {
        let mail = Mail(from: "a@x", to: ["b@x"], messageID: "<1>", subject: "s", text: "t")
        let kinds: [Fault.Kind] = [.status, .lostReply, .hang, .down]
        for kind in kinds { world.faults.add(Fault(adapter: "smtp", kind: kind)) }
        #expect(world.deliver(mail, now: dawn) == .reject(code: 451))
        #expect(world.mails.mails.isEmpty)
        #expect(world.deliver(mail, now: dawn) == .loseReply)
        #expect(world.mails.mails.count == 1)
        #expect(world.deliver(mail, now: dawn) == .hang)
        #expect(world.acceptsMailConnection() == false)
        #expect(world.acceptsMailConnection() == true)
        #expect(world.deliver(mail, now: dawn) == .accept(after: .zero))
        #expect(world.mails.mails.map(\.repeats) == [1])
        world.faults.add(Fault(adapter: "smtp", kind: .refusedRepeat))
        #expect(world.deliver(mail, now: dawn) == .loseReply)
        #expect(world.deliver(mail, now: dawn) == .reject(code: 554))
        #expect(world.mails.mails.map(\.repeats) == [2])
    }
}
