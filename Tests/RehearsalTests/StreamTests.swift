import Definition
import Execution
import Testing
import Values

@testable import Rehearsal

/// Anybody's log as a stream: what its lines say, and what is said of those that cannot be read.
@Suite struct StreamTests {
    private static let made =
        #"{"at":"2026-01-05T09:00:00Z","key":"7","event":"lamp.made","data":{"id":"7"}}"#

    private static func entries(_ text: String) throws -> [EventStream.Entry] {
        try EventStream(Array(text.utf8), name: "log").entries
    }

    /// What is said of each wrong line, as `line 1, column 7: …; expected …`.
    private static func faults(_ text: String) -> [String] {
        do throws(Problem) {
            _ = try EventStream(Array(text.utf8), name: "log")
            return []
        } catch {
            return error.errors.map { "\($0.pointer): \($0.detail)" }
        }
    }

    @Test func aLineIsAStartAnEventOrADecision() throws {
        let entries = try Self.entries(
            """
            {"at":"2026-01-05T09:00:00+01:00","start":"loan","key":"7","input":{"n":1},"actor":"shop/web"}
            {"at":"2026-01-05T09:00:00Z","event":"loan.paid","key":"7","id":"p-1","as":"bank/b-1"}

            {"at":"2026-01-05T09:00:00Z","decide":"yes","key":"7","workflow":"loan","actor":"boss/mia","comment":"fine"}
            """)
        #expect(entries.map(\.line) == [1, 2, 4])
        #expect(entries.map(\.id) == ["line-1", "p-1", "line-4"])
        #expect(entries.map(\.sender.description) == ["shop/web", "bank/b-1", "boss/mia"])
        #expect(entries.map(\.named.name) == ["loan", "loan.paid", "yes"])
        #expect(entries[0].at.rfc3339 == "2026-01-05T08:00:00Z")
        #expect(entries.map(\.workflow) == ["loan", nil, "loan"])
        guard case .start(let input) = entries[0].deed, case .event(_, let data) = entries[1].deed,
            case .decision(let decision) = entries[2].deed
        else { throw Problem(.internalError, "other deeds: \(entries)") }
        #expect(input == ["n": 1])
        #expect(data == [:])
        #expect(decision.comment == "fine")
    }

    /// As spreadsheets and other systems save it.
    @Test(arguments: ["\n", "\r\n"])
    func aByteOrderMarkAndEitherLineEndAreTaken(end: String) throws {
        let text = "\u{FEFF}" + [Self.made, "", Self.made].joined(separator: end) + end
        #expect(try Self.entries(text).map(\.line) == [1, 3])
        #expect(Self.faults(text + "{}" + end).first?.hasPrefix("line 4, column 1: ") == true)
    }

    private static let wrong: [(String, String, String)] = [
        ("{", "line 1, column 2: no JSON: ", "one JSON object a line"),
        ("[1]", "line 1, column 1: not a JSON object", "\"event\""),
        (
            "{\"at\":\"2026-01-05T09:00:00Z\",\"key\":\"ä\",\"evnt\":\"x\"}",
            "line 1, column 40: unknown member `evnt`, did you mean `event`?", "at, key"
        ),
        (
            made.replacing("09:00:00Z", with: "09:00"),
            "line 1, column 7: `at` is no RFC 3339 time", "2026-01-31T09:00:00Z"
        ),
        (
            made.replacing("\"7\",\"event", with: "7,\"event"),
            "line 1, column 36: `key` is no text", "in quotes"
        ),
        (
            made.replacing("\"key\":\"7\",", with: ""), "line 1, column 1: `key` is missing",
            "the instance's key"
        ),
        (
            made.replacing("\"event\"", with: "\"start\": \"lamp\", \"event\""),
            "`start` and `event` are two things", "one of them"
        ),
        (
            made.replacing("\"event\":\"lamp.made\",\"data\":{\"id\":\"7\"}", with: "\"id\":\"7\""),
            "neither `start` nor `event`", "one of them"
        ),
        (
            made.replacing("\"data\"", with: "\"input\""),
            "column 60: `input` has no meaning beside `event`", "data"
        ),
        (
            made.replacing("\"data\"", with: "\"id\":\"\",\"data\""),
            "line 1, column 65: `id` has 0 bytes", "1 to 256"
        ),
        (
            made.replacing("\"data\"", with: "\"actor\":\"web\",\"data\""),
            "line 1, column 68: `actor` is no actor", "role/subject"
        ),
        (
            made.replacing("\"data\"", with: "\"actor\":\"a/b\",\"as\":\"a/b\",\"data\""),
            "`actor` and `as` are one thing", "one of them"
        ),
        (made.replacing("event", with: "decide"), "`data` has no meaning beside `decide`", "form"),
        (
            made + "\n" + made.replacing("T09", with: "T08"),
            "line 2, column 7: 2026-01-05T08:00:00Z comes before 2026-01-05T09:00:00Z of line 1",
            "sort them"
        ),
    ]

    @Test(arguments: StreamTests.wrong)
    func aWrongLineIsNamedByItsPlaceAndWhatIsExpected(
        text: String, message: String, expected: String
    ) throws {
        let fault = try #require(Self.faults(text).first)
        let parts = fault.components(separatedBy: "; expected ")
        #expect(parts.count == 2)
        #expect(parts[0].contains(message), "\(fault)")
        #expect(parts.last?.contains(expected) == true, "\(fault)")
    }

    @Test func everyWrongLineIsCountedAndTheFirstAreTold() {
        let text = Array(repeating: "{}", count: 30).joined(separator: "\n")
        #expect(Self.faults(text).count == 20)
        do throws(Problem) {
            _ = try EventStream(Array(text.utf8), name: "log")
            Issue.record("it was read")
        } catch {
            #expect(error.message == "log: 30 lines cannot be replayed; the first 20 of them")
        }
    }

    /// Names stand where they stand, whatever the values hold.
    @Test func placesAreFoundBehindNestedValuesAndEscapes() {
        let text = Array(#"{"a":{"b":"}\"","key":1} , "ä\n" :[{"key":2}],  "key" :  3}"#.utf8)
        let places = MemberPlaces(text)
        #expect(places.name("key") == 49)
        #expect(places.value(of: "key") == 58)
        #expect(places.value(of: "ä\n") == 35)
        #expect(places.value(of: "b") == 1)
    }
}
