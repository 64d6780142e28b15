import Guest
import Values

/// A replay of recorded orders: clerks act beside the recording, and it is told what became of the orders and their
/// money.
struct OrderRehearsal: Rehearsal {
    /// Clerks who collect a kit an hour after it is asked for and issue it an hour later [R-30], [R-32].
    let actors = [
        RehearsedActor(
            workflow: "inventory", state: "preparing.kit.toCollect", after: .seconds(3_600),
            event: "kit.collected", sender: "clerk/replay"),
        RehearsedActor(
            workflow: "inventory", state: "preparing.kit.collected", after: .seconds(3_600),
            event: "kit.issued", sender: "clerk/replay"),
    ]

    private static let columns = ["key", "outcome", "worker", "price", "activeAt", "endedAt"]

    /// In order of key.
    func outcomes(_ past: any RehearsedPast) throws -> RehearsalTable {
        var table = RehearsalTable(columns: Self.columns)
        try past.instances(of: "order") { order in
            table.rows.append([
                order.key, order.status, order.context["worker"]?.stringValue ?? "",
                String(order.context.count("price")),
                try activation(of: order, past)?.rfc3339 ?? "", order.endedAt?.rfc3339 ?? "",
            ])
        }
        table.rows.sort { $0[0].utf8.lexicographicallyPrecedes($1[0].utf8) }
        return table
    }

    /// An order is active from the moment its worker is assigned [R-5].
    private func activation(
        of order: RehearsedInstance, _ past: any RehearsedPast
    ) throws -> Timestamp? {
        try past.history(of: order).first { entry in
            entry.kind == "event.sent" && entry.data["event"]?.stringValue == "order.activated"
        }?.at
    }

    func summary(
        _ past: any RehearsedPast, _ outcomes: RehearsalTable
    ) throws -> [RehearsalLine] {
        let counts = ["completed", "cancelled", "failed", "inProgress"].map { outcome in
            "\(outcomes.rows.count { $0[1] == outcome }) \(outcome)"
        }
        let active = outcomes.rows.count { !$0[4].isEmpty }
        guard !outcomes.rows.isEmpty else { return [] }
        return [
            RehearsalLine(
                "orders", "\(outcomes.rows.count): " + counts.joined(separator: ", ")),
            RehearsalLine("money", try money(past, active: active)),
            RehearsalLine("invoices", try invoices(past)),
        ]
    }

    private func money(_ past: any RehearsedPast, active: Int) throws -> String {
        var charged: Int64 = 0
        var sum: Int64 = 0
        try past.records(of: Ledger.collection) { record in
            guard let posted = Posted(record) else { return }
            sum += Int64(clamping: LedgerCheck.sum(posted.transaction.lines))
            if posted.transaction.kind == .charge {
                charged += posted.transaction.lines.reduce(0) { $0 + max(0, $1.amount) }
            }
        }
        return
            "\(Self.units(charged)) charged for \(active) active orders; the ledger sums to \(sum)"
    }

    private func invoices(_ past: any RehearsedPast) throws -> String {
        var (number, total, paid, unbilled): (Int, Int64, Int64, Int64) = (0, 0, 0, 0)
        try past.records(of: Invoice.collection) { invoice in
            number += 1
            total += invoice.body.count("total")
            if invoice.body["status"] == "paid" { paid += invoice.body.count("total") }
        }
        try past.records(of: BillingLine.collection) { line in
            if line.body["unbilledOf"] != nil { unbilled += line.body.count("amount") }
        }
        return "\(number) of \(Self.units(total)), \(Self.units(paid)) paid; "
            + "\(Self.units(unbilled)) wait for the next cycle"
    }

    private static func units(_ minor: Int64) -> String {
        let cents = minor % 100
        return "\(minor / 100).\(cents < 10 ? "0" : "")\(cents)"
    }
}
