import Engine
import Execution
import Values

/// Fan-outs and the billing that is one.
extension Checker {
    /// 15: the members of a fan-out that has ended are 1…n, each once, and its counts are theirs.
    func members(
        _ history: [HistoryEntry], _ view: InstanceView
    ) throws(StoreError) -> [String] {
        var result: [String] = []
        for entry in history where entry.kind == "members.ended" {
            guard let activation = entry.data["activation"]?.intValue,
                let started = entry.data["started"]?.intValue
            else { continue }
            let rows = try store.members(
                MemberQuery(
                    instance: view.run.id, activation: activation, count: 1_000_000))
            if rows.map(\.number) != Array(1..<(started + 1)) {
                result.append(
                    "15: \(rows.count) members of \(view.run.name) are recorded, not \(started)")
            }
            for status in MemberRow.Status.allCases {
                let count = Int64(rows.count { $0.status == status })
                let told = entry.data[status.rawValue]?.intValue ?? 0
                // One that was tried again ended once more, with other counts.
                guard count != told, entry == lastEnd(of: activation, history) else { continue }
                result.append(
                    "15: \(told) members of \(view.run.name) are told to be \(status), \(count) are"
                )
            }
        }
        return result
    }

    private func lastEnd(of activation: Int64, _ history: [HistoryEntry]) -> HistoryEntry? {
        history.last { $0.kind == "members.ended" && $0.data["activation"] == .int(activation) }
    }

    /// 16: no account is skipped: what was owed before the last cycle's end is on an invoice.
    func unbilled(_ views: [InstanceView]) throws(StoreError) -> [String] {
        let ends = views.filter { $0.run.name.workflow == "client-billing-cycle" }.compactMap {
            $0.run.input["until"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        }
        guard let last = ends.max() else { return ["16: no billing cycle has run"] }
        let lines = try store.records(
            RecordQuery(collection: "billing.line", selection: .all, limit: 1_000_000)
        ).records.filter { line in
            guard line.body["unbilledOf"] != nil else { return false }
            return
                line.body["at"]?.stringValue.flatMap(Timestamp.init(rfc3339:)).map { $0 < last }
                ?? true
        }
        let owed = [ExactText: [RecordRow]](
            grouping: lines, by: { ExactText($0.body["account"]?.stringValue ?? "") }
        ).mapValues {
            lines in
            lines.reduce(Int64(0)) { $0 + ($1.body["amount"]?.intValue ?? 0) }
        }
        return owed.keys.sorted().filter { owed[$0] ?? 0 > 0 }.map {
            "16: \(owed[$0] ?? 0) of \($0) were never billed"
        }
    }
}
