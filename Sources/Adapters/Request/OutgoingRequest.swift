import Values

/// What a transport sends: plain values, complete, with every secret resolved. Lives from the moment of sending to
/// the answer and is never stored; its descriptions hold no secret.
package enum OutgoingRequest: Sendable, Hashable {
    case http(HTTPRequest)
    case mail(MailRequest)

    package var timeout: Duration {
        switch self {
        case .http(let request): request.timeout
        case .mail(let request): request.timeout
        }
    }
}

package struct HTTPHeader: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

package struct HTTPRequest: Sendable, Hashable {
    package let method: String
    package let url: String
    /// In the order of sending.
    package let headers: [HTTPHeader]
    package let body: [UInt8]?
    /// Over connect, TLS, headers and body.
    package let timeout: Duration
    package let maximumResponseBytes: Int
    /// Whether it has no effect, so that the transport may send it again by itself when a kept connection turns
    /// out to be dead. Anything else is sent once: whether the first one arrived is then unknown, and the operation
    /// says what follows.
    package let isQuestion: Bool
    /// Not sent over a kept connection: that it was dying would leave an outcome that only a person can find out.
    package let needsFreshConnection: Bool

    package init(
        method: String, url: String, headers: [HTTPHeader], body: [UInt8]?, timeout: Duration,
        maximumResponseBytes: Int, isQuestion: Bool, needsFreshConnection: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
        self.isQuestion = isQuestion
        self.needsFreshConnection = needsFreshConnection
    }

    /// The first header of that name, whatever its case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(method) \(url)" }
    package var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}

package struct Credentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package let user: String
    package let password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    package var description: String { "credentials" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package struct MailRequest: Sendable, Hashable {
    /// How far the connection to the server is encrypted before anything is said.
    package enum Encryption: String, Sendable, Hashable {
        /// TLS from the first byte.
        case immediate
        /// STARTTLS, which must succeed.
        case required
        /// STARTTLS where the server offers it.
        case opportunistic
    }

    package let host: Endpoint.Host
    package let port: Int
    package let encryption: Encryption
    package let credentials: Credentials?
    package let message: MailMessage
    package let timeout: Duration

    package init(
        host: Endpoint.Host, port: Int, encryption: Encryption, credentials: Credentials?,
        message: MailMessage, timeout: Duration
    ) {
        self.host = host
        self.port = port
        self.encryption = encryption
        self.credentials = credentials
        self.message = message
        self.timeout = timeout
    }
}

/// What came back: an answer in the remote's own words, whatever it says.
package enum Answer: Sendable, Hashable {
    case http(HTTPResponse)
    case mail(MailReply)
}

package struct HTTPResponse: Sendable, Hashable {
    package let status: Int
    /// In order of arrival.
    package let headers: [HTTPHeader]
    package let body: [UInt8]

    package init(status: Int, headers: [HTTPHeader], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The reply of an SMTP server that ended the conversation: 250 after the message, or the refusal.
package struct MailReply: Sendable, Hashable {
    package let code: Int
    package let text: String

    package init(code: Int, text: String) {
        self.code = code
        self.text = text
    }
}

/// There is no answer.
package struct TransportFailure: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The name led to an address that the operator does not allow.
        case forbiddenAddress
        /// No connection: DNS, refused, TLS.
        case unreachable
        case timedOut
        /// The connection broke.
        case lost
        /// The answer was larger than allowed.
        case tooLarge
        case cancelled
    }

    package let kind: Kind
    /// Whether any byte of the request (for a mail: the whole message) may have reached the remote.
    package let wasSent: Bool
    package let message: String
    /// Where it was TLS that came to nothing.
    package let distrust: Distrust?

    package init(_ kind: Kind, wasSent: Bool, message: String, distrust: Distrust? = nil) {
        self.kind = kind
        self.wasSent = wasSent
        self.message = message
        self.distrust = distrust
    }
}
