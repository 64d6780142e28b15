import Engine
import Execution
import Guest
import Marketplace
import Sandbox
import Values

/// The invariants of docs/reference/guarantees.md, judged by the client's log, the bank's own lines and the
/// public reads; the engine is never asked whether it was right.
struct Checker {
    let simulation: Simulation
    let store: any Store
    private let inspector: Inspector

    init(simulation: Simulation, store: any Store) {
        self.simulation = simulation
        self.store = store
        inspector = Inspector(store: store, catalog: simulation.catalog, now: simulation.now)
    }

    func violations() throws(StoreError) -> [String] {
        let views = try allViews()
        var result = acknowledgedStarts(views) + acknowledgedEvents(views)
        result += keptEvents(views)
        result += try consistent(views)
        result += views.flatMap(waitsTruly)
        result += try messages() + keys()
        result += try bank(views) + agreement() + unbilled(views)
        result += try hired(views) + pay() + reconciled()
        result += try audited()
        result += simulation.departedLate + simulation.movedWhileHeld
        return result
    }

    /// What must hold at every moment, whatever is under way.
    func inconsistencies() throws(StoreError) -> [String] { try consistent(try allViews()) }

    private func consistent(_ views: [InstanceView]) throws(StoreError) -> [String] {
        var result: [String] = []
        for view in views {
            let history = try store.history(view.run.id, after: 0, count: 100_000)
            result += sequence(history, view) + terminal(history, view) + results(history, view)
            result += timersNotEarly(history, view)
            result += try members(history, view)
            result += stopsWhole(history, view) + heldInOrder(history, view)
        }
        return result + (try timerRows(views) + outbox(views) + ledger())
    }

    private func allViews() throws(StoreError) -> [InstanceView] {
        var views: [InstanceView] = []
        var before: InstanceID?
        while true {
            let page = try? inspector.views(InstanceFilter(), before: before, count: 500)
            guard let page else { throw .corrupt("the list cannot be read") }
            views += page.views
            guard page.hasMore, let last = page.views.last else { return views }
            before = last.run.id
        }
    }

    // MARK: What was acknowledged

    /// 3: every acknowledged start exists.
    private func acknowledgedStarts(_ views: [InstanceView]) -> [String] {
        let names = Set<InstanceName>(views.map(\.run.name))
        return simulation.client.log.compactMap { entry in
            switch (entry.request, entry.reply) {
            case (.start(let command), .started):
                return names.contains(command.name)
                    ? nil : "3: the acknowledged start of \(command.name) is lost"
            case (.event(let command), .receipts(let deliveries)):
                return deliveries.first {
                    $0.receipt.outcome == .applied && !names.contains($0.name)
                }.map { "3: \($0.name) was started by \(command.event.id) and is lost" }
            case (.start, _), (.event, _), (.schedule, _), (.operate, _), (.update, _),
                (.adapter, _), (.workflow, _), (.money, _), (.attachment, _), (.remove, _),
                (.restore, _), (.record, _):
                return nil
            }
        }
    }

    /// 4: every acknowledged event is in the history once.
    private func acknowledgedEvents(_ views: [InstanceView]) -> [String] {
        var result: [String] = []
        for entry in simulation.client.log {
            guard case .event(let command) = entry.request,
                case .receipts(let deliveries) = entry.reply
            else { continue }
            for delivery in deliveries where delivery.receipt.outcome == .applied {
                let view = views.first { $0.run.name == delivery.name }
                guard let view, view.definition.start.event != command.event.name else { continue }
                let history = (try? store.history(view.run.id, after: 0, count: 100_000)) ?? []
                let count = history.filter {
                    $0.kind == "event.applied" && $0.data["id"]?.stringValue == command.event.id
                }.count
                if count != 1 {
                    result.append(
                        "4: \(command.event.id) of \(delivery.name) was applied \(count) times")
                }
            }
        }
        return result
    }

