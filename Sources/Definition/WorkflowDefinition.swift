import CEL
import Statechart
import Values

/// One published version of a workflow: a statechart and everything durable around it. Immutable; instances
/// stay on the version that they started with until somebody migrates them (G10).
///
/// A reference, so that every decision can hold it without a copy of its many members.
package final class WorkflowDefinition: Sendable {
    package let name: String
    package let version: Int
    package let description: String
    /// SHA-256 of what the source says, hex: another comment or layout is no other content. The same name and version
    /// with another content is refused at publishing.
    package let contentHash: String
    package let start: StartRule
    package let input: Schema
    package let context: Schema
    package let params: Schema
    /// The instance's result, evaluated when it ends and the final state declares none of its own.
    package let output: Template?
    /// Search attributes, in document order.
    package let search: [SearchAttribute]
    /// How long an instance is kept after its end; nil: for ever. What counts is what the newest version says.
    package let retention: Duration?
    package let events: [EventDeclaration]
    package let machine: Machine
    /// Parallel to `machine.invocations`.
    package let invocations: [Invocation]
    /// Parallel to `machine.states`.
    package let stateFacts: [StateFacts]
    /// From which older versions instances come, and how.
    package let migrations: [Migration]
    /// Not shown unless it is asked for.
    package let sensitive: Sensitive
    /// Erased when the person asks for it.
    package let personal: Personal

    package init(
        name: String, version: Int, description: String, contentHash: String, start: StartRule,
        input: Schema, context: Schema, params: Schema, output: Template?,
        search: [SearchAttribute], retention: Duration? = nil, events: [EventDeclaration],
        machine: Machine, invocations: [Invocation], stateFacts: [StateFacts],
        persons: [String] = [], migrations: [Migration] = []
    ) {
        self.name = name
        self.version = version
        self.description = description
        self.contentHash = contentHash
        self.start = start
        self.input = input
        self.context = context
        self.params = params
        self.output = output
        self.search = search
        self.retention = retention
        self.events = events
        self.machine = machine
        self.invocations = invocations
        self.stateFacts = stateFacts
        self.migrations = migrations
        let forms = invocations.flatMap { invocation -> [Schema] in
            guard case .person(let task) = invocation.target else { return [] }
            return task.outcomes.map(\.form)
        }
        let schemas = [input, context, params] + events.map(\.data) + forms
        sensitive = Sensitive(schemas, search: search)
        personal = Personal(schemas, persons: persons)
    }

    package func event(named name: String) -> EventDeclaration? {
        events.first { sameUTF8($0.name, name) }
    }
}

extension WorkflowDefinition: Hashable {
    /// What was published under a name and version has one content.
    package static func == (left: WorkflowDefinition, right: WorkflowDefinition) -> Bool {
        left.version == right.version && sameUTF8(left.name, right.name)
            && sameUTF8(left.contentHash, right.contentHash)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(version)
        hasher.combine(contentHash)
    }
}

/// What starts an instance: a command always can, an event when one is named, the clock when there is a schedule.
package struct StartRule: Sendable, Hashable {
    package let event: String?
    /// The business key, over `event` (its `data` is the input).
    package let key: Expression?
    package let schedule: ScheduleDeclaration?
    /// nil: strangers start nothing.
    package let publicEntry: PublicEntry?

    package init(
        event: String?, key: Expression?, schedule: ScheduleDeclaration? = nil,
        publicEntry: PublicEntry? = nil
    ) {
        self.event = event
        self.key = key
        self.schedule = schedule
        self.publicEntry = publicEntry
    }
}

