import Execution
import Values

extension StoreSuite {
    static func call(_ id: CallID, timeout: Duration? = .milliseconds(1500)) -> CallRow {
        CallRow(
            id: id, purpose: id.dispatch > 1 ? .ask : .perform, adapter: "bank",
            operation: "charge", input: ["amount": 12.5, "to": ["a", nil, true]],
            key: "pawl:1:1", attempt: 3, timeout: timeout, firstSentAt: instant(4))
    }

    static func incident(
        _ instance: Int64, _ number: Int64, _ openedAt: Int64, message: String? = nil
    ) -> IncidentRow {
        let error = message.map { CallError(name: "gone", message: $0, isRetryable: false) }
        return IncidentRow(
            instance: InstanceID(instance),
            incident: Incident(
                number: number, kind: .callExhausted, activation: number == 1 ? 4 : nil,
                task: "bank.charge", error: error ?? callError, openedAt: instant(openedAt)))
    }

    static let rowCases: [StoreCase] =
        historyCases + timerCases + outboxCases + eventCases
        + memberCases + taskCases

    private static let historyCases: [StoreCase] = [
        StoreCase("history is read in order, from behind a sequence, in pages") { store in
            let data: Value = [
                "s": "é\u{301}", "n": 1, "d": 1.0, "l": [nil, false], "z": ["a": [:]],
            ]
            try store.commit([
                commit(instance(1)) { $0.history = (1...4).map { entry(1, $0, data) } },
                commit(instance(2)) { $0.history = [entry(2, 1)] },
                commit(instance(1, revision: 2)) { $0.history = (5...6).map { entry(1, $0) } },
            ])
            let all = try store.history(InstanceID(1), after: 0, count: 100)
            try expectEqual(all.map(\.sequence), [1, 2, 3, 4, 5, 6], "sequences")
            try expectEqual(all.first, entry(1, 1, data), "the first entry")
            let page = try store.history(InstanceID(1), after: 2, count: 2)
            try expectEqual(page.map(\.sequence), [3, 4], "a page")
            try expectEqual(try store.history(InstanceID(3), after: 0, count: 9), [], "no instance")
        },
        StoreCase("what became durable is read in that order, from behind a position") { store in
            try expectEqual(try store.lastJournalRow(), nil, "an empty store")
            try store.commit([
                commit(instance(1)) { $0.history = [entry(1, 1), entry(1, 2)] },
                commit(instance(2)) { $0.history = [entry(2, 1)] },
            ])
            var own = Commit()
            own.history = [entry(0, 1)]
            try store.commit([own, commit(instance(1, revision: 2)) { $0.history = [entry(1, 3)] }])
            let all = try store.journal(after: 0, count: 100)
            try expectEqual(
                all.map { $0.entries.map(\.sequence) }, [[1, 2], [1], [1], [3]], "entries")
            try expectEqual(
                all.map(\.name),
                [instance(1).name, instance(2).name, nil, instance(1).name], "whose they are")
            let positions = all.map(\.position)
            try expect(zip(positions, positions.dropFirst()).allSatisfy(<), "positions grow")
            try expectEqual(try store.lastJournalRow(), all.last, "the last")
            try expectEqual(
                try store.journal(after: positions[0], count: 2), Array(all[1...2]), "a page")
            let again = commit(instance(2, revision: 2)) { $0.history = [entry(2, 1)] }
            try expectConflict(store, [again], "sequence 1 again")
            try expectEqual(try store.journal(after: 0, count: 100), all, "after a conflict")
            try store.commit([commit(instance(3)) { $0.history = [entry(3, 1)] }])
            let next = try store.journal(after: positions[3], count: 9)
            try expectEqual(next.map { $0.name }, [instance(3).name], "what came next")
            try expectEqual(try store.lastSequence(of: InstanceID(1)), 3, "the last number")
            try expectEqual(try store.lastSequence(of: InstanceID(9)), 0, "of nobody")
        },
        StoreCase("a sequence number is written once") { store in
            try store.commit([commit(instance(1)) { $0.history = [entry(1, 1)] }])
            let again = commit(instance(1, revision: 2)) { $0.history = [entry(1, 1)] }
            try expectConflict(store, [again], "sequence 1 again")
        },
        StoreCase("a commit's entries are refused when one of them was written") { store in
            try store.commit([
                commit(instance(1)) { $0.history = (1...3).map { entry(1, $0) } }
            ])
            let overlapping = commit(instance(1, revision: 2)) {
                $0.history = (3...4).map { entry(1, $0) }
            }
            try expectConflict(store, [overlapping], "sequence 3 again")
            let rest = try store.history(InstanceID(1), after: 1, count: 9)
            try expectEqual(rest.map(\.sequence), [2, 3], "from within a commit")
        },
    ]

