import Definition
import Execution
import Values

extension Inspector {
    /// Which members are asked for. Those under way are `running`, the others have a `MemberRow.Status`.
    package enum MemberStatus: Sendable, Hashable {
        case running
        case done(MemberRow.Status)

        package init?(_ text: String) {
            if text == "running" {
                self = .running
            } else if let status = MemberRow.Status(rawValue: text) {
                self = .done(status)
            } else {
                return nil
            }
        }

        package static let names = ["running"] + MemberRow.Status.allCases.map(\.rawValue)
    }

    /// A page of the members of a fan-out, in their order: `{name, activation, counts, members, hasMore}`.
    /// - Parameters:
    ///   - activation: the fan-out's, as `members.started` names it; nil: the latest one.
    ///   - number: only those after this one.
    package func members(
        _ name: InstanceName, activation: Int64? = nil, status: MemberStatus? = nil,
        after number: Int64 = 0, count: Int
    ) throws(Problem) -> Value {
        let run = try view(name).run
        let fanOut = if let activation { activation } else { try latestFanOut(of: run) }
        let running = run.activations.filter {
            $0.membership?.fanOut == fanOut && !$0.isAbandoned
        }
        var found: [(number: Int64, document: Value)] = []
        if status == nil || status == .running {
            found += running.compactMap { $0.memberDocument }.filter { $0.number > number }
        }
        if status != .running {
            let query = MemberQuery(
                instance: run.id, activation: fanOut, status: status?.row, after: number,
                count: count + 1)
            let rows: [MemberRow]
            do throws(StoreError) { rows = try store.members(query) } catch { throw .store(error) }
            for row in rows { found.append((row.number, try document(row))) }
        }
        found.sort { $0.number < $1.number }
        return [
            "name": .string(name.description), "activation": .int(fanOut),
            "counts": .map(try counts(of: fanOut, in: run, running: running.count)),
            "members": .list(found.prefix(count).map(\.document)),
            "hasMore": .bool(found.count > count),
        ]
    }

    /// Of one that is under way as the instance counts them, `waiting` those that were read and not started; of one that
    /// is over, as its rows tell.
    private func counts(
        of fanOut: Int64, in run: Run, running: Int
    ) throws(Problem) -> ValueMap {
        let under: ValueMap = ["running": .int(Int64(running))]
        if let active = run.activations.first(where: { $0.number == fanOut })?.fanOut {
            let waiting = active.items.count + active.again.count
            return active.counts.merging(under).merging(["waiting": .int(Int64(waiting))])
        }
        let done: [MemberRow.Status: Int64]
        do throws(StoreError) {
            done = try store.memberCounts(of: run.id, activation: fanOut)
        } catch {
            throw .store(error)
        }
        var counts = under.merging(["waiting": 0])
        var started = Int64(running)
        for status in MemberRow.Status.allCases {
            let count = done[status] ?? 0
            counts[Value.string(status.rawValue)] = .int(count)
            started += count
        }
        counts["started"] = .int(started)
        return counts
    }

    /// With the instance that it was, where there is one of that name.
    private func document(_ row: MemberRow) throws(Problem) -> Value {
        guard let name = InstanceName(ofMember: row.key) else { return row.document }
        let child: InstanceWrite?
        do throws(StoreError) { child = try store.instance(named: name) } catch {
            throw .store(error)
        }
        guard child != nil, case .map(var map) = row.document else { return row.document }
        map["instance"] = .string(row.key)
        return .map(map)
    }

    private func latestFanOut(of run: Run) throws(Problem) -> Int64 {
        if let active = run.activations.last(where: { $0.fanOut != nil }) { return active.number }
        let last: Int64?
        do throws(StoreError) { last = try store.lastFanOut(of: run.id) } catch {
            throw .store(error)
        }
        guard let last else {
            throw Problem(
                .notFound, "\(run.name) has no members",
                fix:
                    "only an invoke with `forEach` has; `pawl history \(run.name.pasted)` shows what it did"
            )
        }
        return last
    }
}

extension Inspector.MemberStatus {
    fileprivate var row: MemberRow.Status? {
        if case .done(let status) = self { status } else { nil }
    }
}

extension MemberRow {
    /// The API's resource `member`.
    package var document: Value {
        var map: ValueMap = [
            "number": .int(number), "status": .string(status.rawValue), "key": .string(key),
        ]
        if !output.isNull { map["output"] = output }
        map.set("error", error.map { ["name": .string($0.name), "message": .string($0.message)] })
        return .map(map)
    }
}

extension Activation {
    fileprivate var memberDocument: (number: Int64, document: Value)? {
        guard let membership else { return nil }
        var map: ValueMap = [
            "number": .int(membership.number), "status": "running", "key": .string(memberKey),
            "since": .string(startedAt.rfc3339),
        ]
        map.set("instance", child.map { .string($0.description) })
        map.set(
            "error", lastError.map { ["name": .string($0.name), "message": .string($0.message)] })
        return (membership.number, .map(map))
    }
}

extension InstanceName {
    /// A workflow's name has no slash; a key may. What is a call's key may look like one too.
    fileprivate init?(ofMember key: String) {
        guard let slash = key.firstIndex(of: "/") else { return nil }
        self.init(workflow: String(key[..<slash]), key: String(key[key.index(after: slash)...]))
    }
}
