import Engine
import Execution

/// Judges a database by what was acknowledged before: the witness's list lies in a table beside it.
final class ImageJudge {
    private let shell: SQLiteShell
    private let states: [RecordingHost.State]
    private let positions: [Int]
    /// The first violation of each kind is enough.
    private static let limit = 3

    init(_ host: RecordingHost, catalog: Catalog) throws(StoreError) {
        shell = try SQLiteShell()
        states = host.states
        let rows = host.departures.flatMap {
            Acknowledged.rows($0.departure, at: $0.position, catalog)
        }
        positions = rows.map(\.position).sorted()
        try shell.execute(
            """
            CREATE TABLE acknowledged (
                position INTEGER, kind TEXT, workflow TEXT, key TEXT, id TEXT, instance INTEGER,
                number INTEGER);
            """)
        for row in rows { try shell.execute(row.insertion) }
    }

    struct Verdict {
        var violations: [String] = []
        /// Acknowledged things that were looked for.
        var checked = 0
        /// Which of the recorded states the image shows; nil before the first.
        var state: Int?
    }

    /// - Parameter position: the operation before which the power failed.
    func judge(_ disk: SimulatedDisk, at position: Int) throws(StoreError) -> Verdict {
        try shell.looking(at: disk) { (shell) throws(StoreError) in
            var verdict = Verdict()
            try judgeState(position, &verdict)
            verdict.checked = positions.prefix { $0 <= position }.count
            for check in Self.checks {
                let found = try shell.column(
                    check.sql.replacing(":position", with: String(position))
                        + " LIMIT \(Self.limit)")
                verdict.violations += found.map { "\(check.claim): \($0)" }
            }
            return verdict
        }
    }

    /// A commit is there whole or not at all, and all before it are.
    private func judgeState(_ position: Int, _ verdict: inout Verdict) throws(StoreError) {
        guard let least = states.lastIndex(where: { $0.position <= position }) else { return }
        let fingerprint = try shell.fingerprint()
        verdict.state = states[least...].prefix(3).firstIndex { $0.fingerprint == fingerprint }
        guard verdict.state == nil else { return }
        let older = states[..<least].lastIndex { $0.fingerprint == fingerprint }
        verdict.violations.append(
            older.map { "3: \(least - $0) flushed commits are lost" }
                ?? "3: the database is in a state in which it never was: \(fingerprint)")
    }

    private struct Check {
        let claim: String
        let sql: String
    }