    private static let timerCases: [StoreCase] = [
        StoreCase("timers come in order of due time, instance and timer") { store in
            let rows = [
                timer(2, .chart(0), 10), timer(1, .activation(3), 10), timer(1, .chart(12), 10),
                timer(1, .chart(2), 10), timer(3, .kept(1), 5), timer(3, .chart(0), 20),
            ]
            try store.commit([commit(instance(1)) { $0.timersSet = rows }])
            try expectEqual(
                try store.timers(dueBy: instant(10), count: 100),
                [rows[4], rows[3], rows[2], rows[1], rows[0]], "due by 10")
            try expectEqual(
                try store.timers(dueBy: instant(99), count: 2), [rows[4], rows[3]], "the first two")
            try expectEqual(try store.timers(dueBy: instant(4), count: 9), [], "due by 4")
        },
        StoreCase("a timer between two milliseconds is due at the later one") { store in
            let due = Timestamp(seconds: 1_700_000_000, nanoseconds: 5_000_001)
            let row = TimerRow(instance: InstanceID(1), id: .kept(1), due: due)
            try store.commit([commit(instance(1)) { $0.timersSet = [row] }])
            let rounded = Timestamp(seconds: 1_700_000_000, nanoseconds: 6_000_000)
            try expectEqual(try store.timers(dueBy: due, count: 9), [], "before")
            try expectEqual(try store.timers(dueBy: rounded, count: 9).map(\.due), [rounded], "due")
        },
        StoreCase("the next timer is the first behind a moment") { store in
            let rows = [timer(1, .chart(0), 5), timer(1, .chart(1), 9)]
            try store.commit([commit(instance(1)) { $0.timersSet = rows }])
            try expectEqual(try store.nextTimer(after: nil), instant(5), "of all")
            try expectEqual(try store.nextTimer(after: instant(4)), instant(5), "after 4")
            try expectEqual(try store.nextTimer(after: instant(5)), instant(9), "after 5")
            try expect(try store.nextTimer(after: instant(9)) == nil, "after 9: none expected")
        },
        StoreCase("a timer is cleared, moved, and set again by the step that clears it") { store in
            let first = timer(1, .chart(0), 5)
            try store.commit([commit(instance(1)) { $0.timersSet = [first] }])
            let moved = timer(1, .chart(0), 8)
            try store.commit([
                commit(instance(1, revision: 2)) {
                    $0.timersCleared = [first]
                    $0.timersSet = [moved]
                }
            ])
            try expectEqual(try store.timers(dueBy: instant(99), count: 9), [moved], "moved")
            let later = timer(1, .chart(0), 11)
            try store.commit([commit(instance(1, revision: 3)) { $0.timersSet = [later] }])
            try expectEqual(try store.timers(dueBy: instant(99), count: 9), [later], "set over")
            try store.commit([
                commit(instance(1, revision: 4)) { $0.timersCleared = [later, first] }
            ])
            try expectEqual(try store.timers(dueBy: instant(99), count: 9), [], "cleared")
            try expect(try store.nextTimer(after: nil) == nil, "a timer is left")
        },
    ]

