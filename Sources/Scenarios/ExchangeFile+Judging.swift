import Adapters
import Definition
import Execution
import Values

/// Something that does not hold of a recorded exchange.
package struct ExchangeFailure: Hashable, CustomStringConvertible {
    /// Of the file, from 1.
    package let line: Int
    /// What is recorded, what comes of the manifest, and what to do.
    package let message: String

    package var description: String { "\(line): \(message)" }
}

extension ExchangeFile {
    /// What does not hold of this recorded exchange; empty when all does.
    package func failures(adapters: [AdapterManifest]) -> [ExchangeFailure] {
        let operationLine = place(of: "operation")
        guard let manifest = adapters.first(where: { sameUTF8($0.name, adapter) }) else {
            let near = suggestion(for: adapter, among: adapters.map(\.name))
            return [
                ExchangeFailure(
                    line: 1,
                    message: "there is no adapter '\(adapter)', in whose folder this stands\(near)")
            ]
        }
        guard let exchange = Exchange(Self.row(of: self), manifest: manifest) else {
            let names = manifest.operations.map(\.name)
            let near = suggestion(for: operation, among: names)
            let known = near.isEmpty ? "; known: \(names.joined(separator: ", "))" : near
            return [
                ExchangeFailure(
                    line: operationLine,
                    message: "the adapter '\(adapter)' has no operation '\(operation)'\(known)")
            ]
        }
        do throws(UnsentCall) {
            let request = try exchange.request(settings: Self.recorded, rules: Self.recordedHosts)
            guard case .http(let http) = request else {
                return [
                    ExchangeFailure(
                        line: operationLine,
                        message:
                            "'\(operation)' is no HTTP request, so it has no exchange to record")
                ]
            }
            return Self.differences(http, self) + Self.differences(exchange, self)
        } catch {
            return [
                ExchangeFailure(
                    line: place(of: "input"),
                    message: "with this input nothing is sent: \(error.error.message)")
            ]
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

    private static func differences(
        _ request: HTTPRequest, _ file: ExchangeFile
    ) -> [ExchangeFailure] {
        var result: [ExchangeFailure] = []
        func note(_ line: Int, _ what: String, _ recorded: String, _ sent: String) {
            guard recorded != sent else { return }
            result.append(
                ExchangeFailure(
                    line: line,
                    message:
                        "\(what) is recorded as '\(recorded)', and the adapter sends '\(sent)'; "
                        + "mend the one that is wrong"))
        }
        let path = request.url.dropFirst(origin.count)
        note(
            file.request.number, "the request line", file.request.line,
            "\(request.method) \(path) HTTP/1.1")
        for header in file.request.headers {
            note(
                header.number, "the header \(header.name)", header.value,
                request.header(header.name) ?? "")
        }
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        if !isSame(body, file.request.body) {
            note(file.request.number, "the body", file.request.body, body)
        }
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

    private static func differences(
        _ exchange: Exchange, _ file: ExchangeFile
    ) -> [ExchangeFailure] {
        let response = HTTPResponse(
            status: file.status,
            headers: file.response.headers.map { HTTPHeader($0.name, $0.value) },
            body: Array(file.response.body.utf8))
        let found = words(exchange.read(.success(.http(response))).outcome)
        let expected = words(file.expectation)
        guard found != expected else { return [] }
        return [
            ExchangeFailure(
                line: file.place(of: "expect"),
                message:
                    "expected is '\(expected)', and this answer is read as '\(found)'; mend the "
                    + "expectation, or 'output' and 'errors' of the operation")
        ]
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
