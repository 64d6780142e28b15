import Guest
import Values

/// The contractor who bakes one fortune cookie per order.
///
/// A cookie is baked `bakingTime` after it was asked for and then announced until somebody
/// acknowledges: an announcement is taken by `due`, and comes back by `postpone` when it could not
/// be delivered. As with the bank, the lines are the whole state and `apply` alone changes it.
public struct CookieContractor: Remote {
    public static let adapter = "cookies"
    public static let operations = [
        RemoteOperation("order", also: [.refuseKey]),
        RemoteOperation("cancel", also: [.refuseKey]),
        RemoteOperation("ask", also: [.undecided]),
        // An announcement: late, or lost.
        RemoteOperation("arrive", only: [.latency, .lostReply]),
    ]

    public let bakingTime: Duration
    public private(set) var lines: [CookieLine] = []
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

    /// The contractor asks for no credential.
    public init(credential: String?) { self.init() }

    public init(bakingTime: Duration = .seconds(600)) {
        self.bakingTime = bakingTime
    }

    public func line(forKey key: String) -> CookieLine? { byKey[key].map { lines[$0] } }

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
    public mutating func apply(_ line: CookieLine) -> Bool {
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
    public var nextDue: Timestamp? { announcements.first?.at }

    /// Takes the announcements that are due.
    public mutating func due(now: Timestamp) -> [RemoteEvent] {
        guard let first = announcements.first, first.at <= now else { return [] }
        let ready = Array(announcements.prefix { $0.at <= now })
        announcements.removeFirst(ready.count)
        return ready.compactMap { announcement in
            guard let event = event(for: announcement) else { return nil }
            inFlight[announcement.eventID] = announcement
            return event
        }
    }

    public mutating func settle(
        eventID: String, as outcome: RemoteEventOutcome, now: Timestamp
    ) {
        guard var announcement = inFlight.removeValue(forKey: eventID) else { return }
        switch outcome {
        case .acknowledged: arrived(announcement.key, .delivered, now: now)
        case .abandoned: arrived(announcement.key, .lost, now: now)
        case .postponed(let moment):
            announcement.at = moment
            insert(announcement)
        }
    }

    private mutating func arrived(_ key: String, _ status: CookieLine.Status, now: Timestamp) {
        _ = record(CookieLine(seq: 0, at: now, key: key, kind: .arrival, status: status))
    }

    private func event(for announcement: Announcement) -> RemoteEvent? {
        guard let order = line(forKey: announcement.key), let orderID = order.orderID else {
            return nil
        }
        var data: [(String, Value)] = [
            ("cookieId", .string("cookie-\(order.seq)")), ("orderId", .string(orderID)),
        ]
        if let clientID = order.clientID { data.append(("clientId", .string(clientID))) }
        if let readyAt = order.readyAt { data.append(("bakedAt", .string(readyAt.rfc3339))) }
        return RemoteEvent(
            id: announcement.eventID, name: "cookie.arrived", key: orderID,
            data: .map(ValueMap(data)), sender: "contractor/cookies", operation: "arrive")
    }
}

extension CookieContractor {
    public var overview: RemoteOverview {
        RemoteOverview(title: "Cookies", fact: "\(lines.count) lines of orders and cancellations")
    }
}
