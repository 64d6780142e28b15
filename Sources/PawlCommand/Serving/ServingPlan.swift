import Access
import Assembly
import Logging
import Sandbox
import Server
import Values

/// Everything that a server is told, decided before anything starts.
struct ServingPlan: Sendable {
    var data: String
    var workflows: String
    var adapters: String
    var host = "127.0.0.1"
    var port = 8087
    /// nil: in the clear.
    var tls: TLSFiles?
    /// Those that end TLS and say whom they ask for.
    var proxies = TrustedProxies()
    /// Whether who asks has to prove it.
    var hasAccessControl = false
    var timeScale = 1.0
    /// Why no call leaves until somebody lets it; nil: they leave.
    var holdingCalls: String?
    /// Why a database is served that lacks the end of its log; nil: it is not.
    var acceptingLoss: String?
    /// What is brought in before it serves, unless the file is the one of last time.
    var imports: [ImportPlan] = []
    var configuration = PawlConfiguration()
    var log = LogPlan()
    var readyFile: String?
    /// Where spans go; nil: nowhere.
    var traces: TraceTarget?
    /// nil: strangers are not let in.
    var publicEntry: PublicPlan?
    /// nil: the remotes are real.
    var sandbox: SandboxPlan?
    /// Begin again when the definitions change.
    var followsFiles = false
    /// What is played before anybody looks; nil: nothing. It needs the sandbox.
    var demonstration: Demonstration?

    init(data: String, workflows: String, adapters: String) {
        self.data = data
        self.workflows = workflows
        self.adapters = adapters
    }
}

extension ServingPlan {
    var safety: ServingSafety.Situation {
        ServingSafety.Situation(
            host: host, hasTLS: tls != nil, hasAccessControl: hasAccessControl,
            isBehindProxy: !proxies.isEmpty, publicHost: publicEntry?.host,
            hasPublicProxy: !(publicEntry?.proxies.isEmpty ?? true))
    }

    /// How it is spoken to.
    var scheme: String { tls == nil ? "http" : "https" }
}

/// What of the log is written, and how.
struct LogPlan: Sendable, Hashable {
    var level = Logger.Level.info
    var format = LogFormat.text
}

/// The entry for strangers: a listener of its own, so that the API's need not be reachable.
struct PublicPlan: Sendable, Hashable {
    var host: String
    var port: Int
    var proxies: Set<ExactText> = []

    /// `PORT` or `HOST:PORT`, an IPv6 host in brackets.
    init?(listen text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last, let port = Int(last), (0...65535).contains(port) else {
            return nil
        }
        let host = parts.dropLast().joined(separator: ":")
        self.host =
            parts.count == 1 ? "127.0.0.1" : host.filter { $0 != "[" && $0 != "]" }
        self.port = port
        if self.host.isEmpty || (self.host.contains(":") && !host.hasPrefix("[")) { return nil }
    }
}

struct SandboxPlan: Sendable {
    var httpPort: Int
    var smtpPort: Int
    var data: String
    /// Whose requests must come with which bearer token, by adapter.
    var credentials: [ExactText: String] = [:]
    /// Services without a remote of the business, which answer what their adapters' exchanges recorded.
    var recorded: [RecordedService] = []
    var smtpUser: String?
    var smtpPassword: String?
    var timeScale = 1.0

    init(httpPort: Int, smtpPort: Int, data: String) {
        self.httpPort = httpPort
        self.smtpPort = smtpPort
        self.data = data
    }
}

/// A file and the importer that reads it.
struct ImportPlan: Sendable, Hashable {
    let importer: String
    let file: String
}
