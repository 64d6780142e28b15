import Engine
import MemoryStore
import Testbed
import Testing
import Values

/// A wall clock that jumps, as people see it over HTTP.
@Suite(.timeLimit(.minutes(10))) struct ClockStories {
    private static let start = Timestamp(seconds: 1_800_000_000)

    private func withClock(
        _ body: @escaping @Sendable (Client, SetClock) async throws -> Void
    ) async throws {
        let wall = SetClock(Self.start)
        let clock = try WallClock.resumed(
            scale: 1, store: MemoryStore(), wall: { wall.now }, steady: { wall.steady })
        _ = clock.now()
        try await withServer(clock: clock) { try await body($0, wall) }
    }

    @Test func aClockThatIsFollowedIsNotSpokenOf() async throws {
        try await withClock { client, wall in
            let clock = try await client.get("/v1/clock")
            #expect(clock.status == 200)
            #expect(clock["status"] == "followed")
            #expect(clock["now"] == .string(wall.now.rfc3339))
            #expect(clock["sentence"] == nil)
            #expect(try await client.get("/readyz")["clock"] == nil)
            #expect(try await client.get("/v1/system")["clock"] == nil)
        }
    }

    @Test func aJumpIsSaidEverywhereUntilAPersonHasItFollowed() async throws {
        try await withClock { client, wall in
            _ = try await client.put("/v1/workflows/door/instances/d-1", #"{"colour": "red"}"#)
            wall.step(3_652 * 86_400_000)
            let ready = try await client.get("/readyz")
            #expect(ready.status == 200)
            #expect(ready["now"] == .string(Self.start.rfc3339))
            #expect(ready["clock"]?["status"] == "jumped")
            #expect(ready["clock"]?["jump"]?["seconds"] == .int(3_652 * 86_400))
            #expect(ready["clock"]?["jump"]?["followedInSeconds"] == 600)
            #expect(try await client.get("/v1/system")["clock"] == ready["clock"])
            let why = try await client.get("/v1/workflows/door/instances/d-1/why")
            #expect(why["clock"]?.stringValue?.contains("has jumped ahead by 3652 d") == true)

            let unasked = try await client.post("/v1/clock/follow", "{}")
            #expect(unasked.status == 422)
            let followed = try await client.post("/v1/clock/follow", #"{"reason": "it was wrong"}"#)
            #expect(followed.status == 200)
            #expect(followed["status"] == "followed")
            #expect(followed["now"] == .string(wall.now.rfc3339))
            #expect(try await client.get("/readyz")["clock"] == nil)
            let later = try await client.get("/v1/workflows/door/instances/d-1/why")
            #expect(later["clock"] == nil)
        }
    }
}
