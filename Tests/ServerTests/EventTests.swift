import Execution
import Testing

@Suite struct EventStories {
    @Test func anEventAppliesOnceAndItsRepeatIsToldSo() async throws {
        try await withDoor { client in
            let event = #"{"event": "door.open", "id": "e-1", "data": {"by": "ana"}}"#
            let path = "/v1/workflows/door/instances/d-1/events"
            let first = try await client.post(path, event)
            #expect(first.status == 200)
            #expect(first["receipts"] == [["instance": "door/d-1", "outcome": "applied"]])
            let again = try await client.post(path, event)
            #expect(again["receipts"]?[0]?["outcome"] == "duplicate")
            let other = try await client.post(
                path, #"{"event": "door.open", "id": "e-1", "data": {"by": "ben"}}"#)
            #expect(other.status == 409)
            #expect(other["code"] == "event-conflict")
        }
    }

    @Test func anEventWithoutAnIdGetsOne() async throws {
        try await withDoor { client in
            let answer = try await client.post(
                "/v1/instances/1/events", #"{"event": "door.break"}"#)
            #expect(answer["id"]?.stringValue?.count == 36)
        }
    }

    @Test func aRejectionIsAProblemThatCarriesItsReceipt() async throws {
        try await withDoor { client in
            let path = "/v1/instances/1/events"
            _ = try await client.post(path, #"{"event": "door.lock"}"#, ["Pawl-Actor": "owner/o-1"])
            let answer = try await client.post(
                path, #"{"event": "door.open", "data": {"by": "ana"}}"#)
            #expect(answer.status == 409)
            #expect(answer["code"] == "rejected")
            #expect(answer["receipts"]?[0]?["code"] == "locked")
            #expect(answer.header("Content-Type") == "application/problem+json")
        }
    }

    @Test func dataThatDoesNotFitIsPointedAt() async throws {
        try await withDoor { client in
            let answer = try await client.post(
                "/v1/instances/1/events", #"{"event": "door.open", "data": {"by": 7}}"#)
            #expect(answer.status == 422)
            #expect(answer["errors"]?[0]?["pointer"] == "/data/by")
        }
    }

    @Test func onlyTheDeclaredSenderMaySend() async throws {
        try await withDoor { client in
            let lock = #"{"event": "door.lock"}"#
            let path = "/v1/instances/1/events"
            let anonymous = try await client.post(path, lock)
            #expect(anonymous.status == 403)
            #expect(try await client.post(path, lock, ["Pawl-Actor": "owner"]).status == 400)
            #expect(try await client.post(path, lock, ["Pawl-Actor": "owner/o-1"]).status == 200)
        }
    }

    @Test func aPublishedEventFindsWhomItConcerns() async throws {
        try await withServer { client in
            let built = try await client.post(
                "/v1/events",
                #"{"event": "door.built", "id": "b-1", "data": {"id": "d-7", "colour": "red"}}"#)
            #expect(built["receipts"] == [["instance": "door/d-7", "outcome": "applied"]])
            let open = try await client.post(
                "/v1/events",
                #"{"event": "door.open", "key": "d-7", "workflow": "door", "data": {"by": "ana"}}"#)
            #expect(open["receipts"]?[0]?["instance"] == "door/d-7")
            let early = try await client.post(
                "/v1/events", #"{"event": "door.lock", "key": "d-8"}"#, ["Pawl-Actor": "owner/o"])
            #expect(early["receipts"]?[0]?["outcome"] == "kept")
            let keyless = try await client.post("/v1/events", #"{"event": "door.break"}"#)
            #expect(keyless.status == 422)
            let unknown = try await client.post(
                "/v1/events", #"{"event": "door.opn", "key": "d-7"}"#)
            #expect(unknown.status == 404)
            #expect(unknown["fix"] == "did you mean door.open?")
            let nowhere = try await client.post(
                "/v1/events", #"{"event": "door.open", "key": "d-7", "workflow": "dor"}"#)
            #expect(nowhere["code"] == "unknown-workflow")
        }
    }

    @Test func anEventCanWaitForWhatItCauses() async throws {
        try await withDoor { client in
            let answer = try await client.post(
                "/v1/instances/1/events?wait=30s", #"{"event": "door.break"}"#)
            #expect(answer["instances"]?[0]?["status"] == "completed")
            #expect(answer["instances"]?[0]?["wait"]?["met"] == true)
        }
    }

    @Test func cancellingNeedsAReasonAndEndsTheInstance() async throws {
        try await withDoor { client in
            let path = "/v1/workflows/door/instances/d-1/actions/cancel"
            let silent = try await client.post(path, "{}")
            #expect(silent.status == 422)
            let answer = try await client.post(path, #"{"reason": "sold"}"#)
            #expect(answer.status == 200)
            #expect(answer["instance"]?["status"] == "cancelled")
            let event = try await client.post(
                "/v1/instances/1/events", #"{"event": "door.open", "data": {"by": "ana"}}"#)
            #expect(event.status == 409)
        }
    }

    @Test func retryingWithoutAnIncidentIsRefused() async throws {
        try await withDoor { client in
            let answer = try await client.post("/v1/instances/1/actions/retry", #"{"incident": 4}"#)
            #expect(answer.status == 409)
            #expect(answer["code"] == "not-applicable")
            #expect(try await client.get("/v1/incidents")["incidents"] == [])
            #expect(try await client.get("/v1/incident-groups")["groups"] == [])
        }
    }
}
