import Execution
import Server
import Synchronization
import Values

/// Speaks to a server's API.
struct APIClient: Sendable {
    let url: String
    /// `role/subject`; nil: whoever the server takes us for.
    let actor: String?
    /// Proves who we are; nil: nothing does.
    var token: String?
    let exchange: HTTPExchange
    /// Of what the server suggests.
    var suggestions = Suggestions.asTheyAre
    /// What is said before the first request that changes something.
    var onChange: Notice?
    var timeout = Duration.seconds(30)

    init(url: String, actor: String?, exchange: @escaping HTTPExchange) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.actor = actor
        self.exchange = exchange
    }

    func get(
        _ path: String, _ query: [(String, String)] = [], waiting: Duration = .zero
    ) async throws(Failure) -> Value {
        try await ask("GET", path, query, nil, waiting)
    }

    /// What is no document of ours.
    func text(_ path: String, _ query: [(String, String)] = []) async throws(Failure) -> String {
        let reply = try await reply(
            "GET", path, query, nil, type: "", timeout, [], accepting: "*/*")
        guard (200..<300).contains(reply.status) else {
            _ = try value(reply)
            return ""
        }
        return String(decoding: reply.body, as: UTF8.self)
    }

    /// - Parameter headers: besides those of every request.
    func post(
        _ path: String, _ body: Value, _ query: [(String, String)] = [],
        headers: [(name: String, value: String)] = []
    ) async throws(Failure) -> Value {
        try await ask("POST", path, query, body, .zero, headers)
    }

    /// Content that is no document.
    func put(_ path: String, _ bytes: [UInt8], type: String) async throws(Failure) -> Value {
        try await ask("PUT", path, [], bytes, type: type, timeout)
    }

    private func ask(
        _ method: String, _ path: String, _ query: [(String, String)], _ body: Value?,
        _ waiting: Duration, _ others: [(name: String, value: String)] = []
    ) async throws(Failure) -> Value {
        try await ask(
            method, path, query, body.map(JSON.encode), type: "application/json", waiting, others)
    }

    private func ask(
        _ method: String, _ path: String, _ query: [(String, String)], _ body: [UInt8]?,
        type: String, _ waiting: Duration, _ others: [(name: String, value: String)] = []
    ) async throws(Failure) -> Value {
        try value(await reply(method, path, query, body, type: type, waiting, others))
    }

    private func reply(
        _ method: String, _ path: String, _ query: [(String, String)], _ body: [UInt8]?,
        type: String, _ waiting: Duration, _ others: [(name: String, value: String)],
        accepting accepted: String = "application/json"
    ) async throws(Failure) -> HTTPReply {
        var headers = [(name: "Accept", value: accepted)] + others
        if body != nil { headers.append(("Content-Type", type)) }
        if let actor { headers.append(("Pawl-Actor", actor)) }
        if let token { headers.append(("Authorization", "Bearer " + token)) }
        let pairs = query.map { "\($0.0.percentEncoded)=\($0.1.percentEncoded)" }
        let target = pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
        if method != "GET" { onChange?.give() }
        do throws(HTTPFault) {
            return try await exchange(
                HTTPCall(
                    method: method, url: url + target, headers: headers,
                    body: body,
                    timeout: timeout + waiting))
        } catch {
            throw failure(error, isChange: method != "GET")
        }
    }

    private func value(_ reply: HTTPReply) throws(Failure) -> Value {
        let document: Value
        do {
            document = try JSON.parse(reply.body, limits: .trusted)
        } catch {
            throw Failure(
                status: 8, "\(url) answers HTTP \(reply.status) with something that is no JSON",
                fix: "is that address a Pawl server's?")
        }
        guard (200..<300).contains(reply.status) else {
            throw suggestions.completing(Failure(status: reply.status, document: document))
        }
        return document
    }

    private func failure(_ fault: HTTPFault, isChange: Bool) -> Failure {
        switch fault {
        case .unreachable(let reason):
            return Failure(
                status: 8, "the server cannot be reached: \(reason)",
                fix: "is `pawl serve` running at \(url)?")
        case .untrusted(let reason, let fix):
            return Failure(
                status: 8, "the server at \(url) is not spoken to: \(reason)",
                fix: fix)
        case .timedOut:
            let meaning = isChange ? "; whether it took effect is not known" : ""
            return Failure(
                status: 7, "the server at \(url) did not answer in time\(meaning)",
                fix: isChange
                    ? "repeat it with the same key or id to learn the result" : "try again")
        }
    }
}

/// Said once.
final class Notice: Sendable {
    private let text: Mutex<String?>

    init(_ text: String) { self.text = Mutex(text) }

    func give() {
        let words = text.withLock { text in
            defer { text = nil }
            return text
        }
        if let words { Terminal.say(words) }
    }
}

extension InstanceName {
    var path: String {
        "/v1/workflows/\(workflow.percentEncoded)/instances/\(key.percentEncoded)"
    }
}

extension APIClient {
    /// The moment that long from now, by the server's time, which may be another one than this machine's.
    func moment(in span: String) async throws -> Timestamp {
        let now = try await get("/readyz")["now"]?.stringValue.flatMap(Timestamp.init(rfc3339:))
        guard let now, let moment = Duration(parsing: span).flatMap(now.adding) else {
            throw Failure(status: 1, "the server does not say what time it is")
        }
        return moment
    }
}
