import Alerts
import Definition
import Engine
import Execution
import Resources
import Sabotage
import ServiceLifecycle
import Values

/// What is sent as it comes, until nobody reads any more.
package protocol ServerEvents: Sendable {
    /// - Parameter write: throws when nobody reads any more.
    func run(_ write: ([UInt8]) async throws -> Void) async throws
    /// Nobody reads any more: `run` ends.
    func leave()
}

/// Everything that happened, in the order in which it became durable: server-sent events, each with a position from which a
/// reader goes on after any restart of either side.
///
/// A page of rows is read from the store, written, and only then the next one: a slow reader costs one page of memory,
/// however much happens. What has happened is read from the store alone; news of changes only say that there is more.
struct EventFeed: ServerEvents {
    /// What the reader wants.
    struct Filter: Sendable {
        var workflows: Set<ExactText> = []
        /// Empty: any; `call.*` stands for all that begin so.
        var kinds: [String] = []
        /// The reader may look at no others: what is about several is shown where all are theirs.
        var isBound = false

        func includes(_ entry: HistoryEntry, of row: JournalRow) -> Bool {
            isWanted(entry.kind) && (workflows.isEmpty || concerns(entry, row))
        }

        private func concerns(_ entry: HistoryEntry, _ row: JournalRow) -> Bool {
            if let name = row.name { return workflows.contains(name.workflow) }
            let named =
                (entry.data["workflows"]?.listValue ?? []) + [entry.data["workflow"] ?? .null]
            let isNamed = { (name: Value) in
                name.stringValue.map { workflows.contains($0) } ?? false
            }
            let said = named.filter { $0 != .null }
            return isBound
                ? !said.isEmpty && said.allSatisfy(isNamed) : said.contains(where: isNamed)
        }

        private func isWanted(_ own: String) -> Bool {
            kinds.isEmpty
                || kinds.contains { kind in
                    kind.hasSuffix("*")
                        ? own.hasPrefix(kind.dropLast()) : sameUTF8(kind, own)
                }
        }
    }

    private static let page = 100
    /// So often at least something is sent.
    private static let heartbeat = Duration.seconds(15)

    let store: any Store
    let catalog: Catalog
    let namespace: String
    let feed: ChangeFeed
    let filter: Filter
    /// Where the reader left off; nil: it wants what happens from now on.
    let start: JournalPosition?
    /// What it said cannot be read as a position.
    let isLost: Bool
    let place: LiveStreams.Place
    /// Whether the reader still may; asked again with each heartbeat.
    var stays: @Sendable () async -> Bool = { true }

    func leave() { feed.end() }

    func run(_ write: ([UInt8]) async throws -> Void) async throws {
        defer {
            feed.end()
            place.giveBack()
        }
        try await withGracefulShutdownHandler {
            try await stream(write)
        } onGracefulShutdown: {
            feed.end()
        }
    }

    private func stream(_ write: ([UInt8]) async throws -> Void) async throws {
        try await write(Array("retry: 2000\n\n".utf8))
        var (position, gap) = try begin()
        try await write(gap.map { Self.event("gap", position, $0) } ?? Self.bookmark(position))
        var told = position
        var removed = try store.lastRemovedJournalRow()
        var sensitive: [ExactText: Sensitive] = [:]
        while !Task.isCancelled {
            let rows = try rows(after: position)
            var bytes: [UInt8] = []
            // Looked at behind the rows: what went before they were read is told.
            let last = try store.lastRemovedJournalRow()
            if last > removed, last > position.row {
                bytes += Self.event("gap", position, Self.gap("it went before it was read"))
            }
            removed = max(removed, last)
            for row in rows {
                for (index, entry) in row.entries.enumerated() {
                    let place = JournalPosition(row, index)
                    guard row.position > position.row || index > position.index else { continue }
                    position = place
                    guard filter.includes(entry, of: row) else { continue }
                    bytes += Self.event(entry.kind, place, cloudEvent(entry, of: row, &sensitive))
                    told = place
                }
            }
            guard await stays() else { return }
            if !bytes.isEmpty { try await write(bytes) }
            if rows.count == Self.page { continue }
            guard await feed.wait(atMost: Self.heartbeat) != nil else { return }
            // Who filters most of it out learns how far they are all the same.
            if bytes.isEmpty {
                try await write(
                    told == position ? Array(": alive\n\n".utf8) : Self.bookmark(position))
                told = position
            }
        }
    }

    /// Rows that are not read to their end.
    private func rows(after position: JournalPosition) throws(StoreError) -> [JournalRow] {
        let before = isMutant(.streamPositionSkipped) ? position.row + 1 : position.row - 1
        return try store.journal(after: max(before, 0), count: Self.page)
    }

