import Definition
import Execution
import Values

/// What is kept how long, and what has gone.
package struct RetentionView: Sendable, Hashable {
    package struct Row: Sendable, Hashable {
        @ExactText package private(set) var workflow: String
        /// nil: for ever.
        package let period: Duration?
        /// Those that may go now; it is counted no further than `limit`.
        package let due: Int
        package let isDueLeast: Bool
        package let removed: Int64
        package let lastAt: Timestamp?

        package static let limit = 1_000
    }

    /// Of every workflow that is known, in order of name.
    package let workflows: [Row]
    /// What was put back and is there, in order of number.
    package let restored: [Restoration]
    package let isArchived: Bool
    /// Why nothing goes; nil: it does, or nothing is due.
    package let failure: String?
}

extension Inspector {
    package func retention(_ desk: RetentionDesk?) throws(Problem) -> RetentionView {
        do throws(StoreError) {
            let periods = desk?.periods ?? []
            var rows: [RetentionView.Row] = []
            for name in catalog.knownNames {
                rows.append(try row(name, periods.first { sameUTF8($0.workflow, name) }?.period))
            }
            let restored = try store.records(
                RecordQuery(collection: Restoration.collection, selection: .all, limit: 1_000))
            return RetentionView(
                workflows: rows,
                restored: restored.records.compactMap { try? Restoration(decoding: $0.body) }
                    .sorted { ($0.at, $0.name.description) < ($1.at, $1.name.description) },
                isArchived: desk?.archive != nil, failure: desk?.failure)
        } catch {
            throw .store(error)
        }
    }

    /// By workflow, how far the archive goes.
    package func archiveMarks() throws(StoreError) -> [ExactText: ArchiveMark] {
        let query = RecordQuery(collection: RetentionRecord.collection, selection: .all)
        var marks: [ExactText: ArchiveMark] = [:]
        for record in try store.records(query).records {
            marks[ExactText(record.id)] = (try? RetentionRecord(decoding: record.body))?.mark
        }
        return marks
    }

    private func row(
        _ workflow: String, _ period: Duration?
    ) throws(StoreError) -> RetentionView.Row {
        let query = RecordQuery(
            collection: RetentionRecord.collection, selection: .id(workflow), limit: 1)
        let record = try store.records(query).records.first.flatMap {
            try? RetentionRecord(decoding: $0.body)
        }
        let limit = RetentionView.Row.limit
        var due = 0
        if let period, let endedBy = now.adding(.zero - period) {
            due = try store.ended(
                EndedQuery(workflow: workflow, endedBy: endedBy, count: limit + 1)
            ).count
        }
        return RetentionView.Row(
            workflow: workflow, period: period, due: min(due, limit), isDueLeast: due > limit,
            removed: record?.removed ?? 0, lastAt: record?.lastAt)
    }
}
