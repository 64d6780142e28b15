package import Execution
import Values

/// A business's operations as the engine's port.
package struct OperationTable: LocalPerformer {
    private let operations: LocalOperations
    package let indexes: RecordIndexes
    package let statements: any StatementMaker
    private let auditor: (any Audit)?

    /// - Parameter records: the types that have indexes.
    package init(
        _ operations: LocalOperations, records: [any Record.Type] = [],
        statements: [any Statement] = [], audit: (any Audit)? = nil
    ) {
        self.operations = operations
        indexes = RecordIndexes(of: records)
        auditor = audit
        self.statements = StatementTable(statements, indexes: indexes)
    }

    /// All that a business has of it.
    package init(_ business: any Business) {
        self.init(
            business.operations, records: business.records, statements: business.statements,
            audit: business.audit)
    }

    package func audit(read: @escaping RecordReader) throws(StoreError) -> [String] {
        guard let auditor else { return [] }
        let session = RecordSession(read, indexes: indexes)
        var records = Records(session)
        var findings: [String] = []
        do throws(Refusal) { findings = try auditor.findings(&records) } catch {
            findings = ["the audit of the business ended early: \(error.message)"]
        }
        switch session.failure {
        case .store(let error): throw error
        case .broken(let reason): return ["the audit of the business: \(reason)"]
        case nil: return findings
        }
    }

    package func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) throws(StoreError) -> LocalResult {
        let name = "\(adapter).\(operation)"
        guard let found = operations[name] else {
            return LocalResult(
                .broken("this program has no \(name): add \"\(name)\" to its operations"))
        }
        return try perform(found, name, call, RecordSession(read, indexes: indexes))
    }

    private func perform<Operation: LocalOperation>(
        _ operation: Operation, _ name: String, _ call: LocalCall, _ session: RecordSession
    ) throws(StoreError) -> LocalResult {
        let input: Operation.Input
        do throws(ValueMismatch) { input = try Operation.Input(call.input) } catch {
            return LocalResult(
                .broken("\(name): \(error); the schema allows it: change one, then retry"))
        }
        let outcome: LocalResult.Outcome
        var records = Records(session)
        do throws(Refusal) {
            let output = try operation.perform(
                Call(
                    input: input, key: call.key, workflow: call.instance.workflow,
                    instance: call.instance.description, now: call.now), &records)
            outcome = Self.outcome(output, name)
        } catch {
            outcome = .failed(
                CallError(
                    name: error.name, message: error.message, isRetryable: false,
                    detail: error.facts.isEmpty ? .null : .map(error.facts)))
        }
        // Before what the operation says, which was said without what it wanted to read.
        switch session.failure {
        case .store(let error): throw error
        case .broken(let reason): return LocalResult(.broken("\(name): \(reason)"))
        case nil: break
        }
        guard records.session === session else {
            return LocalResult(.broken("\(name): it put other records in place of its own"))
        }
        guard case .succeeded = outcome else { return LocalResult(outcome) }
        let writes = try session.writes()
        for write in writes {
            if let fault = indexes.ledgers.fault(of: write) {
                return LocalResult(.broken("\(name): \(fault)"))
            }
        }
        return LocalResult(outcome, writes: writes)
    }

    private static func outcome(
        _ output: some ValueConvertible, _ name: String
    ) -> LocalResult.Outcome {
        do throws(ValueMismatch) { return .succeeded(try output.value) } catch {
            return .broken("\(name): its output: \(error)")
        }
    }
}