    private static let outboxCases: [StoreCase] = [
        StoreCase("calls wait in the outbox until they are cleared") { store in
            let rows = [(1, 1, 1), (1, 2, 1), (1, 2, 2), (2, 1, 1)].map { ids in
                CallID(instance: InstanceID(ids.0), activation: ids.1, dispatch: ids.2)
            }
            .map { call($0, timeout: $0.activation == 2 ? nil : .milliseconds(1500)) }
            try store.commit([commit(instance(1)) { $0.callsSet = rows.reversed() }])
            try expectEqual(try store.calls(after: nil, count: 100), rows, "all")
            try expectEqual(
                try store.calls(after: rows[0].id, count: 2), Array(rows[1...2]), "a page")
            try store.commit([
                commit(instance(1, revision: 2)) { $0.callsCleared = [rows[1].id] }
            ])
            try expectEqual(
                try store.calls(after: rows[1].id, count: 9), Array(rows[2...]), "behind a gap")
        },
        StoreCase("messages of every kind wait until a commit consumes them") { store in
            let name = InstanceName(workflow: "child", key: "1/2")
            let parent = ParentLink(instance: InstanceID(1), activation: 3)
            let bodies: [Message.Body] = [
                .event(name, event("e1"), isStart: true),
                .startChild(name, input: ["a": 1], parent: parent),
                .cancelChild(name, reason: "left"),
                .childEnded(parent, status: .failed, output: nil),
                .childRefused(parent, error: callError),
            ]
            let rows = bodies.enumerated().map {
                Message(
                    id: MessageID(source: InstanceID(1), number: Int64($0.offset + 1)),
                    body: $0.element)
            }
            try store.commit([commit(instance(1)) { $0.messagesSent = rows }])
            try expectEqual(try store.messages(after: nil, count: 100), rows, "all")
            try expectEqual(
                try store.messages(after: rows[1].id, count: 2), Array(rows[2...3]), "a page")
            let taking = commit(instance(2)) { $0.messageConsumed = rows[0].id }
            try store.commit([taking])
            try expectEqual(
                try store.messages(after: nil, count: 9), Array(rows[1...]), "after one was taken")
            let again = commit(instance(3)) { $0.messageConsumed = rows[0].id }
            try expectConflict(store, [again], "taken twice")
        },
        StoreCase("open incidents are listed, oldest first, until they are closed") { store in
            let rows = [incident(1, 1, 30), incident(2, 1, 10), incident(1, 2, 20)]
            try store.commit([commit(instance(1)) { $0.incidentsOpened = rows }])
            try expectEqual(
                try store.incidents(cause: nil, after: 0, count: 9), [rows[1], rows[2], rows[0]],
                "all")
            try expectEqual(
                try store.incidents(cause: nil, after: 1, count: 1), [rows[2]], "a page")
            try store.commit([
                commit(instance(1, revision: 2)) { $0.incidentsClosed = [rows[2]] }
            ])
            try expectEqual(
                try store.incidents(cause: nil, after: 0, count: 9), [rows[1], rows[0]],
                "after closing")
        },
        StoreCase("open incidents are counted by cause") { store in
            let others = (1...3).map {
                incident(2, Int64($0), Int64($0), message: "no account a-\($0) (\($0) times)")
            }
            let rows = [incident(1, 1, 30), incident(1, 2, 20), incident(1, 3, 40)] + others
            try store.commit([commit(instance(1)) { $0.incidentsOpened = rows }])
            try store.commit([
                commit(instance(1, revision: 2)) { $0.incidentsClosed = [rows[2], rows[4]] }
            ])
            let cause = rows[0].incident.cause
            let groups = try store.incidentGroups(count: 9)
            try expectEqual(groups.map(\.count), [2, 1, 1], "counts")
            try expectEqual(
                groups.first,
                IncidentGroup(cause: cause, count: 2, first: instant(20), last: instant(30)),
                "the most frequent")
            try expectEqual(try store.incidentGroups(count: 1).count, 1, "cut off")
            try expectEqual(
                try store.incidents(cause: cause, after: 0, count: 9), [rows[1], rows[0]],
                "those of one cause")
            try expectEqual(
                try store.incidents(cause: cause, after: 1, count: 9), [rows[0]], "a page of them")
        },
        StoreCase("what runs, is blocked and is overdue is counted by workflow") { store in
            try store.commit([
                commit(instance(1, overdueAt: instant(50))),
                commit(instance(2, overdueAt: instant(70))),
                commit(instance(3, overdueAt: instant(50), incidents: 1)) {
                    $0.incidentsOpened = [incident(3, 1, 30)]
                },
                commit(instance(4, status: .completed)),
                commit(instance(5, workflow: "hiring", status: .failed, incidents: 2)) {
                    $0.incidentsOpened = [incident(5, 1, 40), incident(5, 2, 41)]
                },
                commit(instance(6, workflow: "done", status: .completed)),
            ])
            let tally = try store.tally(now: instant(60))
            try expectEqual(
                tally.counts,
                [
                    "order": .init(running: 3, blocked: 1, overdue: 1),
                    "hiring": .init(blocked: 1),
                ], "by workflow")
            let cause = incident(1, 1, 1).incident.cause
            try expectEqual(
                tally.incidents,
                [
                    .init(workflow: "hiring", cause: cause, count: 2),
                    .init(workflow: "order", cause: cause, count: 1),
                ], "incidents by workflow and cause")
            try expectEqual(
                try store.incidentWorkflows(cause: cause), ["hiring", "order"], "those of a cause")
            try expectEqual(try store.incidentWorkflows(cause: "x"), [], "of none")
        },
    ]