    /// 4: every event whose sender was told that it is kept is kept still, or the history says what became of it.
    private func keptEvents(_ views: [InstanceView]) -> [String] {
        let fates: Set = ["event.applied", "event.ignored", "event.rejected", "event.discarded"]
        return simulation.client.log.flatMap { entry -> [String] in
            guard case .event(let command) = entry.request,
                case .receipts(let deliveries) = entry.reply
            else { return [] }
            let id = command.event.id
            return deliveries.filter { [.kept, .held].contains($0.receipt.outcome) }.compactMap {
                delivery in
                guard let run = views.first(where: { $0.run.name == delivery.name })?.run,
                    !run.kept.contains(where: { $0.event.id == id }), run.pause == nil,
                    run.held.isEmpty
                else { return nil }
                let history = (try? store.history(run.id, after: 0, count: 100_000)) ?? []
                let hasFate = history.contains {
                    fates.contains($0.kind) && $0.data["id"]?.stringValue == id
                }
                return hasFate ? nil : "4: \(id), kept for \(delivery.name), came to nothing"
            }
        }
    }

    // MARK: One instance

    /// 5: 1…n without a gap.
    private func sequence(_ history: [HistoryEntry], _ view: InstanceView) -> [String] {
        let expected = Array(1...Int64(max(history.count, 1)))
        return history.map(\.sequence) == expected
            ? [] : ["5: the history of \(view.run.name) has a gap or a repeat"]
    }

    /// 6: nothing but the settling of calls comes after the end.
    private func terminal(_ history: [HistoryEntry], _ view: InstanceView) -> [String] {
        guard let end = history.firstIndex(where: { $0.kind == "ended" }) else { return [] }
        let allowed = ["call.", "incident.", "child.", "retry.", "compensation."]
        return history[(end + 1)...].filter { entry in
            !allowed.contains { entry.kind.hasPrefix($0) }
        }.map { "6: \(view.run.name) did \($0.kind) after its end" }
    }

    /// 9: one recorded result per activation.
    private func results(_ history: [HistoryEntry], _ view: InstanceView) -> [String] {
        var seen: Set<Int64> = []
        return history.compactMap { entry in
            guard entry.kind == "call.completed", let number = entry.data["activation"]?.intValue,
                !seen.insert(number).inserted
            else { return nil }
            return "9: activation \(number) of \(view.run.name) has two results"
        }
    }

    /// 8: no timer fired early.
    private func timersNotEarly(_ history: [HistoryEntry], _ view: InstanceView) -> [String] {
        history.compactMap { entry in
            guard entry.kind == "timer.fired",
                let due = entry.data["due"]?.stringValue.flatMap(Timestamp.init(rfc3339:)),
                entry.at < due
            else { return nil }
            return "8: a timer of \(view.run.name) due \(due.rfc3339) fired at \(entry.at.rfc3339)"
        }
    }

    /// 13: once faults have ended, everything ends or waits for something outside that is still to come.
    private func waitsTruly(_ view: InstanceView) -> [String] {
        if view.run.status.isTerminal {
            return view.run.activations.isEmpty
                ? [] : ["13: \(view.run.name) has ended and still calls: \(view.why)"]
        }
        let fine: [Blocker.Kind] = [.waitingEvent, .waitingTimer, .waitingPerson]
        return view.blockers.filter { !fine.contains($0.kind) && !isKnownGood($0) }
            .map { "13: \(view.run.name) is stuck: \($0.sentence)" }
    }

    /// Orders for which matching has nobody, on purpose.
    private func isKnownGood(_ blocker: Blocker) -> Bool {
        blocker.evidence["error"]?.stringValue == "no-worker"
    }

    // MARK: Rows

