import Execution
import Synchronization
import Values

/// How long the last visits of each state took, of all workflows.
///
/// Theory. A decision knows which states it leaves and since when the instance was there; once it is durable the driver
/// tells so here. Of each state the last visits are kept as they are, so that quantiles are exact and follow what
/// happens now. Nothing decides by them, so they cost no commit a row: they are kept as a setting once a minute while they
/// change, and when the engine ends. A killed process loses a minute of them (docs/decisions/0033-usual-times.md).
package final class UsualTimes: Sendable {
    /// The setting's name.
    package static let setting = "usual"
    /// Of each state.
    package static let visits = 200

    /// The last ones, the oldest first from `next` on.
    private struct Visits {
        var times: [Duration] = []
        var next = 0
        /// Made when it is asked for.
        var usual: UsualTime??

        mutating func add(_ time: Duration) {
            usual = nil
            guard times.count == UsualTimes.visits else { return times.append(time) }
            times[next] = time
            next = (next + 1) % UsualTimes.visits
        }

        mutating func summary() -> UsualTime? {
            if let usual { return usual }
            let made = UsualTime(of: times)
            usual = .some(made)
            return made
        }

        var inOrder: [Duration] { Array(times[next...] + times[..<next]) }
    }

    private struct State {
        var workflows: [ExactText: [ExactText: Visits]] = [:]
        var hasChanged = false
    }

    private let state = Mutex(State())

    package init() {}

    package func note(_ left: [LeftState]) {
        state.withLock { state in
            state.hasChanged = true
            for visit in left {
                state.workflows[ExactText(visit.workflow), default: [:]][
                    ExactText(visit.state), default: Visits()
                ].add(visit.time)
            }
        }
    }

    /// nil: too few visits have ended.
    package func time(in id: String, of workflow: String) -> UsualTime? {
        state.withLock {
            $0.workflows[ExactText(workflow)]?[ExactText(id)]?.summary()
        }
    }

    // MARK: Keeping

    /// What is to be kept, if anything has changed since the last time: milliseconds by workflow and state.
    package func takeChanges() -> Value? {
        state.withLock { state in
            guard state.hasChanged else { return nil }
            state.hasChanged = false
            return .map(
                ValueMap(
                    state.workflows.sorted { $0.key < $1.key }.map { workflow, states in
                        let visits = states.sorted { $0.key < $1.key }.map { id, visits in
                            (id.text, Value.list(visits.inOrder.map { .int($0.milliseconds) }))
                        }
                        return (workflow.text, .map(ValueMap(visits)))
                    }))
        }
    }

    /// Goes on with what was kept; what cannot be read of it is begun anew.
    package func load(_ value: Value?) {
        var left: [LeftState] = []
        for workflow in value?.mapValue?.entries ?? [] {
            for state in workflow.value.mapValue?.entries ?? [] {
                guard let name = workflow.key.stringValue, let id = state.key.stringValue else {
                    continue
                }
                left += (state.value.listValue ?? []).suffix(Self.visits).compactMap(\.intValue)
                    .map { LeftState(workflow: name, state: id, time: .milliseconds($0)) }
            }
        }
        note(left)
        state.withLock { $0.hasChanged = false }
    }
}
