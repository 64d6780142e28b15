import Testing
import Values

@testable import Definition
@testable import Execution

/// What the parts of a run keep true by themselves.
@Suite struct PartTests {
    private static func effect(_ activation: Int64) -> EffectRecord {
        EffectRecord(
            activation: activation, task: "bank.charge", key: "k\(activation)", input: .null,
            compensation: .task(adapter: "bank", operation: "refund"))
    }

    @Test func theCompensationLogIsInTheOrderOfTheCallsWheneverTheyAreRegistered() {
        var log = CompensationLog()
        for activation in [1, 3, 2, 3] as [Int64] { log.register(Self.effect(activation)) }
        #expect(log.map(\.activation) == [1, 2, 3])
    }

    @Test func whatTookPlaceIsNotStruckOut() {
        var log = CompensationLog()
        log.register(Self.effect(1))
        log.register(Self.effect(2))
        log.confirm(1, output: "ch-1")
        log.strike(1)
        log.strike(2)
        #expect(log.map(\.activation) == [1] && log.first?.output == "ch-1")
        log.markCompensated(1)
        #expect(log.standing.isEmpty && log.count == 1)
        log.forgetCompensated()
        #expect(log.isEmpty)
    }

    @Test func numbersAreNeverUsedAgain() {
        var activations = Activations()
        let call = Work.Call(adapter: "bank", operation: "charge", for: .notification)
        let first = activations.begin(.call(call), .null, key: "k", at: Story.morning)
        activations.end(first)
        #expect(activations.begin(.call(call), .null, key: "k", at: Story.morning) == first + 1)
        var incidents = Incidents()
        let error = CallError(name: "e", message: "m", isRetryable: false)
        let one = incidents.open(
            .callExhausted, activation: 1, task: nil, error, at: Story.morning)
        incidents.close(one.number)
        let two = incidents.open(.suspended, activation: nil, task: nil, error, at: Story.morning)
        #expect(two.number == one.number + 1 && incidents.stopping == two)
        incidents.reopen(one)
        #expect(incidents.map(\.number) == [one.number, two.number])
    }

    @Test func aFanOutStartsWhatFailedUnderItsOldNumbersBeforeWhatIsNew() {
        var fanOut = FanOut(items: ["a", "b", "c"])
        let started = [fanOut.takeNext(), fanOut.takeNext()].compactMap(\.self)
        for member in started { fanOut.note(.failed, of: member, nil) }
        fanOut.restartFailed()
        #expect(fanOut.failed == 0 && fanOut.isAtEnd)
        #expect((1...4).map { _ in fanOut.takeNext()?.number } == [1, 2, 3, nil])
    }

    @Test func aTaskIsOpenOrStandsStill() {
        var work = Work.task(Work.Task(role: "clerk", for: Use(0)))
        guard case .task(var task) = work else { return }
        task.open(OpenTask(title: "Look", assignee: nil, priority: 50, due: nil, remindAt: nil))
        work = .task(task)
        work.stand(at: 3, CallError(name: "e", message: "m", isRetryable: false))
        guard case .task(let standing) = work else { return }
        #expect(standing.open == nil && standing.standstill?.incident == 3)
    }

    @Test func aTimerIsNeverEarlyAndFiresOnce() {
        var timers = ChartTimers()
        timers.set(0, due: DueTime(Story.morning + .seconds(60)))
        #expect(timers.due(0, at: Story.morning) == nil)
        if let timer = timers.first { timers.bringForward(timer, to: Story.morning) }
        #expect(timers.due(0, at: Story.morning)?.due == Story.morning)
        timers.clear(0)
        #expect(timers.due(0, at: Story.morning) == nil)
    }
}
