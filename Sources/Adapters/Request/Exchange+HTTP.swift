import CEL
import Definition
import Sabotage
import Values

extension Exchange {
    func httpRequest(
        _ template: HTTPTemplate, _ bindings: Bindings, _ endpoint: Endpoint,
        _ settings: SettingResolver
    ) throws(Refusal) -> HTTPRequest {
        let method = try method(template)
        let path = try path(template.path, bindings)
        var headers = try self.headers(template, bindings)
        let body = try body(template, bindings, &headers)
        if row.purpose == .perform, let name = manifest.idempotency?.header {
            headers.append(try header(name, .literal(.string(row.key)), bindings))
        }
        if let authorization = try authorization(settings) {
            headers.append(HTTPHeader("Authorization", authorization))
        }
        return HTTPRequest(
            method: method, url: url(endpoint) + path, headers: headers, body: body,
            timeout: timeout, maximumResponseBytes: manifest.limits.maximumResponseBytes,
            isQuestion: isQuestion,
            needsFreshConnection: !isQuestion && operation.onUnknown == .park)
    }

    private var isQuestion: Bool { row.purpose == .ask || operation.kind == .query }

    private func url(_ endpoint: Endpoint) -> String {
        let port = endpoint.port == endpoint.scheme.defaultPort ? "" : ":\(endpoint.port)"
        return "\(endpoint.scheme.rawValue)://\(endpoint.host)\(port)\(endpoint.basePath)"
    }

    private func method(_ template: HTTPTemplate) throws(Refusal) -> String {
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        guard methods.contains(template.method) else {
            throw .configuration("'\(template.method)' is no method that adapters use")
        }
        return template.method
    }

    /// The strings of `input` and `call` are percent-encoded *before* the template sees them, so whatever data
    /// says stays within the segment or query value where the manifest put it.
    private func path(_ template: Template, _ bindings: Bindings) throws(Refusal) -> String {
        var encoded = Bindings()
        for name in bindings.names {
            encoded[name] =
                isMutant(.pathDataNotEncoded)
                ? bindings[name] : bindings[name].map(percentEncoded)
        }
        let path = try template.line(encoded, for: "path")
        guard path.hasPrefix("/"), !path.hasPrefix("//") else {
            throw .invalidInput("the path must begin with one '/'")
        }
        guard PathSegment.isWellFormed(path) else {
            throw .invalidInput("the path holds characters that are not allowed in one")
        }
        let segments = path.prefix { $0 != "?" }.split(
            separator: "/", omittingEmptySubsequences: false)
        guard !segments.contains(where: PathSegment.isDots) else {
            throw .invalidInput("the path holds a segment '.' or '..'")
        }
        if segments.dropFirst().contains(""), try hasEmptyPart(template, encoded) {
            throw .invalidInput("a segment of the path is empty")
        }
        return path
    }

    /// An empty part as a whole segment would name another resource: all accounts instead of one.
    private func hasEmptyPart(_ template: Template, _ bindings: Bindings) throws(Refusal) -> Bool {
        for expression in template.expressions {
            let part = Template.expression(expression)
            if try part.value(bindings, for: "path").interpolated.isEmpty { return true }
        }
        return false
    }

    private func percentEncoded(_ value: Value) -> Value {
        switch value {
        case .string(let text):
            return .string(PathSegment.encode(text))
        case .list(let list):
            return .list(list.map(percentEncoded))
        case .map(let map):
            var encoded = ValueMap(minimumCapacity: map.count)
            for (key, value) in map.entries { encoded[key] = percentEncoded(value) }
            return .map(encoded)
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            return value
        }
    }

    private func headers(
        _ template: HTTPTemplate, _ bindings: Bindings
    ) throws(Refusal) -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        for named in template.headers {
            headers.append(try header(named.name, named.value, bindings))
        }
        return headers
    }

    private func header(
        _ name: String, _ value: Template, _ bindings: Bindings
    ) throws(Refusal) -> HTTPHeader {
        guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenByte) else {
            throw .configuration("'\(name)' is no header name")
        }
        let ours = [
            "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade",
        ]
        guard !ours.contains(name.lowercased()) else {
            throw .configuration("the header '\(name)' belongs to the transport")
        }
        let text = try value.line(bindings, for: "the header '\(name)'")
        guard text.isUnchangedAsHeader else {
            throw .invalidInput(
                "the header '\(name)' holds a blank at its start or end, or a character that is not "
                    + "ASCII: it would arrive as another text; put such data into the path or the body"
            )
        }
        return HTTPHeader(name, text)
    }

    /// JSON; a string under a content type of its own is sent as it is. Or a form.
    private func body(
        _ template: HTTPTemplate, _ bindings: Bindings, _ headers: inout [HTTPHeader]
    ) throws(Refusal) -> [UInt8]? {
        if let form = try template.form?.value(bindings, for: "the form") {
            headers.removeAll { $0.name.lowercased() == "content-type" }
            headers.append(HTTPHeader("Content-Type", FormBody.contentType))
            return try FormBody.encode(form)
        }
        guard let value = try template.body?.value(bindings, for: "the body") else { return nil }
        let type = headers.first { $0.name.lowercased() == "content-type" }?.value.lowercased()
        if type == nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
        if let type, !type.contains("json"), let text = value.stringValue {
            return Array(text.utf8)
        }
        return JSON.encode(value)
    }

    private func authorization(_ settings: SettingResolver) throws(Refusal) -> String? {
        switch manifest.authentication {
        case .none:
            return nil
        case .bearer(let token):
            let token = try settings.resolve(token, for: "token")
            guard !token.isEmpty else { throw .unready("the adapter's token is empty") }
            return "Bearer " + token
        case .basic:
            guard let pair = try credentials(settings) else { return nil }
            guard !pair.user.contains(":") else {
                throw .unready("the user name of basic authentication holds a ':'")
            }
            let bytes = Array("\(pair.user):\(pair.password)".utf8)
            return "Basic " + Value.bytes(bytes).plain.interpolated
        }
    }

    func credentials(_ settings: SettingResolver) throws(Refusal) -> Credentials? {
        guard case .basic(let user, let password) = manifest.authentication else { return nil }
        return Credentials(
            user: try settings.resolve(user, for: "user"),
            password: try settings.resolve(password, for: "password"))
    }
}

extension String {
    /// Blanks at the ends are trimmed by every reader, and what is not ASCII is read by no common charset (RFC 9110,
    /// section 5.5).
    fileprivate var isUnchangedAsHeader: Bool {
        utf8.allSatisfy { (0x20...0x7E).contains($0) } && utf8.first != 0x20 && utf8.last != 0x20
    }
}

extension UInt8 {
    /// RFC 9110, section 5.6.2.
    fileprivate var isTokenByte: Bool {
        switch self {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
