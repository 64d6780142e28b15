import Execution
import Sabotage
import Values

/// Rows of what is refused to whoever has no right to it: the first of each kind is written at once, and those that follow
/// within a minute are counted, as one row. Whoever tries a million times a minute leaves as many rows as `maximum` and two.
package struct RefusalBudget: Sendable {
    package static let window = Duration.seconds(60)
    /// Kinds that are told apart at one time; what is beyond is counted together.
    package static let maximum = 32

    private struct Kind: Hashable {
        let deed: AuditDeed
        /// nil: of all that are not told apart.
        let words: [ExactText]?
    }

    private struct Count {
        let first: AuditEntry
        var last: Timestamp
        var more: Int64 = 0
    }

    private var counts: [Kind: Count] = [:]

    package init() {}

    /// - Returns: what is to be written now.
    package mutating func take(_ entry: AuditEntry) -> [AuditEntry] {
        guard entry.deed.isCoalesced, !isMutant(.auditRefusalsUncounted) else { return [entry] }
        var rows = due(now: entry.at)
        let words = [
            entry.actor.description, entry.principal ?? "", entry.target?.kind ?? "",
            entry.target?.place ?? "", entry.target?.key ?? "",
        ]
        var kind = Kind(deed: entry.deed, words: words.map { ExactText($0) })
        if counts[kind] == nil, counts.count >= Self.maximum {
            kind = Kind(deed: entry.deed, words: nil)
        }
        guard counts[kind] == nil else {
            counts[kind]?.more += 1
            counts[kind]?.last = entry.at
            return rows
        }
        counts[kind] = Count(first: entry, last: entry.at)
        rows.append(entry)
        return rows
    }

    /// What was counted, of those whose minute is over.
    package mutating func due(now: Timestamp, isLast: Bool = false) -> [AuditEntry] {
        var rows: [AuditEntry] = []
        for (kind, count) in counts where isLast || now - count.first.at >= Self.window {
            counts[kind] = nil
            guard count.more > 0 else { continue }
            let first = count.first
            var row = AuditEntry(
                at: now, first.deed,
                by: kind.words == nil ? Actor(role: "public", subject: "anonymous") : first.actor,
                kind.words == nil ? nil : first.target,
                [
                    "more": .int(count.more), "from": .string(first.at.rfc3339),
                    "to": .string(count.last.rfc3339),
                ])
            if kind.words != nil {
                row.principal = first.principal
                row.proof = first.proof
            }
            rows.append(row)
        }
        return rows.sorted { $0.deed.rawValue < $1.deed.rawValue }
    }
}
