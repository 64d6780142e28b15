import Definition
import Execution
import Values

/// How much money waits, and how much of it cannot be called back.
package struct MoneyStanding: Sendable, Hashable {
    /// Was not sent.
    package var held = MoneyTally()
    /// Left before, and is settled by its answer or by asking.
    package var inFlight = MoneyTally()
    /// There is more than was looked at.
    package var isLeast = false

    package init() {}

    package var document: ValueMap {
        [
            "held": held.document, "inFlight": inFlight.document,
            "isLeast": .bool(isLeast),
        ]
    }
}

extension Inspector {
    /// The holds that stand.
    package func moneyHolds() throws(Problem) -> MoneyHolds {
        do { return try MoneyHolds(store) } catch { throw .store(error) }
    }

    /// Newest first, those that were released too.
    package func allMoneyHolds() throws(Problem) -> [MoneyHold] {
        let query = RecordQuery(collection: MoneyHold.collection, selection: .all)
        do {
            return try store.records(query).records.map { MoneyHold(of: $0) }
                .sorted { $0.number > $1.number }
        } catch {
            throw .store(error)
        }
    }

    package func moneyHold(_ number: Int64) throws(Problem) -> MoneyHold {
        let query = RecordQuery(
            collection: MoneyHold.collection, selection: .id(MoneyHold.id(number)), limit: 1)
        do throws(StoreError) {
            if let row = try store.records(query).records.first { return MoneyHold(of: row) }
        } catch {
            throw .store(error)
        }
        throw .unknownHold(number, try moneyHolds())
    }

    /// What would leave were that hold released, and what others would hold all the same.
    package func preview(
        releaseOf number: Int64
    ) throws(Problem) -> (leaves: MoneyTally, staysHeld: MoneyTally, isLeast: Bool) {
        let hold = try moneyHold(number)
        var others = try moneyHolds()
        others.release(number)
        let free = try moneyStanding { adapter, operation, input in
            hold.scope.covers(adapter, operation, input)
                && others.hold(of: adapter, operation, input) == nil
        }
        let rest = try moneyStanding { adapter, operation, input in
            hold.scope.covers(adapter, operation, input)
                && others.hold(of: adapter, operation, input) != nil
        }
        return (free.held, rest.held, free.isLeast)
    }

    /// Calls that are counted at most.
    private static let mostCounted = 250_000
    private static let page = 1_000

    /// Of calls that move money: those in the outbox, and those that wait for their next attempt.
    package func moneyStanding(
        where isMeant: (_ adapter: String, OperationManifest, _ input: Value) -> Bool
    ) throws(Problem) -> MoneyStanding {
        var standing = MoneyStanding()
        func count(_ adapter: String, _ name: String, _ input: Value, isInFlight: Bool) {
            guard let operation = catalog.operation(adapter, name), let money = operation.money,
                isMeant(adapter, operation, input)
            else { return }
            let amount = money.amount(of: input)
            if isInFlight {
                standing.inFlight.add(amount)
            } else {
                standing.held.add(amount)
            }
        }
        do throws(StoreError) {
            var cursor: CallID?
            var seen = 0
            while true {
                let rows = try store.calls(after: cursor, count: Self.page)
                let movers = rows.filter {
                    catalog.operation($0.adapter, $0.operation)?.money != nil
                }
                let open = movers.filter { !$0.isHeld }.map(\.id)
                let known = open.isEmpty ? [] : conditions(open)
                let underWay = known.reduce(into: Set<CallID>()) { $0.formUnion($1.underWay) }
                for row in movers {
                    // Without the process that sends it nobody knows whether it has left.
                    let hasLeft =
                        !row.isHeld
                        && (row.purpose == .ask || known.isEmpty || underWay.contains(row.id))
                    count(row.adapter, row.operation, row.input, isInFlight: hasLeft)
                }
                seen += rows.count
                guard rows.count == Self.page, let last = rows.last else { break }
                guard seen < Self.mostCounted else {
                    standing.isLeast = true
                    break
                }
                cursor = last.id
            }
            try forEachBackingOff { count($0.adapter, $0.operation, $1, isInFlight: false) }
        } catch {
            throw .store(error)
        }
        return standing
    }

    /// Attempts that failed and wait for the next one stand in no outbox.
    private func forEachBackingOff(
        _ body: (Execution.Work.Call, _ input: Value) -> Void
    ) throws(StoreError) {
        var before: InstanceID?
        for _ in 0..<(Self.mostCounted / Self.page) {
            let query = InstanceQuery(
                terms: [.health(.failing)], now: now, before: before, count: Self.page,
                countedUpTo: 0)
            let rows = try store.list(query).instances
            for row in rows {
                guard let definition = catalog.definition(row.name.workflow, version: row.version),
                    let run = try? Run(decoding: row, definition: definition)
                else { continue }
                for activation in run.activations {
                    guard let call = activation.call, case .backingOff = call.phase else {
                        continue
                    }
                    body(call, activation.input)
                }
            }
            guard rows.count == Self.page, let last = rows.last else { return }
            before = last.id
        }
    }
}
