import CEL
import Definition
import Execution
import Values

/// One call and its answer: builds the request from the manifest's templates, reads the answer by its rules. Pure,
/// but for the settings, which are resolved when the request is built.
///
/// Everything that data may bring into a request is checked here: data is percent-encoded in paths, kept out
/// of header names, free of control characters in header values, JSON in bodies.
package struct Exchange: Sendable {
    let manifest: AdapterManifest
    let operation: OperationManifest
    let row: CallRow

    /// nil: the adapter has no such operation.
    package init?(_ row: CallRow, manifest: AdapterManifest) {
        guard let operation = manifest.operation(named: row.operation) else { return nil }
        self.manifest = manifest
        self.operation = operation
        self.row = row
    }

    /// - Throws: what the engine learns instead of an answer; nothing was sent.
    package func request(
        settings: SettingResolver, rules: AddressRules
    ) throws(UnsentCall) -> OutgoingRequest {
        do throws(Refusal) {
            return try build(settings, rules)
        } catch {
            throw UnsentCall(
                error: error.error, reading: .notSent(row.purpose, error.error),
                isUnready: error.isUnready)
        }
    }

    private func build(
        _ settings: SettingResolver, _ rules: AddressRules
    ) throws(Refusal) -> OutgoingRequest {
        let bindings = try requestBindings()
        let endpoint = try endpoint(settings, rules)
        switch (row.purpose, operation.request, operation.onUnknown) {
        case (.perform, .http(let template), _):
            return .http(try httpRequest(template, bindings, endpoint, settings))
        case (.perform, .mail(let template), _):
            return .mail(try mailRequest(template, bindings, endpoint, settings))
        case (.ask, _, .ask(let rule)):
            return .http(try httpRequest(rule.request, bindings, endpoint, settings))
        case (.perform, .local, _):
            throw .configuration("'\(row.operation)' runs in process and is never sent")
        case (.ask, _, .resend), (.ask, _, .park):
            throw .configuration("'\(row.operation)' does not say how to ask for its outcome")
        }
    }

    private func requestBindings() throws(Refusal) -> Bindings {
        guard row.purpose == .perform else { return bindings(input: row.input) }
        switch operation.input.decode(row.input) {
        case .valid(let input):
            return bindings(input: input)
        case .invalid(let violations):
            let reasons = violations.prefix(3).map { "\($0)" }.joined(separator: "; ")
            throw .invalidInput("the input of '\(operation.name)': \(reasons)")
        }
    }

    /// `input` and `call`, which every template of the manifest sees.
    func bindings(input: Value) -> Bindings {
        [
            "input": input,
            "call": ["key": .string(row.key), "attempt": .int(Int64(row.attempt))],
        ]
    }

    private func endpoint(
        _ settings: SettingResolver, _ rules: AddressRules
    ) throws(Refusal) -> Endpoint {
        guard let setting = manifest.address else {
            throw .unready("the adapter '\(manifest.name)' has no address")
        }
        let text = try settings.resolve(setting, for: "address")
        do throws(AddressProblem) {
            let endpoint = try Endpoint(text)
            try check(endpoint)
            try rules.check(endpoint)
            return endpoint
        } catch {
            throw .unready("the address of '\(manifest.name)': \(error)")
        }
    }

    private func check(_ endpoint: Endpoint) throws(AddressProblem) {
        let isWeb = endpoint.scheme == .http || endpoint.scheme == .https
        guard isWeb == (manifest.transport == .http) else {
            throw AddressProblem(
                "the scheme \(endpoint.scheme.rawValue) is none of \(manifest.transport.rawValue)")
        }
        guard isWeb, !endpoint.scheme.isSecure, !endpoint.host.isLoopback else { return }
        guard manifest.tls != .required else {
            throw AddressProblem("https is required, except on this machine")
        }
        guard manifest.authentication == .none else {
            throw AddressProblem("secrets are not sent without TLS, except on this machine")
        }
    }

    var timeout: Duration {
        min(row.timeout ?? manifest.limits.timeout, manifest.limits.timeout)
    }
}

/// A call that could not be sent, and what it means.
package struct UnsentCall: Error, Hashable {
    package let error: CallError
    package let reading: AnswerReading
    /// The adapter as a whole cannot call: a setting is missing, or its address may not be reached.
    package let isUnready: Bool
}

extension Template {
    /// - Parameter place: for the message.
    func value(_ bindings: Bindings, for place: String) throws(Refusal) -> Value {
        do throws(EvaluationError) {
            return try evaluate(bindings)
        } catch {
            throw .invalidInput("\(place): \(error.message)")
        }
    }

    /// A text for one line: no control characters, at most `limit` bytes.
    func line(
        _ bindings: Bindings, for place: String, limit: Int = 8_192
    ) throws(Refusal) -> String {
        let text = try value(bindings, for: place).interpolated
        guard text.utf8.count <= limit else {
            throw .invalidInput("\(place) is longer than \(limit) bytes")
        }
        guard !text.unicodeScalars.contains(where: \.isControl) else {
            throw .invalidInput("\(place) holds a control character")
        }
        return text
    }
}

extension Unicode.Scalar {
    /// C0, DEL, C1 and the line separators.
    fileprivate var isControl: Bool {
        value < 0x20 || (0x7F...0x9F).contains(value) || value == 0x2028 || value == 0x2029
    }
}