    private static let checks = [
        Check(
            claim: "3: an acknowledged start is lost",
            sql: """
                SELECT workflow || '/' || key FROM acknowledged AS a
                WHERE position <= :position AND kind = 'start' AND NOT EXISTS (
                    SELECT 1 FROM image.instances AS i
                    WHERE i.workflow = a.workflow AND i.key = a.key)
                """),
        Check(
            claim: "4: an acknowledged event is not in the history exactly once",
            sql: """
                SELECT workflow || '/' || key || ' ' || id FROM acknowledged AS a
                WHERE position <= :position AND kind = 'event' AND 1 <> (
                    SELECT count(*) FROM image.instances AS i
                    JOIN image.history AS h ON h.instance = i.id JOIN json_each(h.entries) AS e
                    WHERE i.workflow = a.workflow AND i.key = a.key
                        AND e.value ->> '$[2]' = 'event.applied'
                        AND e.value ->> '$[3].id' = a.id)
                """),
        Check(
            claim: "4: an acknowledged event has no receipt and would be taken again",
            sql: """
                SELECT workflow || '/' || key || ' ' || id FROM acknowledged AS a
                WHERE position <= :position AND kind = 'receipt' AND NOT EXISTS (
                    SELECT 1 FROM image.receipts AS r
                    WHERE r.workflow = a.workflow AND r.key = a.key AND r.event_id = a.id)
                """),
        Check(
            claim: "10: a call has left of which the database does not know",
            sql: """
                SELECT id FROM acknowledged AS a
                WHERE position <= :position AND kind = 'call' AND NOT EXISTS (
                    SELECT 1 FROM image.history AS h JOIN json_each(h.entries) AS e
                    WHERE h.instance = a.instance AND e.value ->> '$[2]' = 'call.started'
                        AND e.value ->> '$[3].activation' = a.number
                        AND e.value ->> '$[3].key' = a.id)
                """),
        Check(
            claim: "11: an acknowledged start by somebody has no row in the audit",
            sql: """
                SELECT workflow || '/' || key FROM acknowledged AS a
                WHERE position <= :position AND kind = 'audited' AND NOT EXISTS (
                    SELECT 1 FROM image.audit AS r
                    WHERE r.target_key = a.key AND r.body ->> '$.place' = a.workflow
                        AND r.body ->> '$.deed' = 'start')
                """),
        Check(
            claim: "11: a row of the audit tells of a start that is not there",
            sql: """
                SELECT r.sequence FROM image.audit AS r
                WHERE r.body ->> '$.deed' = 'start' AND NOT EXISTS (
                    SELECT 1 FROM image.instances AS i
                    WHERE i.workflow = r.body ->> '$.place' AND i.key = r.target_key)
                """),
        Check(
            claim: "11: a row of the audit is not behind the one before",
            sql: """
                SELECT r.sequence FROM image.audit AS r
                LEFT JOIN image.audit AS b ON b.sequence = r.sequence - 1
                WHERE r.previous <> coalesce(b.hash, zeroblob(32))
                    OR b.sequence IS NULL AND r.sequence <> 1
                """),
        Check(
            claim: "5: a history has a gap or a repeat",
            sql: """
                SELECT h.instance FROM image.history AS h JOIN json_each(h.entries) AS e
                GROUP BY h.instance HAVING min(e.value ->> '$[0]') <> 1
                    OR max(e.value ->> '$[0]') <> count(*)
                """),
        Check(
            claim: "1: the ledger's postings do not sum to zero",
            sql: """
                SELECT sum(l.value ->> 'amount') FROM image.records AS r, json_each(r.body, '$.lines') AS l
                WHERE r.collection = 'ledger.transaction' HAVING sum(l.value ->> 'amount') <> 0
                """),
    ]
}

/// One thing that the world outside relies on.
private struct Acknowledged {
    let position: Int
    let kind: String
    var name: InstanceName?
    var id = ""
    var instance: Int64 = 0
    var number: Int64 = 0

    var insertion: String {
        let texts = [kind, name?.workflow ?? "", name?.key ?? "", id].map {
            "'\($0.replacing("'", with: "''"))'"
        }.joined(separator: ", ")
        return "INSERT INTO acknowledged VALUES (\(position), \(texts), \(instance), \(number))"
    }

    static func rows(
        _ departure: Departure, at position: Int, _ catalog: Catalog
    ) -> [Acknowledged] {
        switch departure {
        case .call(let row):
            [
                Acknowledged(
                    position: position, kind: "call", id: row.key,
                    instance: row.id.instance.rawValue, number: row.id.activation)
            ]
        case .reply(.start(let command), .started(let name, let isNew)):
            [Acknowledged(position: position, kind: "start", name: name)]
                + (isNew && command.actor != .system && !command.actor.isNameless
                    ? [Acknowledged(position: position, kind: "audited", name: name)] : [])
        case .reply(_, .started(let name, _)):
            [Acknowledged(position: position, kind: "start", name: name)]
        case .reply(.event(let command), .receipts(let deliveries)):
            deliveries.flatMap { rows($0, of: command.event, at: position, catalog) }
        case .reply: []
        }
    }

    private static func rows(
        _ delivery: Delivery, of event: InboundEvent, at position: Int, _ catalog: Catalog
    ) -> [Acknowledged] {
        let receipt = delivery.receipt
        if catalog.current(delivery.name.workflow)?.start.event == event.name {
            return [Acknowledged(position: position, kind: "start", name: delivery.name)]
        }
        var rows = [
            Acknowledged(position: position, kind: "receipt", name: delivery.name, id: event.id)
        ]
        let isApplied =
            receipt.outcome == .applied
            || receipt.outcome == .duplicate && receipt.code == "applied"
        if isApplied {
            rows.append(
                Acknowledged(position: position, kind: "event", name: delivery.name, id: event.id))
        }
        return rows
    }
}
