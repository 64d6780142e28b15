import Values

/// When a remote wants to be asked again: `Retry-After` (RFC 9110, 10.2.3), a number of seconds or a date.
package enum RetryAfter: Sendable, Hashable {
    case seconds(Int64)
    /// Nothing else is known of the remote's clock.
    case at(Timestamp)

    /// nil: it says nothing that could be read. A date is compared with the answer's own `Date`, so that it counts for
    /// nothing whose clock is wrong.
    package init?(_ headers: [HTTPHeader]) {
        func value(_ name: String) -> String? {
            headers.first { sameUTF8($0.name.lowercased(), name) }?.value
        }
        guard let text = value("retry-after") else { return nil }
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More than a number holds is a very long time.
            self = .seconds(Int64(text) ?? .max)
            return
        }
        guard let moment = HTTPDate.moment(of: text) else { return nil }
        guard let now = value("date").flatMap(HTTPDate.moment) else {
            self = .at(moment)
            return
        }
        self = .seconds(max(0, (moment - now).components.seconds))
    }
}

/// The three spellings of a date in HTTP (RFC 9110, 5.6.7).
enum HTTPDate {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`. The name of the day
    /// is not compared with the date.
    static func moment(of text: String) -> Timestamp? {
        let parts = text.split { $0 == " " || $0 == "," || $0 == "-" }.map { $0.lowercased() }
        switch parts.count {
        case 6 where parts[5] == "gmt":
            return moment(day: parts[1], month: parts[2], year: parts[3], time: parts[4])
        case 5: return moment(day: parts[2], month: parts[1], year: parts[4], time: parts[3])
        default: return nil
        }
    }

    private static func moment(
        day: String, month: String, year: String, time: String
    ) -> Timestamp? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let month = months.firstIndex(of: month), let day = number(day),
            let year = number(year), clock.count == 3, clock.allSatisfy({ $0.utf8.count == 2 }),
            clock.allSatisfy({ number($0) != nil })
        else { return nil }
        // Two digits are of the century that is nearer (RFC 9110 asks for fifty years at most ahead).
        let full = year < 70 ? 2000 + year : year < 100 ? 1900 + year : year
        return Timestamp(
            rfc3339: "\(full.padded(to: 4))-\((month + 1).padded(to: 2))-\(day.padded(to: 2))"
                + "T\(time)Z")
    }

    private static func number(_ text: String) -> Int? {
        text.utf8.count <= 4 && text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            ? Int(text) : nil
    }
}
