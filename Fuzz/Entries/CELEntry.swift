import CEL
import Values

/// Expressions and templates: parsed, described, evaluated within a budget over values of every kind.
enum CELEntry {
    private static let budget = 20_000

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let text = bytes.text
        try check(expression: text)
        try check(template: text)
        if let span = Duration(parsing: text) { try check(span) }
        if let moment = Timestamp(rfc3339: text) {
            let again = Timestamp(rfc3339: moment.rfc3339)
            try require(again == moment, "the moment is written as another one")
        }
    }

    private static func check(expression text: String) throws(FuzzFailure) {
        switch parsed({ () throws(ParseError) in try Expression(parsing: text) }) {
        case .failure(let error): try place(error, in: text)
        case .success(let expression):
            for issue in expression.issues { try place(issue, in: text) }
            for reference in expression.references {
                try require(!reference.path.isEmpty, "a reference to nothing")
            }
            _ = expression.explain(bindings)
            try evaluate(expression)
        }
    }

    private static func parsed<T, E: Error>(_ parse: () throws(E) -> T) -> Result<T, E> {
        do throws(E) { return .success(try parse()) } catch { return .failure(error) }
    }

    private static func place(_ error: ParseError, in text: String) throws(FuzzFailure) {
        try require(
            error.offset >= 0 && error.offset <= text.utf8.count, "an error outside of the text")
        try require(!error.caretFrame(source: text).isEmpty, "a frame without a text")
    }

    private static func evaluate(_ expression: Expression) throws(FuzzFailure) {
        let value: Value
        switch parsed({ () throws(EvaluationError) in
            try expression.evaluate(bindings, budget: budget)
        }) {
        case .failure(let error):
            let frame = error.caretFrame(source: expression.source)
            try require(!frame.isEmpty, "a frame without a text")
            try require(error.message.unicodeScalars.count <= 500, "a message without end")
            return
        case .success(let result): value = result
        }
        guard value.excess() == nil else { return }
        let plain = value.plain
        try require(plain.isPlain, "plain values are not plain")
        let again = try? JSON.parse(JSON.encode(plain), limits: .trusted)
        try require(again == plain, "what was written is read as another value")
    }

    private static func check(template text: String) throws(FuzzFailure) {
        let source: Value = ["a": [.string(text)], "b": .string(text)]
        switch parsed({ () throws(TemplateError) in try Template(parsing: source) }) {
        case .failure(let error):
            try require(error.offset <= text.utf8.count, "an error outside of the text")
        case .success(let template):
            guard let value = try? template.evaluate(bindings, budget: budget) else { return }
            try require(value.excess() == nil, "a template's value is beyond the limits")
        }
    }

    private static func check(_ span: Duration) throws(FuzzFailure) {
        _ = (span.shortText, span.milliseconds, Timestamp.distantFuture + span)
        let again = Duration(parsing: span.celString)
        try require(again == span, "the span is written as another one: \(span.celString)")
    }

    /// What workflows see, with the extremes of each kind.
    private static let bindings: Bindings = [
        "input": [
            "n": 7, "big": .int(.max), "small": .int(.min), "u": .uint(.max), "d": 0.1,
            "huge": .double(1.7e308), "nan": .double(.nan), "inf": .double(-.infinity),
            "s": "Fuß 👩‍👩‍👧 e\u{301}", "long": .string(String(repeating: "ab", count: 300)),
            "empty": "", "b": .bytes([0, 255, 128]), "t": true, "no": nil,
            "list": [3, 1, 2, 2.5, "x", ["y"]], "numbers": [5, -3, 9],
            "map": ["a": 1, "b": ["c": nil]],
        ],
        "context": ["past": .timestamp(.distantPast), "future": .timestamp(.distantFuture)],
        "params": [
            "span": .duration(.seconds(90)), "wide": .duration(.seconds(315_576_000_000)),
        ],
        "event": ["name": "e", "data": [:]],
        "now": .timestamp(Timestamp(seconds: 1_767_268_800)),
    ]
}
