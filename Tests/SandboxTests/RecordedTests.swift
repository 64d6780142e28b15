import Guest
import Testing
import Values

@testable import Sandbox

/// A service of which nothing is known but recorded exchanges.
@Suite struct RecordedServices {
    private static func exchange(
        _ path: String, _ meaning: RecordedService.Exchange.Meaning, _ status: Int,
        _ operation: String = "book", _ method: String = "POST"
    ) -> RecordedService.Exchange {
        RecordedService.Exchange(
            operation: operation, meaning: meaning, method: method, path: path,
            response: .json(status, ["status": .int(Int64(status))]))
    }

    private static let exchanges = [
        exchange("/v1/bookings", .other, 503), exchange("/v1/bookings", .refused, 402),
        exchange("/v1/bookings", .done, 201),
        exchange("/v1/bookings/c-7", .done, 200, "find", "GET"),
        exchange("/v1/couriers/c-7", .done, 200, "courier", "GET"),
    ]

    private static func world() throws -> SandboxWorld {
        let service = try #require(RecordedService(adapter: "courier", exchanges))
        return SandboxWorld(
            remotes: [], recorded: [service], mail: MailRoute(adapter: "mail", operation: "send"))
    }

    private static func ask(
        _ world: inout SandboxWorld, _ method: String, _ path: String, _ body: Value? = nil
    ) -> Int? {
        let request = RemoteRequest(
            method: method, path: path, body: body.map(JSON.encode) ?? [])
        guard case .respond(let response, _) = world.handle(request, now: Timestamp(seconds: 0))
        else { return nil }
        return response.status
    }

    @Test func theSuccessThatWasRecordedIsGiven() throws {
        var world = try Self.world()
        #expect(Self.ask(&world, "POST", "/courier/v1/bookings") == 201)
        // An id is another one than was recorded; the rest of the path tells the operations apart.
        #expect(Self.ask(&world, "GET", "/courier/v1/bookings/c-99") == 200)
        for (method, path) in [
            ("GET", "/courier/v1/bookings"), ("POST", "/courier/v1/bookings/x/y"),
            ("PUT", "/courier/v1/bookings"),
        ] {
            #expect(Self.ask(&world, method, path) == 404, "\(method) \(path)")
        }
    }

    @Test func faultsComeBetween() throws {
        var world = try Self.world()
        let declining: Value = [
            "adapter": "courier", "operation": "book", "kind": "decline", "count": 1,
        ]
        #expect(Self.ask(&world, "POST", "/faults", declining) == 201)
        #expect(Self.ask(&world, "POST", "/courier/v1/bookings") == 402)
        #expect(Self.ask(&world, "POST", "/courier/v1/bookings") == 201)
        #expect(
            Self.ask(&world, "POST", "/faults", ["adapter": "courier", "kind": "lostReply"]) == 201)
        #expect(Self.ask(&world, "POST", "/courier/v1/bookings") == nil)
        // No refusal of it was recorded that could be given.
        #expect(
            Self.ask(
                &world, "POST", "/faults",
                ["adapter": "courier", "operation": "find", "kind": "decline"]) == 400)
    }

    @Test func withoutASuccessThereIsNothingToAnswer() {
        #expect(RecordedService(adapter: "x", [Self.exchange("/a", .refused, 402)]) == nil)
        #expect(RecordedService(adapter: "x", []) == nil)
    }

    @Test func adaptersAreLedThere() throws {
        let world = try Self.world()
        #expect(
            world.overviews.map(\.fact) == ["5 recorded answers, from adapters/courier/exchanges"])
    }
}