    /// Where to begin, and what is to be said of it.
    private func begin() throws(StoreError) -> (JournalPosition, gap: Value?) {
        let end =
            try store.lastJournalRow().map { JournalPosition($0, $0.entries.count - 1) }
            ?? .beginning
        func gap(_ reason: String, _ position: JournalPosition) -> (JournalPosition, gap: Value?) {
            (position, Self.gap(reason))
        }
        if isLost { return gap("nobody here gave out that position", end) }
        guard let start else { return (end, nil) }
        guard start.row > 0 else { return (start, nil) }
        guard start.row <= end.row else {
            return gap("it is of another database, or this one was restored from a backup", end)
        }
        guard let row = try store.journal(after: start.row - 1, count: 1).first else {
            return (end, nil)
        }
        if row.position == start.row {
            guard row.entries.indices.contains(start.index),
                JournalPosition(row, start.index) == start
            else {
                return gap("it is of another database, or this one was restored from a backup", end)
            }
            guard try start.row >= store.lastRemovedJournalRow() || isMutant(.removalUntold) else {
                return gap("some of what happened behind it is not kept any more", start)
            }
            return (start, nil)
        }
        return gap("what was there is not kept any more", JournalPosition(row: row.position - 1))
    }

    // MARK: As text

    private static func gap(_ reason: String) -> Value {
        [
            "reason": .string(reason),
            "fix":
                "read what you know anew, then go on from here; `?after=0` gives all that is kept",
        ]
    }

    private static func event(
        _ name: String, _ position: JournalPosition, _ data: Value
    ) -> [UInt8] {
        Array("id: \(position)\nevent: \(name)\ndata: ".utf8) + JSON.encode(data) + [10, 10]
    }

    /// Without data it is no event to the reader, and moves their position all the same.
    private static func bookmark(_ position: JournalPosition) -> [UInt8] {
        Array("id: \(position)\n\n".utf8)
    }

    /// CloudEvents 1.0. The id is of the entry, whatever becomes of positions.
    private func cloudEvent(
        _ entry: HistoryEntry, of row: JournalRow, _ known: inout [ExactText: Sensitive]
    ) -> Value {
        var event: ValueMap = [
            "specversion": "1.0",
            "id": .string("\(entry.instance.rawValue).\(entry.sequence)"),
            "source": .string(AlertEvent.source(of: namespace)),
            "type": .string("dev.pawl.\(entry.kind)"), "time": .string(entry.at.rfc3339),
            "datacontenttype": "application/json",
        ]
        var data = entry.data
        if let name = row.name {
            event["subject"] = .string(name.description)
            data = sensitive(name.workflow, &known).masked(data)
        }
        event["data"] = data.plain
        return .map(event)
    }

    /// Of all its versions: a row does not say which one it was decided on.
    private func sensitive(
        _ workflow: String, _ known: inout [ExactText: Sensitive]
    ) -> Sensitive {
        if let sensitive = known[workflow] { return sensitive }
        let sensitive = catalog.versions(of: workflow).reduce(Sensitive.nothing) {
            $0.union(catalog.definition(workflow, version: $1)?.sensitive ?? .nothing)
        }
        known[workflow] = sensitive
        return sensitive
    }
}

/// Where somebody is in the stream of events: a row, an entry of it, and what was there, by which another database is told
/// from this one.
struct JournalPosition: Sendable, Hashable, CustomStringConvertible {
    let row: Int64
    let index: Int
    /// Empty: nothing was there.
    private let check: ExactText

    static let beginning = JournalPosition(row: 0)

    /// Behind that row.
    init(row: Int64) {
        self.row = row
        index = .max
        check = ""
    }

    init(_ row: JournalRow, _ index: Int) {
        self.row = row.position
        self.index = index
        guard row.entries.indices.contains(index) else {
            check = ""
            return
        }
        let entry = row.entries[index]
        let text =
            "\(entry.instance.rawValue) \(entry.sequence) \(entry.at.milliseconds) \(entry.kind)"
        check = ExactText(String(SHA256.hex(of: text).prefix(8)))
    }

    var description: String {
        check.text.isEmpty ? String(row) : "\(row).\(index).\(check)"
    }

    /// nil: it is none. Of a number alone: behind that row.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, let row = Int64(first), row >= 0 else { return nil }
        self.row = row
        if parts.count == 1 {
            index = .max
            check = ""
            return
        }
        guard parts.count == 3, let index = Int(parts[1]), (0..<1 << 20).contains(index),
            parts[2].utf8.count == 8
        else { return nil }
        self.index = index
        check = ExactText(String(parts[2]))
    }
}
