import Adapters
import Definition
import Execution
import Values

extension ExchangeFile {
    /// What does not hold of this recorded exchange; empty when all does.
    package func failures(adapters: [AdapterManifest]) -> [String] {
        guard let manifest = adapters.first(where: { $0.name == adapter }) else {
            return ["there is no adapter \(adapter)"]
        }
        guard let exchange = Exchange(Self.row(of: self), manifest: manifest) else {
            return ["\(adapter) has no operation \(operation)"]
        }
        do throws(UnsentCall) {
            let request = try exchange.request(settings: Self.recorded, rules: Self.recordedHosts)
            guard case .http(let http) = request else { return ["it is no HTTP request"] }
            return Self.differences(http, self) + Self.differences(exchange, self)
        } catch {
            return ["it is not sent: \(error.error.message)"]
        }
    }

    private static func row(of file: ExchangeFile) -> CallRow {
        CallRow(
            id: CallID(instance: InstanceID(1), activation: 1, dispatch: 1),
            purpose: file.isAsk ? .ask : .perform, adapter: file.adapter, operation: file.operation,
            input: file.input, key: file.key, attempt: 1, timeout: nil,
            firstSentAt: Timestamp(milliseconds: 0))
    }

    private static let origin = "https://recorded.example"

    private static let recorded = SettingResolver(
        environment: { $0.hasSuffix("_URL") ? origin : "test-token" }, file: { _ in "test-token" })

    private static let recordedHosts =
        (try? AddressRules(allowedHosts: ["recorded.example"])) ?? .none

    // MARK: The request

    private static func differences(_ request: HTTPRequest, _ file: ExchangeFile) -> [String] {
        var result: [String] = []
        let path = request.url.dropFirst(origin.count)
        let line = "\(request.method) \(path) HTTP/1.1"
        if line != file.request.line { result.append("the request is \(line)") }
        for header in file.request.headers where request.header(header.name) != header.value {
            result.append(
                "the header \(header.name) is \(request.header(header.name) ?? "missing")")
        }
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        if !isSame(body, file.request.body) { result.append("the body is \(body)") }
        return result
    }

    /// As JSON where both are, else to the letter.
    private static func isSame(_ body: String, _ recorded: String) -> Bool {
        guard let left = try? JSON.parse(body), let right = try? JSON.parse(recorded) else {
            return body == recorded
        }
        return left == right
    }

    // MARK: The answer

    private static func differences(_ exchange: Exchange, _ file: ExchangeFile) -> [String] {
        let response = HTTPResponse(
            status: file.status,
            headers: file.response.headers.map { HTTPHeader($0.name, $0.value) },
            body: Array(file.response.body.utf8))
        let found = words(exchange.read(.success(.http(response))).outcome)
        return found == words(file.expectation) ? [] : ["the outcome is \(found)"]
    }

    private static func words(_ outcome: CallOutcome) -> String {
        switch outcome {
        case .succeeded(let output): "succeeded \(output.plain)"
        case .failed(let error), .failedAfterRestart(let error):
            "failed \(error.name) \(error.isRetryable ? "retryable" : "final")"
        case .unknown: "unknown"
        case .notApplied: "notApplied"
        case .undecided: "undecided"
        case .withdrawn: "withdrawn"
        case .held: "held"
        }
    }

    /// The same words, with JSON in one spelling.
    private static func words(_ expectation: String) -> String {
        let parts = expectation.split(separator: " ", maxSplits: 1)
        guard parts.first == "succeeded", parts.count == 2,
            let value = try? JSON.parse(String(parts[1]))
        else { return expectation }
        return "succeeded \(value)"
    }
}
