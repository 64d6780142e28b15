import Execution
import Values

/// Operations that are each performed twice, as a commit that is decided again performs them: what differs between the
/// two has come from a clock, from chance or from something that was kept.
struct TwiceOver: LocalPerformer {
    private let real: any LocalPerformer

    init(_ real: any LocalPerformer) { self.real = real }

    var indexes: RecordIndexes { real.indexes }
    var statements: any StatementMaker { real.statements }

    func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) throws(StoreError) -> LocalResult {
        let first = try real.perform(
            adapter: adapter, operation: operation, call: call, read: read)
        let second = try real.perform(
            adapter: adapter, operation: operation, call: call, read: read)
        guard first != second else { return first }
        let place = Self.difference(first, second)
        return LocalResult(
            .broken(
                "\(adapter).\(operation) gave two answers to one call: \(place); take the time from "
                    + "call.now, ids from call.key"))
    }

    private static func difference(_ first: LocalResult, _ second: LocalResult) -> String {
        guard case .succeeded(let one) = first.outcome, case .succeeded(let other) = second.outcome
        else {
            return first.outcome == second.outcome
                ? "its records differ" : "it refused one of them, or by another name"
        }
        let members = (one.mapValue?.keys ?? []).compactMap(\.stringValue).filter {
            one[$0] != other[$0]
        }
        if let member = members.first { return "/\(member) differs" }
        return one == other ? "its records differ" : "its output differs"
    }
}
