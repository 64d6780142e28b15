import Testing
import Values

@testable import Marketplace
@testable import Sandbox

@Suite("The cookie contractor")
struct CookieTests {
    var world = SandboxWorld(bank: Bank())
    let baked = dawn + .seconds(600)

    @Test("announces a cookie ten minutes after the first asking, once")
    mutating func bakes() throws {
        let first = try world.orderCookie("k1")
        let again = try world.orderCookie("k1", at: dawn + .seconds(60))
        #expect(first.status == 201)
        #expect(first.json["status"] == "baking")
        #expect(first.json["readyAt"]?.stringValue == baked.rfc3339)
        #expect(again.body == first.body)
        #expect(world.nextDue == baked)
        #expect(world.due(now: dawn + .seconds(599)).isEmpty)
        let events = world.due(now: baked)
        #expect(events.map(\.name) == ["cookie.arrived"])
        #expect(events.map(\.key) == ["o-1"])
        #expect(world.due(now: baked).isEmpty)
        world.acknowledged(eventID: events.first?.id ?? "", now: baked)
        #expect(world.nextDue == nil)
    }

    @Test("announces again under the same id what was not delivered")
    mutating func postpones() throws {
        _ = try world.orderCookie("k1")
        let first = world.due(now: baked)
        world.postpone(eventID: first.first?.id ?? "", until: baked + .seconds(5))
        #expect(world.due(now: baked + .seconds(4)).isEmpty)
        #expect(world.due(now: baked + .seconds(5)) == first)
    }

    @Test("cancels an unbaked cookie and never announces it")
    mutating func cancels() throws {
        _ = try world.orderCookie("k1")
        let cancelled = try world.cancelCookie("k1", key: "c1")
        let again = try world.cancelCookie("k1", key: "c1", at: baked)
        #expect(cancelled.json["status"] == "cancelled")
        #expect(again.body == cancelled.body)
        #expect(world.due(now: baked).isEmpty)
        #expect(try world.get("/cookies/v1/cookies", [("key", "k1")]).json["status"] == "cancelled")
    }

    @Test("says that a cookie is baked already")
    mutating func bakedAlready() throws {
        _ = try world.orderCookie("k1")
        let response = try world.cancelCookie("k1", key: "c1", at: baked)
        #expect(response.json["status"] == "baked")
        #expect(world.due(now: baked).count == 1)
    }

    @Test("fences an order that was cancelled before it came")
    mutating func fences() throws {
        let cancelled = try world.cancelCookie("k1", key: "c1")
        let late = try world.orderCookie("k1")
        #expect(cancelled.json["status"] == "unknown")
        #expect(late.status == 409)
        #expect(late.code == "fenced")
        #expect(world.nextDue == nil)
        #expect(try world.get("/cookies/v1/cookies", [("key", "k1")]).status == 404)
    }

    @Test("refuses a key for another order")
    mutating func reusedKey() throws {
        _ = try world.orderCookie("k1")
        #expect(try world.orderCookie("k1", order: "o-2").code == "key-reused")
        #expect(try world.cancelCookie("k9", key: "k1").code == "key-reused")
    }

    @Test("delays and loses announcements when a fault says so")
    mutating func arrivalFaults() throws {
        world.faults.add(
            Fault(adapter: "cookies", operation: "arrive", kind: .latency, latencyMs: 60_000))
        _ = try world.orderCookie("k1")
        #expect(world.due(now: baked).isEmpty)
        #expect(world.nextDue == baked + .seconds(60))
        world.faults.add(Fault(adapter: "cookies", operation: "arrive", kind: .lostReply))
        #expect(world.due(now: baked + .seconds(60)).isEmpty)
        #expect(world.nextDue == nil)
    }
}
