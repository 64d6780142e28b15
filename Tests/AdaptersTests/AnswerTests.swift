import CEL
import Definition
import Execution
import Testing
import Values

@testable import Adapters

/// What an outcome comes to, short enough for a table.
private enum Verdict: Equatable {
    case succeeded
    case failed(String, again: Bool)
    case unknown(String)
    case notApplied
    case undecided
    case withdrawn

    init(_ outcome: CallOutcome) {
        switch outcome {
        case .succeeded: self = .succeeded
        case .failed(let error), .failedAfterRestart(let error):
            self = .failed(error.name, again: error.isRetryable)
        case .unknown(let error): self = .unknown(error.name)
        case .notApplied: self = .notApplied
        case .undecided: self = .undecided
        case .withdrawn, .held: self = .withdrawn
        }
    }
}

private struct Case: Sendable, CustomStringConvertible {
    let status: Int
    let body: String
    let verdict: Verdict
    let end: CallEnd

    init(_ status: Int, _ body: String, _ verdict: Verdict, _ end: CallEnd) {
        self.status = status
        self.body = body
        self.verdict = verdict
        self.end = end
    }

    var description: String { "\(status) \(body)" }
    var testDescription: String { description }
}

@Suite("Answers: what they mean")
struct AnswerTests {
    private static let attempts = [
        Case(200, #"{"id":"c1"}"#, .succeeded, .success),
        Case(201, #"{"id":"c1"}"#, .succeeded, .success),
        Case(200, #"{}"#, .unknown("invalid-output"), .success),
        Case(200, #"{"id":7}"#, .unknown("invalid-output"), .success),
        Case(200, "not json", .unknown("invalid-output"), .success),
        Case(200, #"{"id":"a","id":"b"}"#, .unknown("invalid-output"), .success),
        Case(204, "", .unknown("invalid-output"), .success),
        Case(402, #"{"reason":"no funds"}"#, .failed("declined", again: false), .businessError),
        Case(409, #"{"code":"busy"}"#, .failed("busy", again: true), .businessError),
        Case(409, #"{"code":"other"}"#, .unknown("rejected"), .businessError),
        Case(409, "no json at all", .unknown("rejected"), .businessError),
        Case(503, "", .failed("unavailable", again: true), .failure),
        Case(500, "", .unknown("unavailable"), .failure),
        Case(502, "", .unknown("unavailable"), .failure),
        Case(504, "", .unknown("unavailable"), .failure),
        Case(429, "", .unknown("unavailable"), .businessError),
        Case(408, "", .unknown("unavailable"), .businessError),
        Case(425, "", .unknown("unavailable"), .businessError),
        Case(400, "", .unknown("rejected"), .businessError),
        Case(404, "", .unknown("rejected"), .businessError),
        Case(401, "", .unknown("rejected"), .businessError),
        Case(403, "", .unknown("rejected"), .businessError),
        Case(302, "", .unknown("rejected"), .businessError),
        Case(307, "", .unknown("rejected"), .businessError),
        Case(0, "", .unknown("unavailable"), .failure),
        Case(999, "", .unknown("unavailable"), .failure),
    ]

    private static func charge(
        kind: OperationManifest.Kind = .compensatable
    ) throws -> OperationManifest {
        try Fixture.operation(
            output: ["id": "${response.body.id}"],
            outputSchema: Fixture.schema([
                "type": "object", "required": ["id"], "properties": ["id": ["type": "string"]],
            ]),
            errors: [
                ErrorRule(
                    statuses: [.exactly(402)], condition: nil, name: "declined",
                    isRetryable: false),
                ErrorRule(
                    statuses: [.exactly(409)],
                    condition: Expression(parsing: "response.body.code == 'busy'"), name: "busy",
                    isRetryable: true),
                ErrorRule(
                    statuses: [.exactly(503)], condition: nil, name: "unavailable",
                    isRetryable: true),
            ],
            onUnknown: .ask(Fixture.askRule()), kind: kind)
    }

    private func answer(
        _ status: Int, _ body: String, type: String = "application/json"
    ) -> Result<Answer, TransportFailure> {
        .success(
            .http(
                HTTPResponse(
                    status: status, headers: [HTTPHeader("Content-Type", type)],
                    body: Array(body.utf8))))
    }

    @Test("answers to an attempt", arguments: attempts)
    private func attempt(given: Case) throws {
        let reading = try Fixture.exchange(Self.charge()).read(answer(given.status, given.body))
        #expect(Verdict(reading.outcome) == given.verdict)
        #expect(reading.end == given.end)
    }

    @Test("an answer that is accepted is a success, whatever the error rules say")
    func accepted() throws {
        let gone = ErrorRule(
            statuses: [.exactly(404)], condition: nil, name: "gone", isRetryable: false)
        let strict = try Fixture.operation(output: [:], errors: [gone])
        let lenient = try Fixture.operation(
            output: [:], accepted: [.exactly(404)], errors: [gone])
        #expect(
            try Verdict(Fixture.exchange(strict).read(answer(404, "{}")).outcome)
                == .failed("gone", again: false))
        #expect(
            try Fixture.exchange(lenient).read(answer(404, "{}")).outcome == .succeeded([:]))
        #expect(
            try Verdict(Fixture.exchange(lenient).read(answer(410, "{}")).outcome)
                == .unknown("rejected"))
    }

    @Test("the output is what the template makes of the answer")
    func output() throws {
        let reading = try Fixture.exchange(Self.charge()).read(answer(200, #"{"id":"c1","x":2}"#))
        #expect(reading.outcome == .succeeded(["id": "c1"]))
        let whole = try Fixture.exchange(Fixture.operation()).read(answer(200, #"{"x":[1]}"#))
        #expect(whole.outcome == .succeeded(["x": [1]]))
        let text = try Fixture.exchange(Fixture.operation())
            .read(answer(200, "[1", type: "text/plain"))
        #expect(text.outcome == .succeeded("[1"))
    }

    private struct Encoded: Sendable {
        let type: String
        let bytes: [UInt8]
        /// nil: it is no text that could be kept as it came.
        let body: Value?
    }

    private static let mueller: [UInt8] = Array("{\"n\":\"M".utf8) + [0xFC] + Array("ller\"}".utf8)

    private static let encodings = [
        Encoded(
            type: "application/json", bytes: [0xEF, 0xBB, 0xBF] + Array(#"{"n":"Müller"}"#.utf8),
            body: ["n": "Müller"]),
        Encoded(
            type: "application/json; charset=iso-8859-1", bytes: mueller, body: ["n": "Müller"]),
        Encoded(
            type: "application/json;charset=\"Windows-1252\"",
            bytes: Array(#"{"n":""#.utf8) + [0x80] + Array(#""}"#.utf8), body: ["n": "€"]),
        Encoded(
            type: "text/plain; charset=ISO-8859-15", bytes: [0xA4, 0x4D, 0xFC], body: "€Mü"),
        Encoded(
            type: "application/json; charset=utf-16",
            bytes: [0xFF, 0xFE]
                + #"{"n":"ü"}"#.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
            body: ["n": "ü"]),
        Encoded(
            type: "application/json; charset=utf-16",
            bytes: #"{"n":"𝄞"}"#.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] },
            body: ["n": "𝄞"]),
        // A mark says more than a header.
        Encoded(
            type: "text/plain; charset=iso-8859-1", bytes: [0xEF, 0xBB, 0xBF, 0xC3, 0xBC],
            body: "ü"),
        Encoded(type: "application/json", bytes: [0xEF, 0xBB, 0xBF], body: nil as Value?),
        Encoded(type: "application/json", bytes: mueller, body: nil),
        Encoded(type: "text/plain; charset=klingon", bytes: [0x41], body: nil),
        Encoded(type: "text/plain; charset=utf-16le", bytes: [0x41], body: nil),
        Encoded(type: "text/plain; charset=utf-16le", bytes: [0x00, 0xD8], body: nil),
    ]

    @Test(
        "the body is read by its byte order mark, its charset, else as UTF-8", arguments: encodings)
    private func charsets(given: Encoded) throws {
        let response = HTTPResponse(
            status: 200, headers: [HTTPHeader("Content-Type", given.type)], body: given.bytes)
        let outcome = try Fixture.exchange(
            Fixture.operation(outputSchema: Fixture.schema(["type": ["object", "string"]]))
        ).read(.success(.http(response))).outcome
        if let body = given.body {
            #expect(outcome == .succeeded(body))
        } else {
            #expect(Verdict(outcome) == .unknown("invalid-output"))
        }
    }

    @Test("an integer that no 64 bits hold is kept to the letter or refused, never rounded")
    func exactNumbers() throws {
        let big = #"{"id":12345678901234567890,"ok":"yes"}"#
        let whole = try Fixture.exchange(Fixture.operation()).read(answer(200, big))
        #expect(Verdict(whole.outcome) == .unknown("invalid-output"))
        let part = try Fixture.exchange(Fixture.operation(output: ["ok": "${response.body.ok}"]))
            .read(answer(200, big))
        guard case .unknown(let error) = part.outcome else {
            Issue.record("\(part.outcome)")
            return
        }
        #expect(error.message.contains("beyond 64 bits"))
        let unread = try Fixture.exchange(Fixture.operation(output: ["ok": true]))
            .read(answer(200, big))
        #expect(unread.outcome == .succeeded(["ok": true]))
        let text = try Fixture.exchange(Fixture.operation())
            .read(answer(200, big, type: "text/plain"))
        #expect(text.outcome == .succeeded(.string(big)))
    }

    @Test(
        "when to come again is a number of seconds, or a date by the remote's own clock",
        arguments: [
            (["120"], nil, .seconds(120)), (["0"], nil, .seconds(0)),
            (["99999999999999999999"], nil, .seconds(.max)),
            (["-1"], nil, nil), (["+1"], nil, nil), (["soon"], nil, nil), ([""], nil, nil),
            (["Sun, 06 Nov 1994 08:49:37 GMT"], "Sun, 06 Nov 1994 08:47:37 GMT", .seconds(120)),
            (["Sun, 06 Nov 1994 08:49:37 GMT"], "Sun, 06 Nov 1994 08:50:00 GMT", .seconds(0)),
            (["Sunday, 06-Nov-94 08:49:37 GMT"], nil, .at(Timestamp(seconds: 784_111_777))),
            (["Sun Nov  6 08:49:37 1994"], nil, .at(Timestamp(seconds: 784_111_777))),
            (["Sun, 31 Feb 2026 08:49:37 GMT"], nil, nil),
            (["Sun, 06 Nov 1994 8:49:37 GMT"], nil, nil),
        ] as [([String], String?, RetryAfter?)])
    func retryAfter(values: [String], date: String?, wanted: RetryAfter?) {
        let headers =
            values.map { HTTPHeader("Retry-After", $0) }
            + [date].compactMap(\.self).map { HTTPHeader("date", $0) }
        #expect(RetryAfter(headers) == wanted)
    }

    @Test("headers are seen in lower case, repeated ones joined")
    func headers() throws {
        let operation = try Fixture.operation(output: "${response.headers['x-request-id']}")
        let response = HTTPResponse(
            status: 200,
            headers: [HTTPHeader("X-Request-ID", "a"), HTTPHeader("x-request-id", "b")],
            body: [])
        let reading = try Fixture.exchange(operation).read(.success(.http(response)))
        #expect(reading.outcome == .succeeded("a, b"))
    }

    @Test("an error carries status and body for people, a long body cut")
    func detail() throws {
        let exchange = try Fixture.exchange(Self.charge())
        guard case .failed(let error) = exchange.read(answer(402, #"{"reason":"x"}"#)).outcome,
            case .unknown(let long) =
                exchange.read(answer(404, String(repeating: "x", count: 100_000))).outcome
        else { throw Missing("a failure") }
        #expect(error.detail == ["status": 402, "body": ["reason": "x"]])
        #expect(JSON.encode(long.detail).count < 3_000)
    }

    @Test(
        "a query has no effect, so nothing about it is unknown",
        arguments: [200, 302, 400, 404, 408, 425, 429, 500, 502])
    func queries(status: Int) throws {
        let reading = try Fixture.exchange(Self.charge(kind: .query)).read(answer(status, ""))
        guard case .failed = reading.outcome else { throw Missing("a failure") }
    }

    @Test(
        "what no rule declares leaves open whether it was done, whatever the status",
        arguments: [Int](300...599).filter { ![402, 503].contains($0) })
    func undeclared(status: Int) throws {
        for kind in [OperationManifest.Kind.compensatable, .pivot, .retriable] {
            let reading = try Fixture.exchange(Self.charge(kind: kind)).read(answer(status, ""))
            guard case .unknown = reading.outcome else { throw Missing("an unknown outcome") }
        }
    }

    @Test("a 2xx can be a declared error")
    func errorInside() throws {
        let operation = try Fixture.operation(errors: [
            ErrorRule(
                statuses: [.hundreds(2)],
                condition: Expression(parsing: "response.body.ok == false"),
                name: "declined", isRetryable: false)
        ])
        let exchange = try Fixture.exchange(operation)
        #expect(
            Verdict(exchange.read(answer(200, #"{"ok":false}"#)).outcome)
                == .failed("declined", again: false))
        #expect(Verdict(exchange.read(answer(200, #"{"ok":true}"#)).outcome) == .succeeded)
    }

    @Test(
        "no answer to an attempt",
        arguments: [
            (
                TransportFailure.Kind.unreachable, false,
                Verdict.failed("unavailable", again: true),
                CallEnd.failure
            ),
            (.timedOut, false, .failed("timeout", again: true), .failure),
            (.timedOut, true, .unknown("timeout"), .unknown),
            (.lost, true, .unknown("unavailable"), .unknown),
            (.tooLarge, true, .unknown("unavailable"), .unknown),
            (.forbiddenAddress, false, .failed("configuration", again: true), .cancelled),
            (.cancelled, false, .failed("unavailable", again: true), .cancelled),
            (.cancelled, true, .unknown("unavailable"), .cancelled),
        ])
    private func failures(
        kind: TransportFailure.Kind, wasSent: Bool, verdict: Verdict, end: CallEnd
    ) throws {
        let failure = TransportFailure(kind, wasSent: wasSent, message: "m")
        let reading = try Fixture.exchange(Self.charge()).read(.failure(failure))
        #expect(Verdict(reading.outcome) == verdict)
        #expect(reading.end == end)
    }

    @Test(
        "answers to an asking",
        arguments: [
            Case(200, #"{"id":"c1"}"#, .succeeded, .success),
            Case(200, "{}", .undecided, .success),
            Case(202, "", .undecided, .success),
            Case(404, "", .notApplied, .businessError),
            Case(400, "", .undecided, .businessError),
            Case(405, "", .undecided, .businessError),
            Case(422, "", .undecided, .businessError),
            Case(410, "", .notApplied, .businessError),
            Case(204, "", .notApplied, .success),
            Case(500, "", .undecided, .failure),
            Case(503, "", .undecided, .failure),
            Case(429, "", .undecided, .businessError),
            Case(401, "", .undecided, .businessError),
            Case(403, "", .undecided, .businessError),
            Case(302, "", .undecided, .businessError),
        ])
    private func asked(given: Case) throws {
        let exchange = try Fixture.exchange(Self.charge(), row: Fixture.row(purpose: .ask))
        let reading = exchange.read(answer(given.status, given.body))
        #expect(Verdict(reading.outcome) == given.verdict)
        #expect(reading.end == given.end)
    }

    @Test("no answer to an asking leaves it undecided", arguments: TransportFailure.Kind.allCases)
    func unanswered(kind: TransportFailure.Kind) throws {
        let exchange = try Fixture.exchange(Self.charge(), row: Fixture.row(purpose: .ask))
        let failure = TransportFailure(kind, wasSent: true, message: "m")
        #expect(exchange.read(.failure(failure)).outcome == .undecided)
    }

    @Test("a rule that has no value for an answer judges nothing")
    func brokenRule() throws {
        let rule = try Fixture.askRule(applied: "response.body.state == 'posted'", undecided: nil)
        let exchange = try Fixture.exchange(
            Fixture.operation(onUnknown: .ask(rule)), row: Fixture.row(purpose: .ask))
        #expect(exchange.read(answer(200, "")).outcome == .undecided)
        #expect(exchange.read(answer(200, #"{"state":"void"}"#)).outcome == .notApplied)
    }

    @Test(
        "an asking that finds somebody else's is a named refusal, one that finds several is a person's",
        arguments: [
            (#"{"found":["ours"]}"#, Verdict.succeeded), (#"{"found":[]}"#, .notApplied),
            (#"{"found":["other"]}"#, .failed("taken", again: false)),
            (#"{"found":["other","ours"]}"#, .succeeded),
            (#"{"found":["ours","ours"]}"#, .unknown("unclear")), ("{}", .undecided),
            ("", .undecided),
        ])
    private func askedForMore(body: String, verdict: Verdict) throws {
        let ours = "response.body.found.filter(f, f == 'ours').size()"
        let taken = ErrorRule(
            statuses: [], condition: try Expression(parsing: "response.body.found.size() > 0"),
            name: "taken", isRetryable: false)
        let rule = try Fixture.askRule(
            applied: ours + " == 1", refused: [taken], park: ours + " > 1", undecided: nil)
        let exchange = try Fixture.exchange(
            Fixture.operation(output: [:], onUnknown: .ask(rule)), row: Fixture.row(purpose: .ask))
        #expect(Verdict(exchange.read(answer(200, body)).outcome) == verdict)
    }

    @Test(
        "replies of a mail server",
        arguments: [
            (250, Verdict.succeeded, CallEnd.success),
            (421, .failed("unavailable", again: true), .failure),
            (451, .failed("unavailable", again: true), .failure),
            (550, .failed("rejected", again: false), .businessError),
            (554, .failed("rejected", again: false), .businessError),
            (535, .failed("rejected", again: true), .businessError),
            (530, .failed("rejected", again: true), .businessError),
        ])
    private func replies(code: Int, verdict: Verdict, end: CallEnd) throws {
        let exchange = try Fixture.exchange(
            Fixture.sendMail(), row: Fixture.row(operation: "send"),
            manifest: Fixture.mailServer(url: "smtp://localhost"))
        let reading = exchange.read(.success(.mail(MailReply(code: code, text: "\(code) x"))))
        #expect(Verdict(reading.outcome) == verdict)
        #expect(reading.end == end)
    }

    @Test("the output of a mail is its identification")
    func mailOutput() throws {
        let exchange = try Fixture.exchange(
            Fixture.sendMail(), row: Fixture.row(operation: "send"),
            manifest: Fixture.mailServer(url: "smtp://localhost"))
        let reading = exchange.read(.success(.mail(MailReply(code: 250, text: "250 ok"))))
        #expect(
            reading.outcome
                == .succeeded(["messageId": "<pawl.pawl=2Forder=2F1009=2F3@example.com>"]))
    }
}
