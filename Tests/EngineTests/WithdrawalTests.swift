import Execution
import Testing
import Values

@testable import Engine

/// What the engine tells the adapters about calls that must not leave any more.
@Suite("Withdrawal")
struct WithdrawalTests {
    private static let name = InstanceName(workflow: "w", key: "1")

    private static func operate(_ action: OperatorAction) -> Request {
        .operate(
            name, .operate(action, reason: "test", actor: Actor(role: "admin", subject: "ana")),
            isDry: false)
    }

    private func calling() throws -> Bench {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(.start("1"))
        _ = try bench.ask(.event("pay", to: "1"))
        return bench
    }

    private func call(_ bench: Bench) throws -> CallID {
        try #require(
            bench.released.lazy.compactMap {
                if case .call(let row) = $0 { row.id } else { nil }
            }.first)
    }

    @Test func aPauseTakesTheCallBackBeforeItsAnswerIsGiven() throws {
        var bench = try calling()
        let id = try call(bench)
        let before = bench.released.count
        _ = try bench.ask(Self.operate(.pause))
        let effects = bench.released.dropFirst(before)
        let withdrawal = try #require(effects.firstIndex { $0.isWithdrawal(of: id) })
        let reply = try #require(
            effects.firstIndex { if case .reply = $0 { true } else { false } })
        #expect(withdrawal < reply)
    }

    @Test func aCallThatIsTakenBackInTheBatchThatMadeItIsNeverSubmitted() throws {
        var bench = try Bench(try Catalog([Flows.paying]))
        _ = try bench.ask(.start("1"))
        bench.submit(.event("pay", to: "1"))
        bench.submit(Self.operate(.pause))
        try bench.settle()
        #expect(!bench.released.contains { if case .call = $0 { true } else { false } })
        #expect(bench.released.contains { if case .withdraw = $0 { true } else { false } })
    }

    @Test func aTerminatedInstanceLeavesNoCallBehind() throws {
        var bench = try calling()
        let id = try call(bench)
        _ = try bench.ask(Self.operate(.terminate))
        #expect(bench.released.contains { $0.isWithdrawal(of: id) })
        bench.machine.answer(id, .withdrawn(recall: 0))
        try bench.settle()
        #expect(try bench.store.calls(after: nil, count: 10).isEmpty)
    }

    @Test func afterARestartTheCallOfAPausedInstanceIsNotSentAndItsOutcomeIsUnknown() throws {
        var before = try calling()
        _ = try before.ask(Self.operate(.pause))
        var bench = try Bench(try Catalog([Flows.paying]), store: before.store)
        #expect(try bench.recoverCalls().isEmpty)
        try bench.settle()
        _ = try bench.ask(Self.operate(.resume))
        let sent = bench.released.compactMap {
            if case .call(let row) = $0 { row.purpose } else { CallRow.Purpose?.none }
        }
        #expect(!sent.contains(.perform), "whether it had left nobody knows: \(sent)")
    }
}
