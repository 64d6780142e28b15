import Values

/// OTLP in JSON: an `ExportTraceServiceRequest` as the OpenTelemetry protocol has it for HTTP. Ids are hex, numbers of 64 bits
/// are strings.
public enum TraceDocument {
    /// - Parameters:
    ///   - service: `service.name`, the name under which a collector shows it.
    ///   - version: of the program.
    ///   - instance: `service.instance.id`, another for each process.
    public static func make(
        _ spans: [Span], service: String, version: String, instance: String
    ) -> Value {
        [
            "resourceSpans": [
                [
                    "resource": [
                        "attributes": [
                            attribute("service.name", .text(service)),
                            attribute("service.version", .text(version)),
                            attribute("service.instance.id", .text(instance)),
                        ]
                    ],
                    "scopeSpans": [
                        [
                            "scope": ["name": "pawl", "version": .string(version)],
                            "spans": .list(spans.map(document)),
                        ]
                    ],
                ]
            ]
        ]
    }

    private static func document(_ span: Span) -> Value {
        var map: ValueMap = [
            "traceId": .string(span.context.traceID), "spanId": .string(span.context.spanID),
            "name": .string(span.name), "kind": .int(Int64(span.kind.rawValue)),
            "startTimeUnixNano": .string(nanoseconds(span.begin)),
            "endTimeUnixNano": .string(nanoseconds(span.end)),
            "attributes": .list(span.attributes.map { attribute($0.name, $0.value) }),
        ]
        if let parent = span.parent { map["parentSpanId"] = .string(TraceContext.hex(parent)) }
        if !span.context.state.isEmpty { map["traceState"] = .string(span.context.state) }
        if let failure = span.failure {
            map["status"] = ["code": 2, "message": .string(failure)]
        }
        return .map(map)
    }

    private static func attribute(_ name: String, _ value: Span.Attribute) -> Value {
        switch value {
        case .text(let text): ["key": .string(name), "value": ["stringValue": .string(text)]]
        case .number(let number):
            ["key": .string(name), "value": ["intValue": .string("\(number)")]]
        }
    }

    private static func nanoseconds(_ moment: Timestamp) -> String {
        let (product, overflows) = moment.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflows ? "0" : "\(product &+ Int64(moment.nanoseconds))"
    }
}
