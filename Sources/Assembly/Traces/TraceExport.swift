import Adapters
import CoreMetrics
import Definition
import Engine
import Execution
import Foundation
import Logging
import OpenMetrics
import Synchronization
import Traces
import Values

/// Where spans go: OTLP over HTTP in JSON, under the names of OpenTelemetry's environment.
package struct TraceTarget: Sendable, Hashable {
    package let url: String
    package let headers: [HTTPHeader]
    /// `service.name`.
    package let service: String

    /// - Parameter endpoint: `--otlp`; nil: what the environment says.
    /// - Returns: nil: nobody wants spans.
    package init?(
        _ endpoint: String?, environment: (String) -> String?
    ) throws(Problem) {
        func value(_ name: String) -> String? {
            environment(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        let given: String
        if let exact = endpoint == nil ? value("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") : nil {
            (given, url) = (exact, exact)
        } else if let base = endpoint ?? value("OTEL_EXPORTER_OTLP_ENDPOINT") {
            given = base
            url = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/v1/traces"
        } else {
            return nil
        }
        do {
            let scheme = try Endpoint(given).scheme
            guard scheme == .http || scheme == .https else {
                throw AddressProblem("traces go to http:// or https://")
            }
        } catch {
            throw Problem(
                .invalid, "\(given) is no address for traces: \(error)",
                fix: "the collector's address for OTLP over HTTP, like http://127.0.0.1:4318")
        }
        service = value("OTEL_SERVICE_NAME") ?? "pawl"
        headers = (value("OTEL_EXPORTER_OTLP_HEADERS") ?? "").split(separator: ",").compactMap {
            pair -> HTTPHeader? in
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let text = String(parts[1]).removingPercentEncoding ?? String(parts[1])
            return HTTPHeader(
                parts[0].trimmingCharacters(in: .whitespaces),
                text.trimmingCharacters(in: .whitespaces))
        }
    }
}

/// Sends the spans that were recorded, many at once and now and then. What a collector does not take is dropped: a trace is worth no
/// memory without end, and no request waits for it.
package final class TraceExport: Sendable {
    private static let pause = Duration.seconds(1)
    private static let batch = 512
    private static let timeout = Duration.seconds(5)

    private let target: TraceTarget
    private let queue: SpanQueue
    private let transport: CurlTransport
    private let logger: Logger
    private let dropped: Counter
    /// Whether the last batch was.
    private let isTaken = Mutex(true)
    private let instance = UUID().uuidString.lowercased()

    package init(
        to target: TraceTarget, _ queue: SpanQueue, _ metrics: any MetricsFactory, _ logger: Logger
    ) throws {
        self.target = target
        self.queue = queue
        self.logger = logger
        dropped = Counter(label: Self.dropped.name, factory: metrics)
        let endpoint = try Endpoint(target.url)
        // The operator names it, and it is as a rule in a network of their own.
        let rules = try AddressRules(
            allowedHosts: [
                "\(endpoint.host):\(endpoint.port)", "localhost", "10.0.0.0/8", "172.16.0.0/12",
                "192.168.0.0/16", "fc00::/7",
            ])
        guard let transport = CurlTransport(rules: rules) else {
            throw Problem(
                .internalError, "libcurl cannot be used for traces",
                fix: "install libcurl 7.68 or later")
        }
        self.transport = transport
    }

    /// Until it is cancelled.
    package func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.pause)
            await send()
        }
    }

    /// Sends what there is by now, once. Nothing is sent after that.
    package func finish() async {
        await send()
        transport.shutdown()
    }

    private func send() async {
        while true {
            let lost = queue.takeDropped()
            if lost > 0 { dropped.increment(by: lost) }
            let spans = queue.take(Self.batch)
            guard !spans.isEmpty else { return }
            let refusal = await refusal(of: spans)
            if refusal != nil { dropped.increment(by: spans.count) }
            tell(refusal)
            if refusal != nil { return }
        }
    }

    /// Once, not at each try.
    private func tell(_ refusal: String?) {
        let wasTaken = isTaken.withLock { isTaken in
            defer { isTaken = refusal == nil }
            return isTaken
        }
        if let refusal, wasTaken {
            logger.warning(
                "traces are not taken", metadata: ["url": "\(target.url)", "reason": "\(refusal)"])
        } else if refusal == nil, !wasTaken {
            logger.notice("traces are taken again", metadata: ["url": "\(target.url)"])
        }
    }

    /// nil: the collector has them.
    private func refusal(of spans: [Traces.Span]) async -> String? {
        let document = TraceDocument.make(
            spans, service: target.service, version: Composition.version, instance: instance)
        let request = HTTPRequest(
            method: "POST", url: target.url,
            headers: [HTTPHeader("Content-Type", "application/json")] + target.headers,
            body: JSON.encode(document), timeout: Self.timeout, maximumResponseBytes: 64 << 10,
            isQuestion: true)
        // One at a time, so that one name is enough.
        let id = CallID(instance: InstanceID(1), activation: 1, dispatch: 1)
        let result = await withCheckedContinuation { continuation in
            transport.send(.http(request), for: id) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(.http(let response)) where (200...299).contains(response.status): return nil
        case .success(.http(let response)): return "HTTP \(response.status)"
        case .success(.mail): return "no HTTP"
        case .failure(let failure): return failure.message
        }
    }

    package static let declarations = [dropped]

    private static let dropped = MetricDeclaration(
        "pawl_spans_dropped", .counter,
        "Spans that no collector took: it was down, or they came faster than they left.")
}
