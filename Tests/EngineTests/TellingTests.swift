import Execution
import Logging
import Synchronization
import Testbed
import Testing
import Values

@testable import Engine

/// What whoever watches over a server is told.
@Suite("Telling") struct TellingTests {
    private static let flow = Flows.flow(
        """
        initial: a
        states:
          a:
            invoke: {task: bank.charge, input: {amount: 1}, retry: {maximumAttempts: 2}, onDone: c}
          c: {}
        """)

    private func told(_ bench: Bench) -> [Happening] {
        bench.released.flatMap { effect -> [Happening] in
            if case .told(let happenings) = effect { happenings } else { [] }
        }
    }

    @Test func aCallThatFailsIsToldWithItsIncidentAndWhatBecameOfThat() throws {
        var bench = try Bench(try Catalog([Self.flow]))
        _ = try bench.ask(.start("1"))
        let call = try #require(bench.calls.first)
        let name = InstanceName(workflow: "w", key: "1")
        bench.machine.answer(
            call.id,
            .failed(CallError(name: "declined", message: "no funds on 4711", isRetryable: false)))
        let batch = try #require(try bench.batch())
        #expect(told(bench).isEmpty, "nothing is told before it is on disk")
        try bench.flush(batch)
        let happenings = told(bench)
        #expect(happenings.count == 2)
        guard case .callFailed(let failure) = happenings.first,
            case .incidentOpened(let opened, let incident) = happenings.last
        else { return #expect(Bool(false), "\(happenings)") }
        #expect(failure.task == "bank.charge" && failure.error == "declined")
        #expect(failure.instance == name && failure.attempt == 1 && !failure.isUnknown)
        #expect(opened == name && incident.number == 1)
        _ = try bench.ask(
            .operate(
                name,
                .operate(
                    .terminate, reason: "test", actor: Actor(role: "admin", subject: "ana")),
                isDry: false))
        #expect(told(bench).last == .incidentClosed(name, incident))
    }

    @Test func whatComesInMassesIsCounted() {
        var budget = LineBudget()
        let start = ContinuousClock.now
        let admitted = (0..<500).filter { _ in budget.admits("down", at: start) }.count
        #expect(admitted == LineBudget.first)
        let isAnotherAdmitted = budget.admits("another kind", at: start)
        #expect(isAnotherAdmitted)
        let early = budget.takeRests(at: start + .seconds(9))
        #expect(early.isEmpty, "the span is not over")
        let rests = budget.takeRests(at: start + LineBudget.span)
        #expect(
            rests == [LineBudget.Rest(kind: "down", count: 500 - LineBudget.first)])
        #expect(budget.nextEnd == nil, "nothing is kept of a span that is over")
        let isAdmittedAgain = budget.admits("down", at: start + LineBudget.span)
        #expect(isAdmittedAgain)
    }

    @Test func kindsWithoutEndShareOneCount() {
        var budget = LineBudget()
        let start = ContinuousClock.now
        let admitted = (0..<10_000).filter { budget.admits("kind \($0)", at: start) }.count
        #expect(admitted == LineBudget.kinds + LineBudget.first)
        let rests = budget.takeRests(at: start + LineBudget.span)
        #expect(
            rests.map(\.count) == [10_000 - LineBudget.kinds - LineBudget.first])
    }

    @Test func aStormIsAFewLines() {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "test") { _ in
            Kept { line in lines.withLock { $0.append(line) } }
        }
        let teller = Teller(logger)
        for number in 1...1_000 {
            teller.tell([
                .callFailed(
                    Happening.CallFailure(
                        instance: InstanceName(workflow: "order", key: "\(number)"),
                        task: "bank.charge", attempt: 1, error: "down",
                        message: "no answer for order-\(number)", isUnknown: false))
            ])
        }
        #expect(lines.withLock { $0.count } == LineBudget.first)
        #expect(lines.withLock { $0.first }?.hasPrefix("a call failed") == true)
    }
}

private struct Kept: LogHandler {
    let keep: @Sendable (String) -> Void
    var logLevel = Logger.Level.trace
    var metadata = Logger.Metadata()

    init(_ keep: @escaping @Sendable (String) -> Void) { self.keep = keep }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { keep("\(event.message)") }
}
