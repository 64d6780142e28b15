import Execution
import Guest
import Testing
import Values

/// Records by their indexes, as an operation asks for them.
@Suite struct IndexTests {
    struct Licence: Codable, Record {
        let id: String
        let title: String
        var member: String?
        var until: Timestamp
        var stars: Double?
        var tags: [String]?

        enum CodingKeys: String, CodingKey { case id, title, member, until, stars, tags }

        static let collection = "lending.licence"
        static let byTitle = RecordIndex<Self>(CodingKeys.title, CodingKeys.until)
        static let byMember = RecordIndex<Self>(CodingKeys.member, CodingKeys.until)
        static let byTag = RecordIndex<Self>(parts: [
            .each(CodingKeys.tags), .descending(CodingKeys.stars, stepsOfOne: 2, else: 0),
        ])
        static let byStars = RecordIndex<Self>(CodingKeys.stars)
        static let indexes = [byTitle, byMember, byTag]
    }

    private static let noon = Timestamp(seconds: 1_800_000_000)

    private static func licence(
        _ id: String, _ title: String, member: String? = nil, after seconds: Int64,
        stars: Double? = nil, tags: [String]? = nil
    ) -> Licence {
        Licence(
            id: id, title: title, member: member, until: noon + .milliseconds(seconds * 500),
            stars: stars, tags: tags)
    }

    private static let shelf = [
        licence("a", "Emma", member: "m", after: 5, stars: 4.9, tags: ["old", "kind"]),
        licence("b", "Emma", after: -1, stars: 4.6, tags: ["old"]),
        licence("c", "Emma", member: "m", after: 0, tags: ["old", "old"]),
        licence("d", "Emma\0", after: 1),
        licence("e", "Em", after: 1),
    ]

    @Test func anIndexIsReadByItsKeysInTheirOrder() throws {
        var records = Records.holding(Self.shelf)
        #expect(
            try records.all(Licence.byTitle, equals: "Emma", limit: 9).map(\.id) == ["b", "c", "a"])
        #expect(
            try records.first(Licence.byTitle, equals: "Emma", through: Self.noon)?.id == "b")
        #expect(
            try records.all(Licence.byMember, equals: "m", from: Self.noon, limit: 9).map(\.id)
                == ["c", "a"])
        #expect(
            try records.all(
                Licence.byMember, equals: "m", from: Self.noon + .milliseconds(1), limit: 9
            ).map(\.id) == ["a"])
        // Who has no member is not in it.
        #expect(try records.all(Licence.byMember, limit: 9).count == 2)
        let beyond = IndexRange(beyond: "Emma")
        #expect(try records.first(Licence.byTitle, beyond)?.id == "d")
        let reversed = IndexRange(equals: ["Emma"], isReversed: true)
        #expect(try records.first(Licence.byTitle, reversed)?.id == "a")
    }

    @Test func aListPutsARecordUnderEachOfItsElementsAndStepsMakeThemAlike() throws {
        var records = Records.holding(Self.shelf)
        #expect(
            try records.all(Licence.byTag, equals: "old", limit: 9).map(\.id) == ["a", "b", "c"])
        #expect(
            try records.all(Licence.byTag, equals: "old", 4.7, limit: 9).map(\.id) == ["a", "b"])
        #expect(try records.all(Licence.byTag, equals: "kind", limit: 9).map(\.id) == ["a"])
        let beyond = IndexRange(equals: ["old"], beyond: 4.5)
        #expect(try records.first(Licence.byTag, beyond)?.id == "c")
    }

    @Test func anIndexIsReadPageByPage() throws {
        var records = Records.holding(Self.shelf)
        var found: [String] = []
        var cursor: IndexCursor?
        for _ in 0..<9 {
            let page = try records.page(
                Licence.byTitle, IndexRange(isReversed: true), after: cursor, limit: 2)
            found += page.records.map(\.id)
            cursor = page.next
            if cursor == nil { break }
        }
        #expect(found == ["d", "a", "c", "b", "e"])
    }

    @Test func anOperationSeesItsOwnChangesInAnIndex() throws {
        var records = Records.holding(Self.shelf)
        var moved = Self.shelf[1]
        moved.until = Self.noon + .seconds(9)
        records.put(moved)
        records.delete(Licence.self, id: "c")
        records.put(Self.licence("f", "Emma", after: 1))
        #expect(
            try records.all(Licence.byTitle, equals: "Emma", limit: 9).map(\.id) == ["f", "a", "b"])
        #expect(try records.all(Licence.byTitle, equals: "Emma", limit: 1).map(\.id) == ["f"])
    }

    @Test func anIndexThatNobodyDeclaresIsSaid() throws {
        struct Asking: LocalOperation {
            func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
                ["found": .bool((try? records.first(Licence.byStars, equals: 4.9)) != nil)]
            }
        }
        let table = OperationTable(["a.b": Asking()], records: [Licence.self])
        let call = LocalCall(
            input: [:], key: "k", instance: InstanceName(workflow: "w", key: "1"), now: Self.noon)
        let result = try table.perform(
            adapter: "a", operation: "b", call: call, read: { $0.answer(from: []) })
        #expect(
            result.outcome
                == .broken(
                    "a.b: lending.licence has no index over stars; list it in the `indexes` of its "
                        + "record type, and the type among the records of the business"))
    }

    @Test func whatIsWrittenSaysWhereItStands() throws {
        struct Putting: LocalOperation {
            func perform(_ call: Call<Value>, _ records: inout Records) -> Value {
                records.put(IndexTests.shelf[0])
                return [:]
            }
        }
        let table = OperationTable(["a.b": Putting()], records: [Licence.self])
        let call = LocalCall(
            input: [:], key: "k", instance: InstanceName(workflow: "w", key: "1"), now: Self.noon)
        let result = try table.perform(
            adapter: "a", operation: "b", call: call, read: { $0.answer(from: []) })
        #expect(result.writes.first?.entries.count == 4)
    }
}

