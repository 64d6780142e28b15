import Values

/// A moment as a page shows it: short, with the whole in its title and for programs.
struct Moment: Sendable, Hashable {
    /// RFC 3339.
    let iso: String
    /// `00:09:12` of the same day, `Sun 22:10` of the week before, else `27 Nov 2026 18:00`; UTC.
    let text: String
    let timestamp: Timestamp

    static let unknown = Moment(Timestamp(milliseconds: 0), now: nil)

    init?(_ iso: String?, now: Timestamp? = nil) {
        guard let timestamp = iso.flatMap(Timestamp.init(rfc3339:)) else { return nil }
        self.init(timestamp, now: now)
    }

    init(_ timestamp: Timestamp, now: Timestamp?) {
        self.timestamp = timestamp
        iso = timestamp.rfc3339
        text = Self.text(iso, timestamp, now)
    }

    private static func text(_ iso: String, _ moment: Timestamp, _ now: Timestamp?) -> String {
        let date = iso.prefix(10)
        let time = iso.dropFirst(11)
        guard let now else { return "\(date) \(time.prefix(8))" }
        if now.rfc3339.prefix(10) == date { return String(time.prefix(8)) }
        let distance = moment < now ? now - moment : moment - now
        if distance < .seconds(6 * 86_400) {
            return "\(weekday(moment)) \(time.prefix(5))"
        }
        let parts = date.split(separator: "-")
        let month = parts.count > 1 ? Int(parts[1]).map { months[($0 - 1) % 12] } ?? "" : ""
        let day = parts.count > 2 ? String(parts[2].drop { $0 == "0" }) : ""
        let year = now.rfc3339.prefix(4) == parts.first ?? "" ? "" : " \(parts.first ?? "")"
        return "\(day) \(month)\(year) \(time.prefix(5))"
    }

    private static func weekday(_ moment: Timestamp) -> String {
        let days = moment.seconds / 86_400 - (moment.seconds % 86_400 < 0 ? 1 : 0)
        // 1 January 1970 was a Thursday.
        return names[Int(((days + 3) % 7 + 7) % 7)]
    }

    private static let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// How long ago, or how long until.
struct Distance: Sendable, Hashable {
    let text: String

    init(from start: Timestamp, to end: Timestamp) {
        text = start <= end ? (end - start).shortText : "in \((start - end).shortText)"
    }
}
