import Foundation
import FuzzEntries
import Testing

/// The row of an instance in which any one member is missing, doubled or anything else: it is refused, or read and lived
/// on with, and never the end of the process.
@Suite struct DamagedRunTests {
    @Test(arguments: StoredEntry.rows().map { String(decoding: $0, as: UTF8.self) })
    func anyMemberMayBeAnything(row: String) async throws {
        let row = try JSONSerialization.jsonObject(with: Data(row.utf8))
        for damaged in Self.damages(to: row) {
            let bytes = Array(try JSONSerialization.data(withJSONObject: damaged))
            do {
                try await FuzzTarget.stored.run(bytes)
            } catch {
                Issue.record("\(error): \(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test func thereAreRowsOfEachKind() {
        let rows = StoredEntry.rows().map { String(decoding: $0, as: UTF8.self) }
        for member in ["activations", "incidents", "closedTasks", "pause", "effects", "timers"] {
            #expect(rows.contains { $0.contains("\"\(member)\"") }, "no row has \(member)")
        }
    }

    private static var others: [Any] {
        [NSNull(), -1, Int64.max, "x", [Any]()]
    }

    /// Each with one thing wrong.
    private static func damages(to value: Any) -> [Any] {
        if let map = value as? [String: Any] { return damages(to: map) }
        if let list = value as? [Any] { return damages(to: list) }
        return []
    }

    private static func damages(to map: [String: Any]) -> [Any] {
        var all: [Any] = []
        for (key, inner) in map.sorted(by: { $0.key < $1.key }) {
            var damaged = map
            damaged.removeValue(forKey: key)
            all.append(damaged)
            for other in others + damages(to: inner) {
                damaged.updateValue(other, forKey: key)
                all.append(damaged)
            }
        }
        return all
    }

    private static func damages(to list: [Any]) -> [Any] {
        var all: [Any] = []
        for (index, inner) in list.enumerated() {
            var damaged = list
            damaged.remove(at: index)
            all.append(damaged)
            damaged = list
            damaged.insert(inner, at: index)
            all.append(damaged)
            for other in others + damages(to: inner) {
                damaged = list
                damaged[index] = other
                all.append(damaged)
            }
        }
        return all
    }
}
