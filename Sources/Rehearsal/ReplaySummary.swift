import Engine
import Execution
import Values

/// What a replay came to, for people.
package struct ReplaySummary {
    package let text: String

    package init(
        replay: Replay, outcomes: ReplayOutcomes, store: any Store, inspector: Inspector,
        took: Duration
    ) throws {
        let postings = try store.records(
            RecordQuery(collection: "ledger.posting", selection: .all, limit: 10_000_000)
        ).records
        let stuck = try inspector.list(
            InstanceFilter(parsing: "workflow:order health:stuck"), count: 1)
        let blocked = try inspector.list(InstanceFilter(parsing: "health:blocked"), count: 1)
        let lines = [
            "Replayed \(Self.events(replay)) up to \(replay.now.rfc3339) in \(took.shortText) "
                + "(\(replay.flushes) transactions).",
            "",
            "orders     " + Self.orders(outcomes),
            "stuck      \(stuck.total) orders wait longer than expected; "
                + "\(blocked.total) instances need a person",
            "events     " + Self.counts(replay.receipts)
                + (replay.refusals.isEmpty ? "" : "; refused: " + Self.counts(replay.refusals)),
            "calls      " + Self.counts(replay.callCounts),
            "mails      \(replay.sandbox.mails.received) received",
            "money      " + Self.money(postings, active: outcomes.active),
            "invoices   " + (try Self.invoices(store)),
        ]
        text = lines.joined(separator: "\n")
    }

    private static func events(_ replay: Replay) -> String {
        let total = replay.stream.entries.count
        return replay.replayed == total
            ? "\(total) events" : "\(replay.replayed) of \(total) events"
    }

    private static func orders(_ outcomes: ReplayOutcomes) -> String {
        let parts = ["completed", "cancelled", "failed", "inProgress"].map {
            "\(outcomes.count($0)) \($0)"
        }
        return "\(outcomes.rows.count): " + parts.joined(separator: ", ")
    }

    private static func counts(_ counts: [ExactText: Int]) -> String {
        counts.keys.sorted().map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", ")
    }

    private static func money(_ postings: [RecordRow], active: Int) -> String {
        let amounts = postings.map { $0.body["amount"]?.intValue ?? 0 }
        let charged = zip(postings, amounts).filter { $0.0.body["kind"] == "charge" && $0.1 > 0 }
            .map(\.1).reduce(0, +)
        return "\(units(charged)) charged for \(active) active orders; the ledger sums to "
            + "\(amounts.reduce(0, +))"
    }

    private static func invoices(_ store: any Store) throws -> String {
        let invoices = try store.records(
            RecordQuery(collection: "billing.invoice", selection: .all, limit: 10_000_000)
        ).records
        let unbilled = try store.records(
            RecordQuery(collection: "billing.unbilled", selection: .all, limit: 10_000_000)
        ).records
        let paid = invoices.filter { $0.body["status"] == "paid" }
        return "\(invoices.count) of \(units(sum(invoices, "total"))), "
            + "\(units(sum(paid, "total"))) paid; \(units(sum(unbilled, "amount"))) wait for the next cycle"
    }

    private static func sum(_ records: [RecordRow], _ member: String) -> Int64 {
        records.reduce(0) { $0 + ($1.body[member]?.intValue ?? 0) }
    }

    private static func units(_ minor: Int64) -> String {
        let cents = minor % 100
        return "\(minor / 100).\(cents < 10 ? "0" : "")\(cents)"
    }
}
