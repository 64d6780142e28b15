import Execution
import Testing
import Values

@testable import SQLiteStore

/// What stores keep as JSON, where it is not what it should be.
@Suite struct CodingTests {
    private let event: Value = [
        "id": "e1", "name": "order.paid", "data": nil,
        "sender": ["role": "customer", "subject": "c1"],
    ]

    private func failure<T: ValueCodable>(_ type: T.Type, _ value: Value) -> DecodingFailure? {
        do throws(DecodingFailure) {
            _ = try T(decoding: value)
            return nil
        } catch {
            return error
        }
    }

    @Test func aMissingFieldIsNamedFromTheOutsideIn() {
        var damaged = event
        damaged["sender"] = ["role": "customer"]
        #expect(failure(InboundEvent.self, event) == nil)
        #expect(
            failure(InboundEvent.self, damaged)
                == DecodingFailure(message: "the field is missing", path: "sender.subject"))
    }

    @Test func anotherKindIsAFailure() {
        var damaged = event
        damaged["name"] = 5
        #expect(failure(InboundEvent.self, damaged)?.path == "name")
        #expect(
            failure(InboundEvent.self, [1])
                == DecodingFailure(message: "an object is expected, not list"))
    }

    @Test func anUnknownNameIsAFailure() {
        #expect(
            failure(Receipt.self, ["outcome": "maybe"])
                == DecodingFailure(
                    message: "\"maybe\" is not one of the known names", path: "outcome"))
    }

    @Test func absentFieldsAreLeftOut() {
        #expect(Receipt(.applied).encoded == ["outcome": "applied"])
        let error = CallError(name: "timeout", message: "30s", isRetryable: true)
        #expect(
            error.encoded == ["name": "timeout", "message": "30s", "isRetryable": true])
    }

    @Test func dataBecomesPlainOnTheWayIn() throws {
        let sender = Actor(role: "bank", subject: "b")
        let event = InboundEvent(
            id: "1", name: "n", data: ["at": .timestamp(Timestamp(seconds: 0)), "n": .uint(7)],
            sender: sender)
        let back = try InboundEvent(decodingJSON: event.encodedJSON)
        #expect(back.data == ["at": "1970-01-01T00:00:00Z", "n": 7])
    }

    @Test(arguments: [
        "status = 'odd'", "search = '{'", "search = '[]'", "states = CAST(x'ff' AS TEXT)",
        "key = CAST(x'ff' AS TEXT)",
    ])
    func aDamagedRowIsListedAmongTheOthersAsSuch(_ damage: String) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(directory: folder.path, mode: .readWrite)
        try store.commit([step(1), step(2)])
        try store.write { (connection) throws(StoreError) in
            try connection.execute("UPDATE instances SET \(damage) WHERE id = 1")
        }
        let query = InstanceQuery(terms: [], now: Timestamp(seconds: 0), before: nil, count: 10)
        let rows = try store.list(query).instances
        #expect(rows.map(\.id.rawValue) == [2, 1])
        #expect(rows.map { $0.damage == nil } == [true, false])
        #expect(try store.instance(InstanceID(1))?.damage != nil)
    }
}
