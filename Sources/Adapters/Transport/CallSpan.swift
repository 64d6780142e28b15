import Execution
import Traces
import Values

extension OutgoingRequest {
    /// The same, which says what it belongs to; a manifest that says so itself is left alone, and a mail has no place for it.
    func within(_ context: TraceContext?) -> OutgoingRequest {
        guard let context, case .http(let request) = self, request.header("traceparent") == nil
        else { return self }
        var headers = request.headers + [HTTPHeader("traceparent", context.traceparent)]
        if !context.state.isEmpty { headers.append(HTTPHeader("tracestate", context.state)) }
        return .http(
            HTTPRequest(
                method: request.method, url: request.url, headers: headers, body: request.body,
                timeout: request.timeout, maximumResponseBytes: request.maximumResponseBytes,
                isQuestion: request.isQuestion,
                needsFreshConnection: request.needsFreshConnection))
    }
}

extension OpenSpan {
    func end(of row: CallRow, _ result: Result<Answer, TransportFailure>, _ end: CallEnd) {
        var attributes: [(name: String, value: Span.Attribute)] = [
            ("pawl.instance", .number(row.id.instance.rawValue)),
            ("pawl.attempt", .number(Int64(row.attempt))),
            ("pawl.purpose", .text(row.purpose.rawValue)), ("pawl.outcome", .text(end.rawValue)),
        ]
        var failure: String?
        switch result {
        case .success(.http(let response)):
            attributes.append(("http.response.status_code", .number(Int64(response.status))))
            if response.status >= 400 { failure = "HTTP \(response.status)" }
        case .success(.mail(let reply)):
            attributes.append(("pawl.smtp.code", .number(Int64(reply.code))))
            if reply.code >= 400 { failure = "SMTP \(reply.code)" }
        case .failure(let reason):
            attributes.append(("error.type", .text(reason.kind.rawValue)))
            failure = reason.kind.rawValue
        }
        self.end(attributes, failure: failure)
    }
}
