import CEL
import Statechart
import Values

/// When something is due, as a workflow declares it: an exact duration, a calendar duration, or an expression that gives
/// one of these or a moment. Its value is told by `Calendars.time`.
package struct Delay: Sendable, Hashable {
    package let template: Template
    package let location: SourceLocation

    package init(_ template: Template, at location: SourceLocation) {
        self.template = template
        self.location = location
    }

    /// The words of the form that is a map.
    package static let words = ["after", "at", "calendar", "zone"]

    package func time(
        in bindings: Bindings, from start: Timestamp, by calendars: Calendars
    ) throws(EvaluationError) -> DueTime {
        try calendars.time(template.evaluate(bindings), from: start)
    }
}

/// A due time as it was computed once: later holidays do not move it.
package struct DueTime: Sendable, Hashable {
    /// In whole milliseconds, never early (G5).
    package let instant: Timestamp
    /// nil: an exact duration, or a moment that was given.
    package let reckoning: Reckoning?

    package init(_ instant: Timestamp, reckoning: Reckoning? = nil) {
        self.instant = instant
        self.reckoning = reckoning
    }
}

/// What a due time is by the calendar, for people.
package struct Reckoning: Sendable, Hashable {
    /// `5 business days: Mon 2026-04-13 18:00 Europe/Berlin`
    package let text: String
    /// The calendar by which business days were counted, and which content of it: `company@3f2a…`.
    package let calendar: String?

    package init(text: String, calendar: String?) {
        self.text = text
        self.calendar = calendar
    }
}
