import Foundation
import Testing
import Values

@testable import Schedule

/// SplitMix64: the same cases in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func chance(_ percent: Int) -> Bool { int(1...100) <= percent }

    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[int(0...choices.count - 1)]
    }
}

/// The IANA data base, in order.
let zoneNames = TimeZone.knownTimeZoneIdentifiers.sorted()

func moment(_ text: String) throws -> Timestamp {
    try #require(Timestamp(rfc3339: text), "\(text) is no moment")
}

func cron(_ text: String, _ zone: String = "UTC") throws -> Rule {
    try Rule(parsing: ["cron": .string(text), "zone": .string(zone)], defaultZone: "UTC")
}

func calendar(_ value: Value, from: String? = nil, zone: String = "UTC") throws -> Rule {
    var map: Value = ["calendar": value, "zone": .string(zone)]
    if let from { map["from"] = .string(from) }
    return try Rule(parsing: map, defaultZone: "UTC")
}

/// The error of a declaration that must have one.
func failure(_ value: Value, zone: String = "UTC") throws -> RuleError {
    try #require(throws: RuleError.self) {
        try Rule(parsing: value, defaultZone: zone)
    }
}

extension Rule {
    /// The next nominal times, as identities.
    func nominal(after text: String, _ count: Int) throws -> [String] {
        occurrences(after: try moment(text), upTo: .distantFuture, limit: count).map(\.identity)
    }

    /// Pairs of identity and instant, `2026-03-29T02:30 01:00:00Z`, on one day of UTC or more.
    func times(from: String, to: String) throws -> [String] {
        backfill(from: try moment(from), to: try moment(to)).occurrences.map {
            "\($0.identity) \($0.instant.rfc3339.dropFirst(11))"
        }
    }
}
