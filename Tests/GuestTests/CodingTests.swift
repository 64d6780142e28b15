import Guest
import Testing
import Values

/// Types that travel by their `Codable`.
@Suite struct CodingTests {
    enum Colour: String, Codable { case red, green }

    struct Inner: Codable, Equatable {
        var flag: Bool
        var numbers: [Int32]
        var nothing: String?
    }

    struct Thing: Codable, ValueConvertible, Equatable {
        var name: String
        var count: Int
        var big: UInt64
        var share: Double
        var colour: Colour
        var at: Timestamp
        var span: Duration
        var any: Value
        var inner: Inner
        var table: [String: Inner]
        var optionals: [Int?]
    }

    private static let thing = Thing(
        name: "é", count: -3, big: .max, share: 0.5, colour: .green,
        at: Timestamp(seconds: 1_800_000_000, nanoseconds: 5_000_000), span: .seconds(90),
        any: ["x": [1, nil]], inner: Inner(flag: true, numbers: [1, -2], nothing: nil),
        table: ["t": Inner(flag: false, numbers: [], nothing: "y")], optionals: [1, nil])

    @Test func aTypeComesBackFromItsValue() throws {
        let value = try Self.thing.value
        #expect(
            value == [
                "name": "é", "count": -3, "big": .uint(.max), "share": 0.5, "colour": "green",
                "at": "2027-01-15T08:00:00.005Z", "span": "90s", "any": ["x": [1, nil]],
                "inner": ["flag": true, "numbers": [1, -2]],
                "table": ["t": ["flag": false, "numbers": [], "nothing": "y"]],
                "optionals": [1, nil],
            ])
        #expect(try Thing(value) == Self.thing)
    }

    @Test(
        "What does not fit is named by its place",
        arguments: [
            ("/count", "1", "is a string, Thing wants an integer of 64 bits"),
            ("/count", 1.5, "is a double, Thing wants an integer of 64 bits"),
            ("/share", true, "is a bool, Thing wants a number"),
            ("/at", "noon", "is a string, Thing wants an RFC 3339 time"),
            ("/span", 90, "is an int, Thing wants a span such as 90s"),
            ("/inner", [], "is a list, Thing wants a map"),
            ("/inner/numbers", [1, nil, "x"], "/1 is null, Thing wants an integer of 32 bits"),
            (
                "/inner/numbers", [1, 5_000_000_000],
                "/1 is an int, Thing wants an integer of 32 bits"
            ),
        ] as [(String, Value, String)])
    func mismatch(place: String, value: Value, expected: String) throws {
        var map = try Self.thing.value
        let names = place.split(separator: "/").map { String($0) }
        if names.count == 1 {
            map[names[0]] = value
        } else {
            var inner = map[names[0]] ?? [:]
            inner[names[1]] = value
            map[names[0]] = inner
        }
        let changed = map
        let error = #expect(throws: ValueMismatch.self) { try Thing(changed) }
        let separator = expected.hasPrefix("/") ? "" : " "
        #expect(error?.description == place + separator + expected)
    }

    @Test func aMissingMemberIsNamed() throws {
        let error = #expect(throws: ValueMismatch.self) { try Thing(["name": "x"]) }
        #expect(error?.description == "/count is missing, Thing wants it")
        let colour = #expect(throws: ValueMismatch.self) {
            var map = try Self.thing.value
            map["colour"] = "blue"
            _ = try Thing(map)
        }
        #expect(colour?.pointer == "/colour")
        #expect(ValueMismatch("", "is null").description == "the value is null")
        #expect(ValueMismatch("/b", "is null").inside("a/c").pointer == "/a~1c/b")
    }
}
