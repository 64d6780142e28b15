import Definition
import Execution
import Values

/// What the business lets people read of its records.
extension Inspector {
    package var statementKinds: [StatementKind] { catalog.local.statements.kinds }

    /// Made of what is committed at one moment, on the thread of who asks.
    package func statement(_ query: StatementQuery) throws(Problem) -> StatementAnswer {
        let maker = catalog.local.statements
        let known = maker.kinds.map(\.name)
        guard known.contains(exactly: query.kind) else {
            throw Problem(
                .notFound, "there is no statement of the kind \(query.kind)",
                fix: nearestName(to: query.kind, among: known).map { "did you mean \($0)?" }
                    ?? "`pawl statement` lists the kinds that there are")
        }
        var query = query
        query.spans = try runningSpans
        query.params = startingParams
        let asked = query
        let answer: StatementAnswer
        do throws(StoreError) {
            answer = try store.reading { (read) throws(StoreError) in
                try maker.make(asked, read: read)
            }
        } catch {
            throw .store(error)
        }
        switch answer {
        case .data, .document: return answer
        case .unknown:
            throw Problem(
                .notFound,
                "there is no \(query.form.words) \(query.kind)/\(query.id) for \(query.reader)",
                fix: "everybody sees their own; `pawl statement` lists the kinds")
        case .refused(let reason):
            throw Problem(.invalid, "the statement cannot be made: \(reason)")
        case .broken(let reason): throw Problem(.internalError, reason)
        }
    }
}

extension Inspector {
    /// What is due and has not started yet covers up to its own occurrence, so that spans join.
    private var runningSpans: [RunningSpan] {
        get throws(Problem) {
            try schedules(next: 1).map { view in
                let rule = view.schedule.rule
                let last = view.record?.last?.instant ?? rule.last(before: now)?.instant
                let next = rule.next(after: now).map { PlannedOccurrence($0) }
                return RunningSpan(
                    workflow: view.schedule.workflow, from: last, until: next?.instant,
                    key: next?.key)
            }
        }
    }

    private var startingParams: [ExactText: Value] {
        var all: [ExactText: Value] = [:]
        for name in catalog.workflowNames {
            guard let definition = catalog.current(name),
                case .valid(let params) = definition.params.decode(
                    .map(catalog.params[name] ?? ValueMap()))
            else { continue }
            all[ExactText(name)] = params.plain
        }
        return all
    }
}

extension StatementQuery.Form {
    fileprivate var words: String {
        switch self {
        case .data: "statement"
        case .document: "document of the statement"
        }
    }
}