    private static func member(
        _ number: Int64, _ status: MemberRow.Status, of activation: Int64 = 3
    ) -> MemberRow {
        MemberRow(
            instance: InstanceID(1), activation: activation, number: number, status: status,
            key: "w/k-\(number)", output: status == .completed ? ["n": 1.5] : .null,
            error: status == .failed ? callError : nil)
    }

    private static let memberCases: [StoreCase] = [
        StoreCase("members of a fan-out are read in their order, by status and in pages") { store in
            let statuses: [MemberRow.Status] = [
                .completed, .failed, .completed, .cancelled, .failed,
            ]
            let rows = statuses.enumerated().map { member(Int64($0.offset + 1), $0.element) }
            let other = member(1, .failed, of: 4)
            try store.commit([commit(instance(1)) { $0.members = [rows[4], rows[1], other] }])
            let rest = [rows[0], rows[3], rows[2]]
            try store.commit([commit(instance(1, revision: 2)) { $0.members = rest }])
            func members(
                _ status: MemberRow.Status? = nil, after: Int64 = 0, count: Int = 9
            ) throws(StoreError) -> [MemberRow] {
                try store.members(
                    MemberQuery(
                        instance: InstanceID(1), activation: 3, status: status, after: after,
                        count: count))
            }
            try expectEqual(try members(), rows, "all")
            try expectEqual(try store.lastFanOut(of: InstanceID(1)), 4, "the latest")
            try expectEqual(try store.lastFanOut(of: InstanceID(2)), nil, "of another")
            try expectEqual(
                try store.memberCounts(of: InstanceID(1), activation: 3),
                [.completed: 2, .failed: 2, .cancelled: 1], "counted by how they ended")
            try expectEqual(
                try store.memberCounts(of: InstanceID(2), activation: 3), [:], "there are none")
            try expectEqual(try members(after: 1, count: 2), Array(rows[1...2]), "a page")
            try expectEqual(try members(.completed), [rows[0], rows[2]], "completed")
            try expectEqual(try members(.failed, after: 2), [rows[4]], "failed, from behind one")
            try expectEqual(try members(.cancelled), [rows[3]], "cancelled")
            let again = member(2, .completed)
            try store.commit([commit(instance(1, revision: 3)) { $0.members = [again] }])
            try expectEqual(try members(after: 1, count: 1), [again], "failed, then tried again")
            let twice = commit(instance(1, revision: 4)) { $0.members = [again] }
            try expectConflict(store, [twice], "done twice")
        }
    ]

