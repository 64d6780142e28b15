import CEL
import Schedule
import Values

/// The calendars of a project, and whose days and zone are meant where nothing is said. A value: what is published
/// holds one, so that no decision asks a file.
package struct Calendars: Sendable, Hashable {
    /// In order of their names.
    package let all: [BusinessCalendar]
    /// Where none is named: the only one of the folder.
    private let standard: BusinessCalendar?
    /// The installation's, an IANA name; nil: it names none.
    package private(set) var zone: String?

    /// - Parameters:
    ///   - calendars: what lies in the folder.
    ///   - kept: what else the database knows, for those who name it.
    package init(
        _ calendars: [BusinessCalendar] = [], kept: [BusinessCalendar] = [], zone: String? = nil
    ) {
        var named: [ExactText: BusinessCalendar] = [:]
        for calendar in calendars + kept where named[ExactText(calendar.name)] == nil {
            named[ExactText(calendar.name)] = calendar
        }
        all = named.keys.sorted().compactMap { named[$0] }
        standard = calendars.count == 1 ? calendars.first : nil
        self.zone = zone
    }

    /// The same in another installation's zone.
    package func inZone(_ zone: String) -> Calendars {
        var calendars = self
        calendars.zone = zone
        return calendars
    }

    package subscript(_ name: String) -> BusinessCalendar? {
        all.first { sameUTF8($0.name, name) }
    }

    /// Why a delay comes to nothing, as a sentence without a full stop that says what to do.
    package struct Trouble: Error, Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case notADelay
            /// One that is not there, or business days without one.
            case calendar
            /// One that is not there, or none.
            case zone
            case outOfRange
        }

        package let kind: Kind
        package let message: String

        fileprivate init(_ kind: Kind, _ message: String) {
            self.kind = kind
            self.message = message
        }
    }
}

extension Calendars {
    /// A delay from `start`, or a moment.
    package func time(_ value: Value, from start: Timestamp) throws(EvaluationError) -> DueTime {
        do throws(Trouble) {
            return try due(value, from: start)
        } catch {
            throw EvaluationError(kind: .invalidArgument, message: error.message)
        }
    }

    package func due(_ value: Value, from start: Timestamp) throws(Trouble) -> DueTime {
        switch try Self.read(value) {
        case .exact(let span):
            guard let instant = start.adding(span) else { throw Trouble(.outOfRange, Self.tooFar) }
            return DueTime(instant.ceilingToMilliseconds)
        case .moment(let instant): return DueTime(instant.ceilingToMilliseconds)
        case .calendar(let duration): return try due(duration, from: start)
        }
    }

    private static let tooFar = "that lies outside of the years 1 to 9999"

    private func due(
        _ duration: CalendarDuration, from start: Timestamp
    ) throws(Trouble) -> DueTime {
        let calendar = try calendar(of: duration)
        let zone = try zone(of: duration, calendar)
        let counted = duration.unit == .businessDay ? calendar : nil
        let moment: CalendarMoment
        do throws(CalendarMomentError) {
            moment = try duration.moment(from: start, zone: zone, calendar: counted)
        } catch {
            switch error {
            case .unknownZone(let name):
                throw Trouble(
                    .zone,
                    WorkflowSchedule.problem(withZone: name) ?? "there is no time zone '\(name)'")
            case .noCalendar: throw Trouble(.calendar, whichCalendar)
            case .outOfRange: throw Trouble(.outOfRange, Self.tooFar)
            }
        }
        var text = "\(duration.amount): \(moment.name)"
        if moment.isBeyondCalendar, let counted {
            text += " (\(counted.name) knows no holidays after \(counted.knownUntil))"
        }
        return DueTime(
            moment.instant.ceilingToMilliseconds,
            reckoning: Reckoning(text: text, calendar: counted?.stamp))
    }

