import Definition
import Sabotage
import Statechart
import Values

/// A timer of an active state.
package struct RunTimer: Sendable, Hashable {
    package let index: TimerIndex
    /// The absolute due time, fixed when the state was entered.
    package let due: Timestamp
    /// What that is by the calendar.
    package let reckoning: Reckoning?

    package init(index: TimerIndex, due: Timestamp, reckoning: Reckoning? = nil) {
        self.index = index
        self.due = due
        self.reckoning = reckoning
    }
}

/// The timers that the chart has set: of each the one that was set last, until it fires or its state is left.
package struct ChartTimers: Part {
    package typealias Element = RunTimer

    package private(set) var list: [RunTimer] = []

    init(_ list: [RunTimer] = []) { self.list = list }

    mutating func set(_ index: TimerIndex, due: DueTime) {
        list.append(RunTimer(index: index, due: due.instant, reckoning: due.reckoning))
    }

    mutating func clear(_ index: TimerIndex) { list.removeAll { $0.index == index } }

    mutating func clearAll() { list = [] }

    /// nil: it is not running, or not due (G5).
    func due(_ index: TimerIndex, at now: Timestamp) -> RunTimer? {
        let moment = isMutant(.timerEarly) ? now + .milliseconds(5) : now
        return list.first { $0.index == index }.flatMap { $0.due <= moment ? $0 : nil }
    }

    /// It is due now, if it was not before.
    mutating func bringForward(_ timer: RunTimer, to now: Timestamp) {
        for index in list.indices where list[index] == timer {
            list[index] = RunTimer(index: timer.index, due: Swift.min(timer.due, now))
        }
    }
}