/// The bytes of keys sort as their values do.
@Suite struct SortKeyTests {
    @Test func valuesOfOneKindSortAsTheyAre() throws {
        let ordered: [[Value]] = [
            [false, true],
            [
                .double(-1e300), .int(.min), -1.5, -1, -0.5, 0, 0.25, 1, 1.5, 2,
                .int(1 << 53), .int(1 << 53 + 1), .int(.max - 1), .int(.max), .double(1e300),
            ],
            [
                "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500Z", "2026-01-01T00:00:01Z",
                .string(Timestamp.distantFuture.rfc3339),
            ],
            ["", "\0", "\0a", "a", "a\0", "a\0b", "ab", "e\u{301}", "\u{E9}"],
        ]
        for values in ordered {
            for isDescending in [false, true] {
                let keys = try values.map {
                    try #require(SortKey.encode($0, isDescending: isDescending))
                }
                let sorted = keys.sorted(by: SortKey.precedes)
                #expect(sorted == (isDescending ? keys.reversed() : keys), "\(values)")
                for (index, key) in keys.enumerated() {
                    for other in keys[(index + 1)...] { #expect(!other.starts(with: key)) }
                }
            }
        }
        #expect(SortKey.encode(1) == SortKey.encode(1.0))
        #expect(SortKey.encode(.double(-0.0)) == SortKey.encode(0))
        #expect(SortKey.encode(.string(String(repeating: "x", count: 513))) == nil)
        #expect(SortKey.encode(.null) == nil)
        #expect(SortKey.after([1, 0xFF]) == [2])
    }
}

/// Places in an index: nothing within a distance is left out.
@Suite struct PlaceTests {
    struct Kiosk: Codable, Record {
        let id: String
        let town: String
        let lat: Double
        let lon: Double

        enum CodingKeys: String, CodingKey { case id, town, lat, lon }

        static let collection = "kiosk"
        static let byPlace = RecordIndex<Self>(parts: [
            .ascending(CodingKeys.town),
            .place(latitude: CodingKeys.lat, longitude: CodingKeys.lon),
        ])
        static let indexes = [byPlace]

        var place: Place? { Place(latitude: lat, longitude: lon) }
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    private static func kiosk(
        _ number: Int, around middle: (Double, Double), _ spread: Double, _ random: inout Seeded
    ) -> Kiosk {
        var lon = middle.1 + Double.random(in: -spread...spread, using: &random)
        if lon > 180 { lon -= 360 }
        if lon < -180 { lon += 360 }
        return Kiosk(
            id: "\(number)", town: number % 5 == 0 ? "other" : "here",
            lat: min(90, max(-90, middle.0 + Double.random(in: -spread...spread, using: &random))),
            lon: lon)
    }

    @Test(arguments: UInt64(1)...24)
    func aSearchGivesEachOnceAndNoneTooLate(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let middle =
            [(48.8, 2.3), (0, 0), (89.9, 10), (-90, 0), (12, 179.9), (-40, -180)][Int(seed % 6)]
        let spread = [0.05, 1, 40, 90][Int(seed / 6) % 4]
        let kiosks = (0..<100).map { Self.kiosk($0, around: middle, spread, &random) }
        let from = try #require(Place(latitude: middle.0, longitude: middle.1))
        var records = Records.holding(kiosks)
        var search = NearestFirst(Kiosk.byPlace, equals: "here", from: from)
        let towns = kiosks.filter { $0.town == "here" }
        var given: [String] = []
        for _ in 0..<10_000 where !search.isOver {
            let before = search.completeWithin
            for kiosk in try records.more(of: &search, limit: 7) {
                let place = try #require(kiosk.place)
                #expect(from.distance(to: place) > before * 0.999_999 || before == 0)
                given.append(kiosk.id)
            }
        }
        #expect(search.isOver)
        #expect(given.count == Set(given).count)
        #expect(Set(given) == Set(towns.map(\.id)))
        let limit = Double.random(in: 0...200, using: &random)
        let wanted =
            towns
            .compactMap { kiosk in kiosk.place.map { (from.distance(to: $0), kiosk.id) } }
            .filter { $0.0 <= limit }.sorted { $0 < $1 }.prefix(10).map(\.1)
        let near = try records.within(
            limit, of: from, Kiosk.byPlace, equals: "here", limit: 10, at: \.place)
        #expect(near.map(\.id) == Array(wanted))
    }

    @Test func aCodeGivesItsPlaceBack() {
        for (x, y) in [(0, 0), (1, 2), (UInt32.max, 7), (0xDEAD_BEEF, UInt32.max)] {
            let code = PlaceCode(x: x, y: y)
            #expect(PlaceCode(code: code.code) == code)
        }
        let whole = PlaceBox(x: 0...UInt32.max, y: 0...UInt32.max)
        #expect(whole.ranges == [0...UInt64.max])
        #expect(whole.isWhole)
    }
}
