import Adapters
import Execution
import Resources
import Values

/// Values of headers and parameters that come from outside: when to come again, who asks, where a page went on, where
/// something belongs in a trace, how long.
enum HeaderEntry {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let text = bytes.text
        try checkRetry(text)
        try checkNames(text)
        if let position = Cursor.position(text) {
            try require(
                Cursor.position(Cursor.text(position)) == position,
                "a place is written as another one")
        }
        if let trace = TraceContext(traceparent: text, tracestate: text) {
            let again = TraceContext(traceparent: trace.traceparent, tracestate: trace.state)
            try require(again == trace, "a trace is written as another one: \(trace.traceparent)")
        }
        if let span = try? CalendarDuration(parsing: text) {
            let again = try? CalendarDuration(parsing: span.amount)
            try require(
                again?.count == span.count && again?.unit == span.unit,
                "the amount is written as another one: \(span.amount)")
        }
    }

    private static func checkRetry(_ text: String) throws(FuzzFailure) {
        let header = HTTPHeader("Retry-After", text)
        switch RetryAfter([header]) {
        case nil: break
        case .seconds(let seconds): try require(seconds >= 0, "to come again before now")
        case .at(let moment):
            try require(
                Timestamp(rfc3339: moment.rfc3339) == moment, "a date that cannot be written")
            // The remote's own clock says the same date: now.
            try require(
                RetryAfter([header, HTTPHeader("Date", text)]) == .seconds(0),
                "a date is not as long from itself as nothing")
        }
    }

    private static func checkNames(_ text: String) throws(FuzzFailure) {
        if let actor = try? Actor(header: text) {
            try require(
                sameUTF8(actor.description, text), "an actor is another one: \(actor)")
        }
        // Whatever stands behind a slash is a key.
        let name = InstanceName(workflow: "order", key: text)
        try require(
            text.isEmpty || InstanceName(parsing: name.description) == name,
            "a key cannot be named: \(name)")
        let scope = MoneyScope.account(ExactText(text))
        try require(
            text.isEmpty || MoneyScope(parsing: scope.text) == scope,
            "an account cannot be named: \(scope.text)")
    }
}
