import Definition
import Sabotage
import Values

/// That an instance was erased for a person: which search attribute names them, by which erasure, and when.
package struct ErasedFor: Sendable, Hashable, ValueCodable {
    package let person: String
    package let erasure: Int64
    package let at: Timestamp

    package init(person: String, erasure: Int64, at: Timestamp) {
        self.person = person
        self.erasure = erasure
        self.at = at
    }

    package var encoded: Value {
        ["person": .string(person), "erasure": .int(erasure), "at": at.encoded]
    }

    package init(decoding value: Value) throws(DecodingFailure) {
        let fields = try FieldReader(value)
        self.init(
            person: try fields.string("person"), erasure: try fields.int64("erasure"),
            at: try fields.timestamp("at"))
    }
}

/// What an instance that has ended holds of a person, and what is left of it.
package struct InstanceErasure: Sendable {
    package let run: Run
    /// Everything else that there is of it.
    package let rows: [InstanceRow]
    /// What is that person's.
    package let personal: Personal
    package let mark: ErasedFor
    package let reason: String

    package init(
        _ run: Run, rows: [InstanceRow], personal: Personal, mark: ErasedFor, reason: String
    ) {
        self.run = run
        self.rows = rows
        self.personal = personal
        self.mark = mark
        self.reason = reason
    }

    /// Its run, its history and all rows in one commit. The row of the instance moves by one revision and its history by one
    /// entry, which says that it was erased: nothing that was numbered is numbered anew.
    /// - Returns: as any decision; what cannot be read back would not be written.
    package func decide(
        _ definition: WorkflowDefinition, now: Timestamp
    ) throws(DecodingFailure) -> Decision {
        let form = RowForm(personal: personal)
        let body = try Value(storedJSON: run.encodedJSON(definition.machine))
        let texts = rows.reduce(into: form.texts(in: body)) { $0.formUnion(form.texts(in: $1)) }
        let forgotten = ForgottenTexts(texts, keeping: ids(definition))
        var after = try Run(
            decoding: run.row(
                definition, body: JSON.encode(form.erased(body, forgetting: forgotten))),
            definition: definition)
        after.attachments.removeAll { forgotten.contains($0.text) }
        after.erased.append(mark)
        after.revision += 1
        after.updatedAt = now
        after.lastSequence += 1
        var commit = Commit(before: run, by: definition, after: after, by: definition)
        commit.history = [
            HistoryEntry(
                instance: run.id, sequence: after.lastSequence, at: now,
                kind: HistoryKind.erased.rawValue,
                data: [
                    "person": .string(mark.person), "erasure": .int(mark.erasure),
                    "reason": .string(reason),
                ])
        ]
        commit.rewritten = rows.filter { !isMutant(.erasureLeavesHistory) || !$0.isHistory }
            .map { form.erased($0, forgetting: forgotten) }
            .filter { row in !rows.contains(row) }
        return Decision(run: after, commit: commit, reply: .none)
    }

    /// By which the books know whom it concerned, and under which name it stands.
    private func ids(_ definition: WorkflowDefinition) -> Set<ExactText> {
        var ids: Set<ExactText> = [ExactText(run.name.key), ExactText(run.name.workflow)]
        for (name, value) in run.summary(definition).search where personal.isPerson(name) {
            if let id = value.stringValue { ids.insert(ExactText(id)) }
        }
        return ids
    }
}

extension InstanceRow {
    fileprivate var isHistory: Bool {
        if case .history = place { true } else { false }
    }
}

extension Run {
    /// It has ended, and nothing that it began is under way: whatever it holds it holds for people to look at.
    package var isAtRest: Bool { status.isTerminal && activations.isEmpty && held.list.isEmpty }

    package func isErased(for person: String) -> Bool {
        erased.contains { sameUTF8($0.person, person) }
    }

    /// As a store would return it, with another body.
    fileprivate func row(_ definition: WorkflowDefinition, body: [UInt8]) -> InstanceWrite {
        InstanceWrite(
            id: id, name: name, version: version, status: status, revision: revision,
            summary: summary(definition), body: body)
    }
}
