import Guest
import Testing
import Values

/// The records as one operation sees them.
@Suite struct RecordsTests {
    private static func change(_ id: String, group: String = "", _ number: Int64) -> RecordChange {
        RecordChange(collection: "shelf", id: id, group: group, body: ["n": .int(number)])
    }

    @Test func anOperationSeesItsOwnChanges() throws {
        var records = Records.holding(untyped: [
            Self.change("a", 1), Self.change("b", group: "x", 2), Self.change("c", group: "x", 3),
        ])
        records.put("shelf", id: "aa", group: "x", ["n": 9])
        records.delete("shelf", id: "b")
        records.put("shelf", id: "c", ["n": 4])
        #expect(try records.find("shelf", id: "b") == nil)
        #expect(try records.find("shelf", id: "c")?.body == ["n": 4])
        #expect(
            try records.page(of: "shelf", group: "x", limit: 10).map(\.id) == ["aa"])
        #expect(try records.page(of: "shelf", limit: 2).map(\.id) == ["a", "aa"])
        #expect(try records.page(of: "shelf", after: "aa", limit: 2).map(\.id) == ["c"])
        #expect(records.writes.map(\.id) == ["aa", "b", "c"])
        #expect(records.writes.map(\.body) == [["n": 9], nil, ["n": 4]])
    }

    @Test func whatWasChangedTwiceIsWrittenOnce() throws {
        var records = Records.holding()
        records.add("shelf", id: "a", ["n": 1])
        records.put("shelf", id: "a", ["n": 2])
        records.delete("shelf", id: "a")
        records.add("shelf", id: "a", ["n": 3])
        #expect(records.writes == [Self.change("a", 3)])
    }

    @Test func twoWhoseIdsLookAlikeAreTwo() throws {
        var records = Records.holding(untyped: [
            Self.change("caf\u{E9}", 1), Self.change("cafe\u{301}", 2),
        ])
        #expect(try records.find("shelf", id: "caf\u{E9}")?.body == ["n": 1])
        records.put("shelf", id: "cafe\u{301}", ["n": 3])
        #expect(try records.find("shelf", id: "caf\u{E9}")?.body == ["n": 1])
        #expect(try records.page(of: "shelf", limit: 9).map { $0.body["n"] } == [3, 1])
    }
}
