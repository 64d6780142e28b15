import Adapters
import Definition
import Execution
import Values
import WorkflowLanguage

/// What a remote may answer: `status`, headers and a body as in a message of HTTP, and as the reply of a mail
/// server. With a second part, the call's input as JSON, which becomes a request first.
enum AnswerEntry {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard let bank, let mail else { throw FuzzFailure("the manifests do not parse") }
        let parts = bytes.parts
        let answer = httpAnswer(parts[0])
        let reply = Answer.mail(MailReply(code: status(parts[0]), text: parts[0].text))
        let input = parts.count > 1 ? (try? JSON.parse(parts[1])) ?? .null : ["id": "a-1"]
        for (manifest, answer) in [(bank, answer), (mail, reply)] {
            for operation in manifest.operations {
                for purpose in [CallRow.Purpose.perform, .ask] {
                    try read(answer, manifest, operation.name, purpose, input)
                }
            }
        }
    }

    private static func read(
        _ answer: Answer, _ manifest: AdapterManifest, _ operation: String,
        _ purpose: CallRow.Purpose, _ input: Value
    ) throws(FuzzFailure) {
        let row = CallRow(
            id: CallID(instance: InstanceID(1), activation: 1, dispatch: 1), purpose: purpose,
            adapter: manifest.name, operation: operation, input: input, key: "pawl/order/1/1",
            attempt: 1, timeout: nil, firstSentAt: Timestamp(seconds: 1_767_268_800))
        guard let exchange = Exchange(row, manifest: manifest) else { return }
        if let request = try? exchange.request(settings: settings, rules: rules) {
            try check(request)
        }
        let reading = exchange.read(.success(answer))
        if purpose == .ask, case .failed = reading.outcome {
            throw FuzzFailure("an asking that failed says nothing about the effect")
        }
        if case .succeeded(let output) = reading.outcome {
            try require(output.excess() == nil, "an output beyond the limits")
        }
    }

    /// Nothing that data says may break out of the place where the manifest put it.
    private static func check(_ request: OutgoingRequest) throws(FuzzFailure) {
        switch request {
        case .http(let http):
            try require(
                http.url.hasPrefix("http://127.0.0.1:9/v1/")
                    && http.url.utf8.allSatisfy { (0x21...0x7E).contains($0) },
                "the request goes elsewhere: \(http.url)")
            try require(
                http.headers.allSatisfy { header in
                    !(header.name + header.value).utf8.contains { $0 < 0x20 }
                }, "a header holds a line end")
        case .mail(let mail):
            try require(!mail.message.bytes.isEmpty, "an empty mail")
        }
    }

    private static func status(_ bytes: [UInt8]) -> Int {
        let word = bytes.prefix { $0 != 10 && $0 != 32 }
        return Int(Array(word.prefix(4)).text) ?? 200
    }

    private static func httpAnswer(_ bytes: [UInt8]) -> Answer {
        var lines = bytes.split(separator: 10, maxSplits: 40, omittingEmptySubsequences: false)
        lines.removeFirst()
        var headers: [HTTPHeader] = []
        while let line = lines.first, !line.isEmpty {
            lines.removeFirst()
            let sides = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard sides.count == 2 else { continue }
            headers.append(HTTPHeader(Array(sides[0]).text, Array(sides[1]).text))
        }
        let body = Array(lines.dropFirst().joined(separator: [10]))
        return .http(HTTPResponse(status: status(bytes), headers: headers, body: body))
    }

    private static let settings = SettingResolver(environment: { _ in nil }, file: { _ in nil })
    private static let rules = (try? AddressRules(allowedHosts: ["127.0.0.1"])) ?? .none

    private static let bank = WorkflowLanguage.parseAdapter(
        """
        adapter: bank
        transport: http
        url: http://127.0.0.1:9
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          charge:
            kind: compensatable
            request:
              method: POST
              path: '/v1/charges/${input.id}?n=${input.n}'
              headers: {X-Note: '${input.note}'}
              body: {id: '${input.id}', all: '${input}'}
            output: {id: '${response.body.id}', type: '${response.headers["content-type"]}'}
            errors:
              - {status: [402], name: declined, retry: never}
              - {status: [2xx], when: 'response.body.error == "late"', name: late, retry: yes}
              - {status: [429, 5xx], name: unavailable, retry: yes}
            onUnknown:
              ask: {method: GET, path: '/v1/charges?key=${call.key}'}
              outcome: {applied: 'response.body.applied', undecided: 'size(response.body) > 3'}
          look:
            kind: query
            request: {method: GET, path: '/v1/${input.id}'}
            onUnknown: resend
        """, file: "adapter.yaml"
    ).value

    private static let mail = WorkflowLanguage.parseAdapter(
        """
        adapter: smtp
        transport: smtp
        url: smtp://127.0.0.1:9
        operations:
          send:
            kind: retriable
            mail:
              from: Pawl <pawl@example.com>
              to: '${input.to}'
              subject: '${input.subject}'
              text: '${input.text}'
              html: '${input.html}'
            onUnknown: resend
        """, file: "adapter.yaml"
    ).value
}
