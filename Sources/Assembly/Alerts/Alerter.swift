import Alerts
import Definition
import Engine
import Execution
import Logging
import Sabotage
import Synchronization
import Values

/// Looks at what is wrong, keeps what is to be said, and says it: the driver of `AlertBook`.
///
/// Three loops. One looks: at incidents and breakers when one of them has changed, or something comes of those that are known,
/// and not more often than twice in a second; at what comes of time alone now and then. What comes of it is one commit. Another attempts deliveries that the store has: what an earlier process left is no different from what was
/// made just now; the third wakes it when there is one. None keeps anything that a restart would miss.
package final class Alerter: Sendable {
    /// Between two looks.
    private static let pause = Duration.milliseconds(500)
    /// What has to change for another look at incidents and breakers; what people do to alerts counts, too.
    private static let concerns: Set<ChangedThing> = [.incident, .breaker, .alert]
    /// Between two looks at what comes of time alone.
    private static let interval = Duration.seconds(10)
    private static let tidying = Duration.seconds(3_600)
    /// Attempts at once.
    private static let width = 8

    private let engine: Engine
    private let configuration: AlertConfiguration
    private let namespace: String
    private let post: AlertPost
    private let logger: Logger
    private let begun: Timestamp
    /// Since when there is little room.
    private let fullSince = Mutex<Timestamp?>(nil)
    /// Open from the beginning: what happens before the first look is not missed.
    private let feed: ChangeFeed
    /// What is to be delivered is known to whoever delivers at once, whoever made it.
    private let queue: ChangeFeed
    /// Without any news, pending deliveries are looked at that often.
    private let idle: Duration
    private let known = Mutex(Known())
    /// Deliveries that are being attempted.
    private let underway = Mutex<Set<ExactText>>([])
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// What is known of incidents between two looks at them.
    private struct Known {
        /// One of them has changed since; nobody has looked yet, at first.
        var isOld = true
        /// When something comes of them, though nothing changes.
        var nextAt: Timestamp?
    }

    package init(
        _ engine: Engine, _ configuration: AlertConfiguration, namespace: String, post: AlertPost,
        logger: Logger, idle: Duration = .seconds(30)
    ) {
        self.engine = engine
        self.idle = idle
        self.configuration = configuration
        self.namespace = namespace
        self.post = post
        self.logger = logger
        begun = engine.clock.now()
        feed = engine.feed(of: Self.concerns)
        queue = engine.feed(of: [.alert])
        (signals, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Until it is cancelled, or the engine ends.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watch() }
            group.addTask { await self.deliver() }
            group.addTask { await self.listen() }
            // One without the other is of no use.
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Looking

    private func watch() async {
        defer { feed.end() }
        var wideAt = ContinuousClock.now
        var tidyAt = ContinuousClock.now
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let isWide = wideAt <= began
            if isWide { wideAt = began + Self.interval }
            let next = await look(isWide)
            if tidyAt <= began {
                tidyAt = began + Self.tidying
                try? await engine.update(.tidyAlerts(at: engine.clock.now()))
            }
            try? await Task.sleep(until: began + Self.pause)
            let delay = next.map { engine.clock.delay(until: $0) } ?? Self.interval
            guard let news = await feed.wait(atMost: min(delay, wideAt - .now)) else { return }
            note(news)
        }
    }

    private func note(_ news: ChangeFeed.News) {
        if !news.isEmpty { known.withLock { $0.isOld = true } }
    }

    /// - Parameter isWide: also at what comes of time alone.
    /// - Returns: when something may come of it, though nothing changes.
    private func look(_ isWide: Bool) async -> Timestamp? {
        let now = engine.clock.now()
        // Before anything is read: what comes meanwhile is for the next look.
        note(feed.take())
        let isDeep = known.withLock { known in
            defer { known.isOld = false }
            return known.isOld || known.nextAt.map { $0 <= now } == true
        }
        guard isDeep || isWide else { return known.withLock { $0.nextAt } }
        do {
            let observation = try observe(isDeep, isWide, at: now)
            let changes = try AlertRecords(engine.store)
                .book(configuration, namespace: namespace).changes(by: observation, at: now)
            let next = known.withLock { known in
                if isDeep { known.nextAt = changes.next }
                return [changes.next, known.nextAt].compactMap(\.self).min()
            }
            guard !changes.isEmpty else { return next }
            reach(.alertFound)
            // Decided again on what is decided by then: somebody may have acknowledged it meanwhile.
            try await engine.update(
                .alerts(by: observation, configuration, namespace: namespace, at: now))
            reach(.alertKept)
            signal.yield()
            return next
        } catch {
            // It is looked at again in a moment; whoever asks the engine is told the same.
            if isDeep { known.withLock { $0.isOld = true } }
            logger.warning("alerts cannot be looked at", metadata: ["reason": "\(error)"])
            return now + Self.pause
        }
    }

    /// - Parameter isDeep: at incidents and breakers.
    private func observe(
        _ isDeep: Bool, _ isWide: Bool, at now: Timestamp
    ) throws(Problem) -> Observation {
        let inspector = engine.inspector
        var observation = Observation()
        if isDeep {
            observation.add(try inspector.conditionsOfIncidents())
            observation.conditions += inspector.conditionsOfBreakers()
        } else {
            observation.unread.formUnion([.incident, .breaker])
        }
        if isWide {
            observation.add(
                try inspector.conditionsOfTime(
                    late: configuration.timersLate, samples: engine.vitals.samples()))
            if let full = conditionOfRoom(at: now) { observation.conditions.append(full) }
            if let apart = conditionOfClock() { observation.conditions.append(apart) }
        } else {
            observation.unread.formUnion([.overdue, .timersLate, .clock, .disk, .scheduleMissed])
        }
        return observation
    }

    private func conditionOfRoom(at now: Timestamp) -> Condition? {
        guard let free = engine.store.room, free < configuration.diskRoom else {
            fullSince.withLock { $0 = nil }
            return nil
        }
        let since = fullSince.withLock { since in
            since = since ?? now.ceilingToMilliseconds
            return since ?? now
        }
        var condition = Condition(
            .disk, "room", since: since,
            sentence: "The disk of the database has less than "
                + "\(configuration.diskRoom >> 20) MiB left; without room nothing is taken any more."
        )
        condition.commands = ["df -h", "du -sh *"]
        return condition
    }

    /// Beside the log's line: whoever is on duty reads no log.
    private func conditionOfClock() -> Condition? {
        guard let jump = engine.clock.standing?.jump else { return nil }
        let way = jump.by < .zero ? "back" : "ahead"
        var condition = Condition(
            .clock, "wall", since: jump.since.ceilingToMilliseconds,
            sentence:
                "The wall clock has jumped \(way) by \(ClockStanding.text(jump.by)); the engine "
                + "does not follow it before that has held.")
        condition.commands = ["pawl clock", "timedatectl"]
        return condition
    }

    /// One look, and one attempt of all that may leave: what `run` does again and again.
    package func turn() async {
        _ = await look(true)
        while let due = try? dueDeliveries().due, !due.isEmpty {
            for delivery in due { await attempt(delivery) }
        }
    }

    // MARK: Delivering

    /// A message that a request made, such as a test, waits for no clock.
    private func listen() async {
        defer { queue.end() }
        while await queue.next() != nil { signal.yield() }
    }

    private func deliver() async {
        var signals = signals.makeAsyncIterator()
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                var delay = idle
                do throws(StoreError) {
                    let (due, next) = try dueDeliveries()
                    for delivery in due {
                        group.addTask { await self.attempt(delivery) }
                    }
                    if let next { delay = min(delay, engine.clock.delay(until: next)) }
                } catch {
                    delay = Self.pause
                }
                let alarm = Task { [signal, delay] in
                    try await Task.sleep(for: delay)
                    signal.yield()
                }
                let news: Void? = await signals.next(isolation: nil)
                alarm.cancel()
                if news == nil { break }
            }
            group.cancelAll()
        }
    }

    /// Those that may leave now, which are then under way; and when the next may. Of one alert to one address the first
    /// comes first: that something is over is not said before that it began.
    private func dueDeliveries() throws(StoreError) -> (
        due: [AlertDelivery], next: Timestamp?
    ) {
        let pending = try AlertRecords(engine.store).deliveries(.pending)
        let now = engine.clock.now()
        return underway.withLock { underway in
            var due: [AlertDelivery] = []
            var next: Timestamp?
            var before: Set<[ExactText]> = []
            for delivery in pending {
                if isMutant(.alertDeliveryForgotten), delivery.attempts == 0,
                    delivery.madeAt < begun
                {
                    continue
                }
                let line = [
                    delivery.receiver, ExactText(delivery.address ?? ""),
                    ExactText(delivery.alert ?? delivery.id),
                ]
                guard before.insert(line).inserted, !underway.contains(delivery.id) else {
                    continue
                }
                guard delivery.nextAt <= now else {
                    next = min(next ?? delivery.nextAt, delivery.nextAt)
                    continue
                }
                guard underway.count < Self.width else { break }
                underway.insert(delivery.id)
                due.append(delivery)
            }
            return (due, next)
        }
    }

    private func attempt(_ delivery: AlertDelivery) async {
        let outcome = await post.send(delivery)
        reach(.alertSent)
        // What became of it nobody knows: the next process sends it again, under the same id.
        guard !Task.isCancelled else { return }
        while !Task.isCancelled {
            do throws(Problem) {
                try await engine.update(.attempted(delivery.id, outcome, at: engine.clock.now()))
                break
            } catch {
                // It was sent: better a moment without word of it than once more.
                try? await Task.sleep(for: Self.pause)
            }
        }
        reach(.alertEnded)
        if case .failed(let reason, _) = outcome {
            logger.warning(
                "an alert was not delivered, and is tried again",
                metadata: [
                    "delivery": "\(delivery.id)", "receiver": "\(delivery.receiver)",
                    "reason": "\(reason)",
                ])
        }
        underway.withLock { $0.remove(delivery.id) }
        signal.yield()
    }
}
