import Definition
import Values

/// What is gone is erased by the same rules as what is there: its rows are made of the document, and it of them again.
extension InstanceDocument {
    /// - Parameters:
    ///   - personal: of all versions of its workflow.
    ///   - definition: the one that it ran on.
    /// - Returns: nil when it does not concern that person, or is erased for them already.
    package func erased(
        for order: Erasure.Order, _ personal: Personal, _ definition: WorkflowDefinition,
        at now: Timestamp
    ) throws(DecodingFailure) -> InstanceDocument? {
        guard startedAt <= order.at, personal.isPerson(order.person) else { return nil }
        let run = try Run(decoding: row(run), definition: definition)
        let isTheirs = run.summary(definition).search.contains { name, value in
            sameUTF8(name, order.person) && order.values.contains(value.plain)
        }
        guard isTheirs, !run.isErased(for: order.person) else { return nil }
        let decision = try InstanceErasure(
            run, rows: rows, personal: personal.belonging(to: order.person),
            mark: ErasedFor(person: order.person, erasure: order.number, at: now),
            reason: order.reason
        ).decide(definition, now: now)
        guard let after = decision.run, let commit = decision.commit else { return nil }
        return try replacing(commit, after, definition)
    }

    private func replacing(
        _ commit: Commit, _ after: Run, _ definition: WorkflowDefinition
    ) throws(DecodingFailure) -> InstanceDocument? {
        var (history, receipts, members) = (history, receipts, members)
        for row in commit.rewritten {
            switch row.place {
            case .history(let last):
                guard let index = history.firstIndex(where: { $0.sequence == last }) else { break }
                history[index] = history[index].replacing(row.data[0]?[3] ?? .null)
            case .receipt(let event):
                guard
                    let index = receipts.firstIndex(where: { ExactText($0.eventID) == event })
                else { break }
                receipts[index] = try receipts[index].replacing(row.data)
            case .member(let activation, let number):
                let index = members.firstIndex {
                    $0.activation == activation && $0.number == number
                }
                guard let index else { break }
                members[index] = try members[index].replacing(row.data)
            case .task, .incident, .kept, .unmatched: break
            }
        }
        let body = try Value(storedJSON: after.encodedJSON(definition.machine))
        return InstanceDocument(
            InstanceWrite(after, definition), run: body, history: history + commit.history,
            receipts: receipts, members: members,
            attachments: attachments.filter { after.attachments.contains($0.sha256) })
    }

    private var rows: [InstanceRow] {
        func row(_ place: InstanceRow.Place, _ data: Value) -> InstanceRow {
            InstanceRow(instance: id, name: name, place: place, data: data)
        }
        return history.map {
            row(
                .history(last: $0.sequence),
                [[.int($0.sequence), .int($0.at.milliseconds), .string($0.kind), $0.data]])
        }
            + receipts.map {
                row(.receipt(eventID: ExactText($0.eventID)), $0.receipt.encoded)
            }
            + members.map {
                row(
                    .member(activation: $0.activation, number: $0.number),
                    MemberOutcome($0).encoded)
            }
    }
}

extension HistoryEntry {
    fileprivate func replacing(_ data: Value) -> HistoryEntry {
        HistoryEntry(instance: instance, sequence: sequence, at: at, kind: kind, data: data)
    }
}

extension ReceiptRow {
    fileprivate func replacing(_ data: Value) throws(DecodingFailure) -> ReceiptRow {
        ReceiptRow(
            name: name, eventID: eventID, receipt: try Receipt(decoding: data), at: at,
            fingerprint: fingerprint)
    }
}

extension MemberRow {
    fileprivate func replacing(_ data: Value) throws(DecodingFailure) -> MemberRow {
        let outcome = try MemberOutcome(decoding: data)
        return MemberRow(
            instance: instance, activation: activation, number: number, status: status,
            key: outcome.key, output: outcome.output, error: outcome.error)
    }
}
