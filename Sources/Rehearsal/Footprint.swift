import Definition
import Engine
import Execution
import Sabotage
import Values

/// What an instance came to, as far as two runs are compared by it.
package struct Footprint: Sendable, Hashable {
    /// What is compared of an instance.
    package enum Aspect: String, Sendable, CaseIterable {
        case outcome, times, calls, money
    }

    private static let page = 1_000

    /// `completed in paid`
    package let outcome: String
    /// How long it was in each state, by id; of those that it is in still, up to the end of the run.
    package let times: [ExactText: Duration]
    /// How many calls it made, by `adapter.operation`.
    package let calls: [ExactText: Int]
    /// What its completed calls moved, by `out EUR`, in minor units.
    package let money: [ExactText: Int64]

    /// - Parameter row: of the store that the inspector reads.
    package init(_ row: InstanceWrite, _ inspector: Inspector) throws(Problem) {
        var reading = Reading(catalog: inspector.catalog)
        var last: Int64 = 0
        while true {
            let entries = try inspector.history(row.id, after: last, count: Self.page)
            for entry in entries { reading.take(entry) }
            guard entries.count == Self.page, let end = entries.last else { break }
            last = end.sequence
        }
        reading.end(at: row.summary.endedAt ?? inspector.now)
        outcome =
            "\(row.status.rawValue) in \(row.summary.states.joined(separator: ", "))"
        times = reading.times
        calls = reading.calls
        money = reading.money
    }

    /// What differs, as `lit: 2 → 3`, aspect by aspect.
    package func differences(from earlier: Footprint) -> [(aspect: Aspect, text: String)] {
        let times = Self.changes(
            earlier.times, times, none: .zero, { $0.shortText }, exact: { $0.celString })
        let calls = Self.changes(earlier.calls, calls, none: 0) { String($0) }
        let money = Self.changes(earlier.money, money, none: 0) { String($0) }
        var found: [(aspect: Aspect, text: String)] = [
            (.outcome, sameUTF8(outcome, earlier.outcome) ? "" : "\(earlier.outcome) → \(outcome)"),
            (.times, times), (.calls, calls),
        ]
        if !isMutant(.moneyNotCompared) { found.append((.money, money)) }
        return found.filter { !$0.text.isEmpty }
    }

    /// - Parameters:
    ///   - none: what a name that is missing counts for.
    ///   - exact: how two amounts are written that are not the same, and read the same.
    package static func changes<Amount: Equatable>(
        _ earlier: [ExactText: Amount], _ later: [ExactText: Amount], none: Amount,
        _ text: @escaping (Amount) -> String, exact: ((Amount) -> String)? = nil
    ) -> String {
        Set<ExactText>(earlier.keys).union(later.keys).sorted().compactMap { name -> String? in
            let (before, after) = (earlier[name] ?? none, later[name] ?? none)
            guard before != after else { return nil }
            var amounts = (text(before), text(after))
            if let exact, sameUTF8(amounts.0, amounts.1) {
                amounts = (exact(before), exact(after))
            }
            return "\(name): \(amounts.0) → \(amounts.1)"
        }.joined(separator: ", ")
    }
}

/// The rows of a history, added up.
private struct Reading {
    let catalog: Catalog
    var times: [ExactText: Duration] = [:]
    var calls: [ExactText: Int] = [:]
    var money: [ExactText: Int64] = [:]
    private var entered: [ExactText: Timestamp] = [:]
    /// What calls under way would move, by activation.
    private var moving: [Int64: (name: ExactText, amount: Int64)] = [:]

    init(catalog: Catalog) { self.catalog = catalog }

    mutating func take(_ entry: HistoryEntry) {
        switch HistoryKind(rawValue: entry.kind) {
        case .transition, .moved:
            for state in Self.names(entry.data["exited"]) { leave(state, at: entry.at) }
            for state in Self.names(entry.data["entered"]) { entered[state] = entry.at }
        case .callStarted: start(entry.data)
        case .callCompleted, .incidentCompleted:
            guard let activation = entry.data["activation"]?.intValue,
                let moved = moving.removeValue(forKey: activation)
            else { return }
            money[moved.name, default: 0] &+= moved.amount
        default: return
        }
    }

    /// A final state is entered at that moment.
    mutating func end(at moment: Timestamp) {
        for state in entered.keys.sorted() { leave(state, at: moment) }
    }

    private static func names(_ value: Value?) -> [ExactText] {
        (value?.listValue ?? []).compactMap { $0.stringValue.map { ExactText($0) } }
    }

    private mutating func leave(_ state: ExactText, at moment: Timestamp) {
        guard let since = entered.removeValue(forKey: state) else { return }
        times[state, default: .zero] += moment - since
    }

    private mutating func start(_ data: Value) {
        guard let task = data["task"]?.stringValue, let dot = task.firstIndex(of: ".") else {
            return
        }
        calls[ExactText(task), default: 0] += 1
        let (adapter, operation) = (task[..<dot], task[task.index(after: dot)...])
        guard let activation = data["activation"]?.intValue,
            let flow = catalog.operation(String(adapter), String(operation))?.money,
            let amount = flow.amount(of: data["input"] ?? .null)
        else { return }
        moving[activation] = (
            ExactText("\(flow.direction.rawValue) \(amount.currency)"), amount.minor
        )
    }
}
