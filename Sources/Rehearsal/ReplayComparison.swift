import Access
import Definition
import Engine
import Execution
import Values

/// Two runs, compared instance by instance: what each came to, how long it was in its states, what it called and what
/// money that moved. Constant memory: both databases are read side by side.
package struct ReplayComparison {
    package struct Finding {
        /// `outcome`, `times`, …; `missing`: only the earlier run has them, `new`: only this one has.
        package let aspect: String
        package fileprivate(set) var count = 0
        /// The first of them: an instance, and what differs.
        package fileprivate(set) var examples: [String] = []
    }

    private static let examples = 3

    /// Instances that both runs have.
    package private(set) var compared = 0
    /// What differs, in the order of aspects.
    package var findings: [Finding] { found.filter { $0.count > 0 } }
    private var found =
        (["missing", "new"] + Footprint.Aspect.allCases.map(\.rawValue) + ["refused"])
        .map { Finding(aspect: $0) }
    private var money: (earlier: [ExactText: Int64], later: [ExactText: Int64]) = ([:], [:])

    /// - Throws: `Problem`, `StoreError`.
    package init(_ earlier: Inspector, _ later: Inspector) throws {
        try Self.each(of: later) { row in
            guard let before = try earlier.store.instance(named: row.name) else {
                return note("new", row.name, "\(row.status.rawValue)")
            }
            compared += 1
            let footprint = try Footprint(row, later)
            let first = try Footprint(before, earlier)
            money.earlier.merge(first.money) { $0 &+ $1 }
            money.later.merge(footprint.money) { $0 &+ $1 }
            for (aspect, text) in footprint.differences(from: first) {
                note(aspect.rawValue, row.name, text)
            }
        }
        try Self.each(of: earlier) { row in
            guard try later.store.instance(named: row.name) == nil else { return }
            note("missing", row.name, "\(row.status.rawValue)")
        }
        try compareRefusals(earlier.store, later.store)
    }

    /// Oldest first.
    private static func each(
        of inspector: Inspector, _ body: (InstanceWrite) throws -> Void
    ) throws {
        let last = try inspector.store.lastInstanceID().rawValue
        guard last > 0 else { return }
        for number in 1...last {
            if let row = try inspector.store.instance(InstanceID(number)) { try body(row) }
        }
    }

    private mutating func compareRefusals(_ earlier: any Store, _ later: any Store) throws {
        guard let before = try Replay.refusals(in: earlier),
            let after = try Replay.refusals(in: later)
        else { return }
        let text = Footprint.changes(before, after, none: 0) { String($0) }
        if !text.isEmpty { note("refused", nil, text) }
    }

    private mutating func note(_ aspect: String, _ name: InstanceName?, _ text: String) {
        guard let index = found.firstIndex(where: { sameUTF8($0.aspect, aspect) }) else { return }
        found[index].count += 1
        guard found[index].examples.count < Self.examples else { return }
        found[index].examples.append(
            ([name?.description, text].compactMap(\.self).joined(separator: ": ")).printable)
    }

    // MARK: For people

    /// One line an aspect, its first examples below.
    package func text(against folder: String) -> String {
        let head = "Against \(folder): \(compared) instances are in both runs"
        guard !findings.isEmpty else { return head + ", and nothing differs." }
        var lines = [head + "."]
        for finding in findings {
            lines.append(Self.label(finding.aspect) + Self.sentence(finding))
            lines += finding.examples.map { Self.label("") + $0 }
        }
        let sums = Footprint.changes(money.earlier, money.later, none: 0) { String($0) }
        if !sums.isEmpty { lines.append(Self.label("in all") + sums) }
        return lines.joined(separator: "\n")
    }

    private static func label(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 11 - text.count))
    }

    private static func sentence(_ finding: Finding) -> String {
        switch finding.aspect {
        case "missing": "\(finding.count) are in the earlier run only"
        case "new": "\(finding.count) are in this run only"
        case "refused": "other events were refused"
        default:
            finding.count == 1 ? "1 instance differs" : "\(finding.count) instances differ"
        }
    }
}
