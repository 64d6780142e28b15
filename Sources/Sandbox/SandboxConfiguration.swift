/// How a sandbox is set up when it runs as a server.
package struct SandboxConfiguration: Sendable, Hashable {
    /// The address that HTTP and SMTP both listen on; loopback unless asked otherwise.
    package var httpHost: String
    /// 0 takes any free port, which `onReady` reports.
    package var httpPort: Int
    package var smtpPort: Int
    /// Where the files are; nil keeps everything in memory.
    package var dataDirectory: String?
    /// Where `cookie.arrived` goes; nil keeps the events.
    package var pawlURL: String?
    /// The bearer token that the bank asks for, if any.
    package var bankToken: String?
    /// The bearer token that the identity provider asks for, if any.
    package var iamToken: String?
    /// With both, the mail server offers AUTH and wants it before any mail.
    package var smtpUser: String?
    package var smtpPassword: String?
    /// Store time per wall time: 60 makes an hour a minute. Socket delays are never scaled.
    package var timeScale: Double
    /// In store time.
    package var bakingTime: Duration

    package init(
        httpHost: String = "127.0.0.1", httpPort: Int = 8088, smtpPort: Int = 8025,
        dataDirectory: String? = nil, pawlURL: String? = nil, bankToken: String? = nil,
        iamToken: String? = nil, smtpUser: String? = nil, smtpPassword: String? = nil,
        timeScale: Double = 1,
        bakingTime: Duration = .seconds(600)
    ) {
        self.httpHost = httpHost
        self.httpPort = httpPort
        self.smtpPort = smtpPort
        self.dataDirectory = dataDirectory
        self.pawlURL = pawlURL
        self.bankToken = bankToken
        self.iamToken = iamToken
        self.smtpUser = smtpUser
        self.smtpPassword = smtpPassword
        self.timeScale = timeScale
        self.bakingTime = bakingTime
    }
}

/// Why a sandbox does not start, or cannot go on.
package enum SandboxError: Error, Hashable, CustomStringConvertible {
    case portInUse(service: String, host: String, port: Int)
    case invalid(String)
    case file(path: String, operation: String, reason: String)
    case directoryInUse(String)

    package var description: String {
        switch self {
        case .portInUse(let service, let host, let port):
            "the sandbox's \(service) port \(host):\(port) is in use; "
                + "stop what holds it or choose another"
        case .invalid(let detail):
            detail
        case .file(let path, let operation, let reason):
            "cannot \(operation) \(path): \(reason)"
        case .directoryInUse(let path):
            "another sandbox uses \(path)"
        }
    }
}
