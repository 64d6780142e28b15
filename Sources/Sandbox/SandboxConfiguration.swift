import Guest
import Values

/// How a sandbox is set up when it runs as a server.
package struct SandboxConfiguration: Sendable {
    /// The address that HTTP and SMTP both listen on; loopback unless asked otherwise.
    package var httpHost: String
    /// 0 takes any free port, which `onReady` reports.
    package var httpPort: Int
    package var smtpPort: Int
    /// Where the files are; nil keeps everything in memory.
    package var dataDirectory: String?
    /// Where the remotes' events go; nil keeps them.
    package var pawlURL: String?
    package var remotes: [any Remote.Type]
    /// Services without a remote, which answer what was recorded of them.
    package var recorded: [RecordedService] = []
    /// The bearer tokens that remotes ask for, by adapter; one that is not here asks for none.
    package var credentials: [ExactText: String]
    /// How faults name the mail server.
    package var mail: MailRoute
    /// With both, the mail server offers AUTH and wants it before any mail.
    package var smtpUser: String?
    package var smtpPassword: String?
    /// Store time per wall time: 60 makes an hour a minute. Socket delays are never scaled.
    package var timeScale: Double

    package init(
        remotes: [any Remote.Type], mail: MailRoute, credentials: [ExactText: String] = [:],
        httpHost: String = "127.0.0.1", httpPort: Int = 8088, smtpPort: Int = 8025,
        dataDirectory: String? = nil, pawlURL: String? = nil, smtpUser: String? = nil,
        smtpPassword: String? = nil, timeScale: Double = 1
    ) {
        self.remotes = remotes
        self.mail = mail
        self.credentials = credentials
        self.httpHost = httpHost
        self.httpPort = httpPort
        self.smtpPort = smtpPort
        self.dataDirectory = dataDirectory
        self.pawlURL = pawlURL
        self.smtpUser = smtpUser
        self.smtpPassword = smtpPassword
        self.timeScale = timeScale
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