    /// The one that is named, else the project's only one.
    package func calendar(
        of duration: CalendarDuration
    ) throws(Trouble) -> BusinessCalendar? {
        if let name = duration.calendar {
            guard let calendar = self[name] else {
                let known = all.map(\.name)
                let hint = suggestion(for: name, among: known)
                let rest =
                    known.isEmpty
                    ? "; put it into calendars/\(name).yaml"
                    : "; known: \(known.prefix(12).joined(separator: ", "))"
                throw Trouble(
                    .calendar, "there is no calendar '\(name)'" + (hint.isEmpty ? rest : hint))
            }
            return calendar
        }
        if standard == nil, duration.unit == .businessDay {
            throw Trouble(.calendar, whichCalendar)
        }
        return standard
    }

    private var whichCalendar: String {
        all.isEmpty
            ? "business days need a calendar of holidays; put one into calendars/NAME.yaml"
            : "there are several calendars; say by which: 'by \(all.first?.name ?? "NAME")', or a "
                + "'calendar' beside 'after' (known: \(all.map(\.name).prefix(12).joined(separator: ", ")))"
    }

    /// The one that is said, else the calendar's, else the installation's.
    package func zone(
        of duration: CalendarDuration, _ calendar: BusinessCalendar?
    ) throws(Trouble) -> String {
        guard let zone = duration.zone ?? calendar?.zone ?? self.zone else {
            throw Trouble(
                .zone,
                "\(duration.amount) from now is another moment in each time zone, and none is said; write "
                    + "'in Europe/Berlin' behind it, or 'zone' in the calendar or in pawl.yaml")
        }
        return zone
    }
}

extension Calendars {
    /// A value that says when.
    package enum Reading: Sendable, Hashable {
        case exact(Duration)
        case calendar(CalendarDuration)
        case moment(Timestamp)
    }

    package static func read(_ value: Value) throws(Trouble) -> Reading {
        switch value {
        case .duration(let span): return .exact(span)
        case .timestamp(let moment): return .moment(moment)
        case .string(let text): return try read(text)
        case .map(let map): return .calendar(try read(map))
        case .null, .bool, .int, .uint, .double, .bytes, .list, .type, .optional:
            throw Trouble(
                .notADelay, "\(value.typeName) is no duration, calendar duration or moment")
        }
    }

    private static func read(_ text: String) throws(Trouble) -> Reading {
        if let span = Duration(parsing: text) { return .exact(span) }
        if let moment = Timestamp(rfc3339: text) { return .moment(moment) }
        guard CalendarDuration.isMeant(by: text) else {
            throw Trouble(
                .notADelay,
                "'\(text.shortened(to: 60))' is no duration such as 15m or 2d, no calendar duration such as "
                    + "2 calendar days, 5 business days or 1 month, and no moment")
        }
        return .calendar(try parse(text))
    }

    private static func parse(_ text: String) throws(Trouble) -> CalendarDuration {
        do throws(CalendarDurationError) { return try CalendarDuration(parsing: text) } catch {
            throw Trouble(.notADelay, error.message)
        }
    }

    /// `{after: 2 business days, at: '18:00', calendar: company, zone: Europe/Berlin}`.
    private static func read(_ map: ValueMap) throws(Trouble) -> CalendarDuration {
        for key in map.keys {
            guard let name = key.stringValue, Delay.words.contains(exactly: name) else {
                let name = key.stringValue ?? "\(key)"
                throw Trouble(
                    .notADelay,
                    "a delay has no '\(name.shortened(to: 60))'"
                        + suggestion(for: name, among: Delay.words))
            }
        }
        guard let text = map["after"]?.stringValue else {
            throw Trouble(
                .notADelay,
                "a delay that is a map needs 'after', a calendar duration such as 2 business days")
        }
        guard Duration(parsing: text) == nil else {
            throw Trouble(
                .notADelay,
                "\(text) is real time, which has no 'at', calendar or zone; write it alone, or as "
                    + "calendar days")
        }
        let duration = try parse(text)
        do throws(CalendarDurationError) {
            return try duration.with(
                at: try member(map, "at").map(CalendarDuration.timeOfDay),
                calendar: try member(map, "calendar"), zone: try member(map, "zone"))
        } catch {
            throw Trouble(.notADelay, error.message)
        }
    }

    private static func member(
        _ map: ValueMap, _ name: String
    ) throws(CalendarDurationError) -> String? {
        guard let value = map[name], !value.isNull else { return nil }
        return try CalendarDuration.word(value.stringValue, name)
    }
}
