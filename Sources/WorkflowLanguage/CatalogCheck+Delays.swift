import CEL
import Definition
import Statechart
import Values

/// Calendars and zones of what is due. What params give is looked at with their defaults; of what an instance's own data
/// give only a run can tell.
extension CatalogCheck {
    mutating func checkDelays(of workflow: WorkflowDefinition) {
        let timers = workflow.machine.timers.map { Delay($0.due, at: $0.location) }
        let tasks = workflow.invocations.flatMap { invocation -> [Delay] in
            guard case .person(let task) = invocation.target else { return [] }
            return [task.due, task.remind?.after, task.remind?.every].compactMap(\.self)
        }
        let defaults = Self.defaults(of: workflow)
        for delay in timers + workflow.stateFacts.compactMap(\.expect) + tasks {
            check(delay, of: workflow, defaults)
        }
    }

    private static func defaults(of workflow: WorkflowDefinition) -> Bindings {
        guard case .valid(let params) = workflow.params.decode(.map(ValueMap())) else { return [:] }
        return ["params": params]
    }

    private mutating func check(
        _ delay: Delay, of workflow: WorkflowDefinition, _ defaults: Bindings
    ) {
        guard let value = try? delay.template.evaluate(defaults) else {
            return checkParts(delay, of: workflow)
        }
        do throws(Calendars.Trouble) {
            // Any moment will do: what is missing is missing always.
            _ = try calendars.due(value, from: Timestamp(seconds: 0))
        } catch {
            report(error, at: delay, of: workflow)
        }
    }

    /// Of a map with expressions, what stands there as it is.
    private mutating func checkParts(_ delay: Delay, of workflow: WorkflowDefinition) {
        guard let name = delay.template.member("calendar")?.constant?.stringValue else { return }
        do throws(Calendars.Trouble) {
            _ = try calendars.calendar(
                of: CalendarDuration(count: 0, unit: .businessDay, calendar: name))
        } catch {
            report(error, at: delay, of: workflow)
        }
    }

    private mutating func report(
        _ trouble: Calendars.Trouble, at delay: Delay, of workflow: WorkflowDefinition
    ) {
        let code: Diagnostic.Code =
            switch trouble.kind {
            case .calendar: .unknownCalendar
            case .zone: .missingZone
            case .notADelay, .outOfRange: .invalidDuration
            }
        report(.error, code, trouble.message, in: workflow, at: delay.location)
    }
}
