import Engine
import Execution
import Guest
import Values

/// What a replay came to, for people.
package struct ReplaySummary {
    package let text: String

    /// - Parameters:
    ///   - lines: what the business says, behind its first one what the engine knows.
    ///   - workflows: of which it is said how many instances there are, and how they ended.
    ///   - firstRefused: of what was refused, how many are named one by one.
    package init(
        replay: Replay, lines: [RehearsalLine], inspector: Inspector, workflows: [String],
        firstRefused: Int, took: Duration
    ) throws {
        let stuck = try inspector.list(InstanceFilter(parsing: "health:stuck"), count: 1)
        let blocked = try inspector.list(InstanceFilter(parsing: "health:blocked"), count: 1)
        var own = try Self.instances(inspector, workflows: workflows)
        own.append(
            RehearsalLine(
                "stuck",
                "\(stuck.total) instances wait longer than expected; "
                    + "\(blocked.total) need a person"))
        own.append(RehearsalLine("events", Self.counts(replay.receipts)))
        own += Self.refused(replay, namedFirst: firstRefused) + Self.late(replay)
        own.append(RehearsalLine("calls", Self.counts(replay.callCounts)))
        own.append(RehearsalLine("mails", "\(replay.sandbox.mails.received) received"))
        let head =
            "Replayed \(Self.events(replay)) up to \(replay.now.rfc3339) in \(took.shortText) "
            + "(\(replay.flushes) transactions)."
        let body = (lines.prefix(1) + own + lines.dropFirst()).map {
            $0.label.padding(10) + " " + $0.text
        }
        text = ([head, ""] + body).joined(separator: "\n")
    }

    private static func instances(
        _ inspector: Inspector, workflows: [String]
    ) throws -> [RehearsalLine] {
        var lines: [RehearsalLine] = []
        for workflow in workflows {
            var counts: [String] = []
            for status in Run.Status.allCases {
                let filter = InstanceFilter(terms: [.workflow(workflow), .status(status)])
                let total = try inspector.list(filter, count: 1).total
                if total > 0 { counts.append("\(total) \(status.rawValue)") }
            }
            guard !counts.isEmpty else { continue }
            lines.append(
                RehearsalLine(
                    lines.isEmpty ? "instances" : "",
                    "\(workflow): \(counts.joined(separator: ", "))"))
        }
        return lines
    }

    /// By code, then the first ones.
    private static func refused(_ replay: Replay, namedFirst count: Int) -> [RehearsalLine] {
        guard !replay.rejections.isEmpty else { return [] }
        let named = replay.rejections.prefix(count).map { RehearsalLine("", $0.text) }
        let more = replay.rejections.count - named.count
        return [RehearsalLine("refused", counts(replay.refusals))] + named
            + (count > 0 && more > 0
                ? [RehearsalLine("", "and \(more) more: --rejects FILE names them all")] : [])
    }

    private static func late(_ replay: Replay) -> [RehearsalLine] {
        let late = replay.rejections.filter(\.isAfterEnd)
        guard !late.isEmpty else { return [] }
        let instances = Set<InstanceName>(late.compactMap(\.instance)).count
        return [
            RehearsalLine(
                "late",
                "\(late.count) came after the end of \(instances) "
                    + (instances == 1
                        ? "instance; its history tells" : "instances; their histories tell"))
        ]
    }

    private static func events(_ replay: Replay) -> String {
        let total = replay.stream.entries.count
        return replay.replayed == total
            ? "\(total) events" : "\(replay.replayed) of \(total) events"
    }

    private static func counts(_ counts: [ExactText: Int]) -> String {
        counts.keys.sorted().map { "\(counts[$0] ?? 0) \($0)" }.joined(separator: ", ")
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