    private static let eventCases: [StoreCase] = [
        StoreCase("a receipt is kept and written once") { store in
            let name = InstanceName(workflow: "order", key: "x")
            let row = ReceiptRow(
                name: name, eventID: "e1",
                receipt: Receipt(.rejected, code: "too-late", message: "it has shipped"),
                at: instant(3), fingerprint: "sha256:ab")
            try store.commit([commit(nil) { $0.receipt = row }])
            try expectEqual(try store.receipt(name, eventID: "e1"), row, "the receipt")
            try expect(try store.receipt(name, eventID: "e2") == nil, "another event's receipt")
            let other = InstanceName(workflow: "order", key: "y")
            try expect(try store.receipt(other, eventID: "e1") == nil, "another name's receipt")
            try expectConflict(store, [commit(nil) { $0.receipt = row }], "written again")
        },
        StoreCase("events that moved nothing are read from the newest on, and the oldest go") {
            store in
            func row(_ number: Int64, _ event: String, _ workflow: String = "order") -> UnmatchedRow
            {
                UnmatchedRow(
                    at: instant(number), event: event, workflow: workflow, key: "k-\(number)",
                    told: UnmatchedRow.Told(
                        id: "e\(number)", by: "worker/w", outcome: .rejected, code: "late",
                        message: nil, data: ["n": .int(number)]))
            }
            func ids(_ query: UnmatchedQuery) throws(StoreError) -> [String] {
                try store.unmatched(query).map(\.told.id)
            }
            try store.commit([commit(nil) { $0.unmatched = [row(1, "a"), row(2, "b")] }])
            try store.commit([commit(nil) { $0.unmatched = [row(3, "a", "loan")] }])
            let all = try store.unmatched(UnmatchedQuery(count: 9))
            try expectEqual(all.map(\.told.id), ["e3", "e2", "e1"], "the newest first")
            try expectEqual(all.last?.told, row(1, "a").told, "as it was told")
            try expectEqual(all.last?.at, instant(1), "when it came")
            try expectEqual(
                try ids(UnmatchedQuery(before: all[0].number, count: 1)), ["e2"], "a page")
            try expectEqual(
                try ids(UnmatchedQuery(event: "a", count: 9)), ["e3", "e1"], "of one name")
            try expectEqual(
                try ids(UnmatchedQuery(event: "a", workflow: "order", count: 9)), ["e1"],
                "and one workflow")
            try expectEqual(try ids(UnmatchedQuery(key: "k-2", count: 9)), ["e2"], "for one key")
            try expectEqual(try ids(UnmatchedQuery(outcome: .kept, count: 9)), [], "none is kept")
            let early = UnmatchedRow(
                at: instant(4), event: "a", workflow: "order", key: "k",
                told: UnmatchedRow.Told(
                    id: "e0", by: "worker/w", outcome: .kept, code: nil, message: nil, data: .null))
            try store.commit([commit(nil) { $0.unmatched = [early] }])
            try expectEqual(
                try ids(UnmatchedQuery(outcome: .kept, count: 9)), ["e0"], "of its own list")
            try expectEqual(
                try ids(UnmatchedQuery(event: "a", count: 9)), ["e3", "e1"], "and of no other")
            try expectEqual(
                try ids(UnmatchedQuery(outcome: .rejected, count: 1)), ["e3"], "all are rejected")
            let many = (4...(UnmatchedRow.maximum + 2)).map { row($0, "c") }
            try store.commit([commit(nil) { $0.unmatched = many }])
            try expectEqual(
                try ids(UnmatchedQuery(event: "a", count: 9)), ["e3"], "the oldest went")
            try expectEqual(
                try ids(UnmatchedQuery(outcome: .kept, count: 9)), ["e0"], "those that wait stay")
        },
        StoreCase("kept events come in order of arrival until a start takes them") { store in
            let name = InstanceName(workflow: "order", key: "x")
            let other = InstanceName(workflow: "order", key: "y")
            let rows = ["e3", "e1", "e2"].map {
                KeptRow(
                    name: name, event: event($0), arrivedAt: instant(1), expiresAt: instant(60))
            }
            let foreign = KeptRow(
                name: other, event: event("e9"), arrivedAt: instant(1), expiresAt: instant(60))
            for row in rows { try store.commit([commit(nil) { $0.keptAdded = [row] }]) }
            try store.commit([commit(nil) { $0.keptAdded = [foreign] }])
            try expectEqual(try store.kept(name), rows, "kept")
            try store.commit([commit(instance(1, "x")) { $0.keptTaken = name }])
            try expectEqual(try store.kept(name), [], "after the start")
            try expectEqual(try store.kept(other), [foreign], "another name's")
        },
        StoreCase("kept events are counted by workflow, and go when their time is over") { store in
            func row(_ key: String, _ id: String, until second: Int64) -> KeptRow {
                KeptRow(
                    name: InstanceName(workflow: "order", key: key), event: event(id),
                    arrivedAt: instant(1), expiresAt: instant(second))
            }
            let content = try hash("a")
            let rows = [
                row("x", "e1", until: 60), row("x", "e2", until: 70), row("y", "e3", until: 50),
            ]
            for row in rows {
                let reference = ReferenceRow(sha256: content, instance: row.name)
                try store.commit([
                    commit(nil) {
                        $0.keptAdded = [row]
                        $0.referencesSet = [reference]
                    }
                ])
            }
            try expectEqual(try store.keptCount(of: "order", upTo: 9), 3, "count")
            try expectEqual(try store.keptCount(of: "order", upTo: 2), 2, "as far as is asked")
            try expectEqual(try store.keptCount(of: "orders", upTo: 9), 0, "of another workflow")
            try expectEqual(try store.expireKept(by: instant(49), limit: 9), 0, "too early")
            try expectEqual(try store.expireKept(by: instant(60), limit: 1), 1, "one at most")
            try expectEqual(try store.kept(rows[2].name), [], "the longest over first")
            try expectEqual(
                try store.references(to: content, count: 9).map(\.instance), [rows[0].name],
                "what nothing is left of")
            try expectEqual(try store.expireKept(by: instant(60), limit: 9), 1, "the other one")
            try expectEqual(try store.kept(rows[0].name), [rows[1]], "whose time is not over")
            try expectEqual(try store.keptCount(of: "order", upTo: 9), 1, "count")
        },
    ]
}