/// How many strangers may start an instance, before anything of what they send is read.
package struct PublicEntry: Sendable, Hashable {
    /// So many at once, and then one after the other at a steady rate.
    package struct Limit: Sendable, Hashable {
        package let perSecond: Double
        package let burst: Int

        package init(perSecond: Double, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }

    /// From one address; an IPv6 network of 64 bits is one address.
    package let perAddress: Limit
    /// From 256 neighbouring addresses, or the 65,536 networks of an IPv6 site.
    package let perNetwork: Limit
    /// From everybody together; half of its burst is kept for networks that have not been here lately.
    package let total: Limit

    package init(
        perAddress: Limit, perNetwork: Limit = Limit(perSecond: 1.0 / 60, burst: 20),
        total: Limit
    ) {
        self.perAddress = perAddress
        self.perNetwork = perNetwork
        self.total = total
    }
}

package struct SearchAttribute: Sendable, Hashable {
    package let name: String
    package let expression: Expression

    package init(name: String, expression: Expression) {
        self.name = name
        self.expression = expression
    }
}

/// A declared inbound event.
package struct EventDeclaration: Sendable, Hashable {
    /// What happens to an event that no active state waits for (yet).
    package enum Early: String, Sendable, Hashable {
        case keep
        case drop
        case reject
    }

    package let name: String
    /// Correlation over `event`; nil: the envelope's `key`.
    package let key: Expression?
    package let data: Schema
    package let early: Early
    /// How long a kept event waits.
    package let timeToLive: Duration
    package let sender: SenderRule?
    /// What is said to who sends it after the instance's end; nil: that it has ended.
    package let afterEnd: String?

    package init(
        name: String, key: Expression?, data: Schema, early: Early, timeToLive: Duration,
        sender: SenderRule?, afterEnd: String? = nil
    ) {
        self.afterEnd = afterEnd
        self.name = name
        self.key = key
        self.data = data
        self.early = early
        self.timeToLive = timeToLive
        self.sender = sender
    }
}

/// Who may send an event. Role `system` passes every rule.
package struct SenderRule: Sendable, Hashable {
    package let role: String
    /// Over `input context params`; the sender's subject must equal it.
    package let subject: Expression?

    package init(role: String, subject: Expression?) {
        self.role = role
        self.subject = subject
    }
}

/// Temporal's retry policy.
package struct RetryPolicy: Sendable, Hashable {
    /// Counts the first try. 0: no limit.
    package let maximumAttempts: Int
    package let initialInterval: Duration
    package let backoffCoefficient: Double
    package let maximumInterval: Duration
    /// Full jitter between half of the interval and the interval.
    package let jitter: Bool
    package let maximumElapsed: Duration?
    package let nonRetryableErrors: [String]

    package init(
        maximumAttempts: Int = 8, initialInterval: Duration = .seconds(1),
        backoffCoefficient: Double = 2, maximumInterval: Duration = .seconds(300),
        jitter: Bool = true, maximumElapsed: Duration? = nil, nonRetryableErrors: [String] = []
    ) {
        self.maximumAttempts = maximumAttempts
        self.initialInterval = initialInterval
        self.backoffCoefficient = backoffCoefficient
        self.maximumInterval = maximumInterval
        self.jitter = jitter
        self.maximumElapsed = maximumElapsed
        self.nonRetryableErrors = nonRetryableErrors
    }

    package static let standard = RetryPolicy()
}

/// The only place where anything outside an instance is touched.
package struct Invocation: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        /// An operation of an adapter.
        case task(adapter: String, operation: String)
        /// A child workflow; nil key: `<parent key>/<activation>`.
        case workflow(name: String, key: Template?)
        /// A task for a person.
        indirect case person(UserTask)
        /// Undo what was done, in reverse order of starting.
        case compensate(CompensationScope)
    }

    package enum CompensationScope: Sendable, Hashable {
        case all
        /// Task names, `adapter.operation`.
        case named([String])
    }

    /// What happens to a child when the state that started it is left.
    package enum OnExit: String, Sendable, Hashable {
        case cancel
        case keep
    }

    package let target: Target
    package let input: Template
    /// Of one attempt (Temporal's start-to-close); nil: the adapter's.
    package let timeout: Duration?
    /// Of all attempts together (Temporal's schedule-to-close).
    package let deadline: Duration?
    package let retry: RetryPolicy
    /// The operation or workflow that undoes this; overrides the adapter's own.
    package let compensate: Target?
    package let onExit: OnExit
    /// One of these for each item.
    package let forEach: ForEach?
    package let location: SourceLocation

    package init(
        target: Target, input: Template, timeout: Duration?, deadline: Duration?,
        retry: RetryPolicy, compensate: Target?, onExit: OnExit, forEach: ForEach? = nil,
        location: SourceLocation
    ) {
        self.target = target
        self.input = input
        self.timeout = timeout
        self.deadline = deadline
        self.retry = retry
        self.compensate = compensate
        self.onExit = onExit
        self.forEach = forEach
        self.location = location
    }
}

/// What a state declares beyond the chart.
package struct StateFacts: Sendable, Hashable {
    package enum Outcome: String, Sendable, Hashable {
        case completed
        case failed
        case cancelled
    }

    /// Over `input context params`: how long the state usually takes at most.
    package let expect: Delay?
    package let tags: [String]
    /// Of a top-level final state.
    package let outcome: Outcome
    package let output: Template?

    package init(
        expect: Delay? = nil, tags: [String] = [], outcome: Outcome = .completed,
        output: Template? = nil
    ) {
        self.expect = expect
        self.tags = tags
        self.outcome = outcome
        self.output = output
    }
}