    /// 7: the timer table holds exactly what the runs say.
    private func timerRows(_ views: [InstanceView]) throws(StoreError) -> [String] {
        let rows = Set<TimerRow>(try store.timers(dueBy: .distantFuture, count: 1_000_000))
        let expected = Set<TimerRow>(views.flatMap(\.run.timerRows))
        return rows == expected
            ? []
            : [
                "7: \(rows.subtracting(expected).count) timers too many, "
                    + "\(expected.subtracting(rows).count) missing"
            ]
    }

    /// 13: no message is left undelivered.
    private func messages() throws(StoreError) -> [String] {
        try store.messages(after: nil, count: 10).map { "13: the message \($0.id) was never taken" }
    }

    /// 7: the outbox holds what the runs await.
    private func outbox(_ views: [InstanceView]) throws(StoreError) -> [String] {
        let calls = Set<CallRow>(try store.calls(after: nil, count: 1_000_000))
        let expected = Set<CallRow>(views.flatMap { $0.run.callRows($0.definition) })
        return calls == expected ? [] : ["7: the outbox is not what the runs await"]
    }

    /// 10: all attempts of an activation carry one key, two activations never share one.
    private func keys() -> [String] {
        struct Activation: Hashable {
            let instance: InstanceID
            let number: Int64
        }
        var byActivation: [Activation: String] = [:]
        var byKey: [ExactText: Activation] = [:]
        var result: [String] = []
        for (row, _) in simulation.network.calls {
            let activation = Activation(instance: row.id.instance, number: row.id.activation)
            if let other = byActivation.updateValue(row.key, forKey: activation),
                !sameUTF8(other, row.key)
            {
                result.append("10: two keys for activation \(activation)")
            }
            if byKey.updateValue(activation, forKey: ExactText(row.key)) ?? activation != activation
            {
                result.append("10: two activations share the key \(row.key)")
            }
        }
        return result
    }

    // MARK: Money

    var bankLines: [BankLine] { simulation.network.world.sandbox[Bank.self]?.lines ?? [] }

    /// 2: at most one posted charge per invoice, at the bank.
    private func bank(_ views: [InstanceView]) -> [String] {
        var charged: [ExactText: Int] = [:]
        for line in bankLines where line.kind == .charge && line.status == .posted {
            let invoice = line.key.split(separator: "/").dropLast().joined(separator: "/")
            charged[invoice, default: 0] += 1
        }
        return charged.keys.sorted().filter { charged[$0] != 1 }.map {
            "2: \($0) was charged \(charged[$0] ?? 0) times"
        }
    }

    /// 1: the sum of all postings is zero, in the ledger and at the bank.
    private func ledger() throws(StoreError) -> [String] {
        let total = try transactions().flatMap { LedgerCheck.balance([$0]) }
            .reduce(Int64(0)) { $0 + $1.amount }
        let bankTotal = bankLines.flatMap(\.postings).reduce(Int64(0)) { $0 + $1.amount }
        return (total == 0 ? [] : ["1: the ledger's postings sum to \(total)"])
            + (bankTotal == 0 ? [] : ["1: the bank's postings sum to \(bankTotal)"])
    }

    func transactions() throws(StoreError) -> [RecordEntry] {
        try store.records(
            RecordQuery(collection: Ledger.collection, selection: .all, limit: 1_000_000)
        ).records.map { RecordEntry(id: $0.id, group: $0.group, body: $0.body) }
    }

    /// 14: what the ledger says was paid is what the bank took, and paid.
    private func agreement() throws(StoreError) -> [String] {
        let booked = LedgerCheck.accounts(try transactions())
            .filter { $0.account.hasPrefix("bank:") }.reduce(Int64(0)) { $0 + $1.amount }
        let posted = bankLines.filter { $0.status == .posted }
        let taken = posted.reduce(Int64(0)) { sum, line in
            switch line.kind {
            case .charge: sum + line.amount
            case .payout: sum - line.amount
            default: sum
            }
        }
        return booked == taken
            ? [] : ["14: the ledger books \(booked) at the bank, the bank took \(taken)"]
    }
}
