import Values

/// The contractor who bakes one fortune cookie per order.
///
/// A cookie is baked `bakingTime` after it was asked for and then announced until somebody
/// acknowledges: an announcement is taken by `due`, and comes back by `postpone` when it could not
/// be delivered. As with the bank, the lines are the whole state and `apply` alone changes it.
package struct CookieContractor: Sendable {
    package let bakingTime: Duration
    package private(set) var lines: [CookieLine] = []
    private var byKey: [ExactText: Int] = [:]
    private var fences: Set<ExactText> = []
    private var cancelled: Set<ExactText> = []
    /// Announcements to make, by time and then by sequence.
    private var announcements: [Announcement] = []
    /// Announcements taken and not yet acknowledged or postponed.
    private var inFlight: [ExactText: Announcement] = [:]

    private struct Announcement: Sendable, Hashable {
        var at: Timestamp
        let seq: Int64
        let key: String

        var eventID: String { "cookie-\(seq)-arrived" }
    }

    package init(bakingTime: Duration = .seconds(600)) {
        self.bakingTime = bakingTime
    }

    package func line(forKey key: String) -> CookieLine? { byKey[key].map { lines[$0] } }

    /// `baking`, `baked` or `cancelled` for an order that was taken.
    func status(of order: CookieLine, now: Timestamp) -> CookieLine.Status {
        if cancelled.contains(order.key) { return .cancelled }
        if let readyAt = order.readyAt, readyAt <= now { return .baked }
        return order.status
    }

    // MARK: Effects

    mutating func order(
        _ request: CookieLine
    ) -> (line: CookieLine, replayed: Bool)? {
        if let earlier = line(forKey: request.key) {
            return earlier.isSameRequest(as: request) ? (earlier, true) : nil
        }
        var line = request
        if fences.contains(line.key) {
            line.status = .fenced
        } else {
            line.readyAt = line.at + bakingTime
        }
        return (record(line), false)
    }

    /// Cancels an unbaked cookie once per key; an order that never came is fenced.
    mutating func cancel(
        _ request: CookieLine, of target: String
    ) -> (line: CookieLine, replayed: Bool)? {
        if let earlier = line(forKey: request.key) {
            return earlier.isSameRequest(as: request) ? (earlier, true) : nil
        }
        var line = request
        if let order = self.line(forKey: target), order.kind == .order, order.status == .baking {
            let status = status(of: order, now: request.at)
            line.status = status == .baked ? .baked : .cancelled
            return (record(line), false)
        }
        line.status = .unknown
        if !fences.contains(target) {
            var fence = request
            (fence.key, fence.kind, fence.status, fence.of) = (target, .fence, .fenced, nil)
            _ = record(fence)
        }
        return (record(line), false)
    }

    private mutating func record(_ line: CookieLine) -> CookieLine {
        var line = line
        line.seq = Int64(lines.count) + 1
        _ = apply(line)
        return line
    }

    // MARK: State

    /// Adds one line; false when it does not follow the last one.
    mutating func apply(_ line: CookieLine) -> Bool {
        guard line.seq == Int64(lines.count) + 1 else { return false }
        let index = lines.count
        lines.append(line)
        switch line.kind {
        case .order:
            byKey[line.key] = index
            if line.status == .baking, let readyAt = line.readyAt {
                insert(Announcement(at: readyAt, seq: line.seq, key: line.key))
            }
        case .cancel:
            byKey[line.key] = index
            if line.status == .cancelled, let target = line.of {
                cancelled.insert(target)
                announcements.removeAll { sameUTF8($0.key, target) }
            }
        case .fence:
            fences.insert(line.key)
        case .arrival:
            announcements.removeAll { sameUTF8($0.key, line.key) }
        }
        return true
    }

    private mutating func insert(_ announcement: Announcement) {
        var low = 0
        var high = announcements.count
        while low < high {
            let middle = low + (high - low) / 2
            let other = announcements[middle]
            if (other.at, other.seq) < (announcement.at, announcement.seq) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        announcements.insert(announcement, at: low)
    }
}

extension CookieContractor {
    // MARK: Announcements

    /// When the next announcement is to be made.
    var nextDue: Timestamp? { announcements.first?.at }

    /// Takes the announcements that are due; the faults of `cookies.arrive` delay or lose some.
    mutating func due(now: Timestamp, faults: inout Faults) -> [SandboxEvent] {
        guard let first = announcements.first, first.at <= now else { return [] }
        let ready = Array(announcements.prefix { $0.at <= now })
        announcements.removeFirst(ready.count)
        var events: [SandboxEvent] = []
        for announcement in ready {
            if let late = faults.take("cookies", "arrive", .latency) {
                var delayed = announcement
                delayed.at = now + late.latency
                insert(delayed)
            } else if faults.take("cookies", "arrive", .lostReply) != nil {
                arrived(announcement.key, .lost, now: now)
            } else if let event = event(for: announcement) {
                inFlight[announcement.eventID] = announcement
                events.append(event)
            }
        }
        return events
    }

    /// The receiver has the event for good; an unknown id changes nothing.
    mutating func acknowledged(eventID: String, now: Timestamp) {
        guard let announcement = inFlight.removeValue(forKey: eventID) else { return }
        arrived(announcement.key, .delivered, now: now)
    }

    /// The receiver will never take the event.
    mutating func abandoned(eventID: String, now: Timestamp) {
        guard let announcement = inFlight.removeValue(forKey: eventID) else { return }
        arrived(announcement.key, .lost, now: now)
    }

    /// The event could not be delivered and is due again at `at`.
    mutating func postpone(eventID: String, until at: Timestamp) {
        guard var announcement = inFlight.removeValue(forKey: eventID) else { return }
        announcement.at = at
        insert(announcement)
    }

    private mutating func arrived(_ key: String, _ status: CookieLine.Status, now: Timestamp) {
        _ = record(CookieLine(seq: 0, at: now, key: key, kind: .arrival, status: status))
    }

    private func event(for announcement: Announcement) -> SandboxEvent? {
        guard let order = line(forKey: announcement.key), let orderID = order.orderID else {
            return nil
        }
        var data: [(String, Value)] = [
            ("cookieId", .string("cookie-\(order.seq)")), ("orderId", .string(orderID)),
        ]
        if let clientID = order.clientID { data.append(("clientId", .string(clientID))) }
        if let readyAt = order.readyAt { data.append(("bakedAt", .string(readyAt.rfc3339))) }
        return SandboxEvent(
            id: announcement.eventID, name: "cookie.arrived", key: orderID,
            data: .map(ValueMap(data)))
    }
}

/// Something that the outside world tells Pawl, with the same id each time it is told.
package struct SandboxEvent: Sendable, Hashable {
    package let id: String
    package let name: String
    /// The key by which Pawl finds the instances; the order's id.
    package let key: String
    package let data: Value

    /// The body for `POST /v1/events`.
    package var body: Value {
        .map(
            ValueMap([
                ("event", .string(name)), ("id", .string(id)), ("key", .string(key)),
                ("data", data),
            ]))
    }
}
