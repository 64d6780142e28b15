import Logging

/// Everything that a server is told, decided before anything starts.
struct ServingPlan: Sendable {
    var data: String
    var workflows: String
    var adapters: String
    var host = "127.0.0.1"
    var port = 8087
    var timeScale = 1.0
    var workers: String?
    var configuration = PawlConfiguration()
    var logLevel = Logger.Level.info
    var readyFile: String?
    /// nil: the remotes are real.
    var sandbox: SandboxPlan?

    init(data: String, workflows: String, adapters: String) {
        self.data = data
        self.workflows = workflows
        self.adapters = adapters
    }
}

struct SandboxPlan: Sendable {
    var httpPort: Int
    var smtpPort: Int
    var data: String
    var bankToken: String?
    var smtpUser: String?
    var smtpPassword: String?
    var timeScale = 1.0

    init(httpPort: Int, smtpPort: Int, data: String) {
        self.httpPort = httpPort
        self.smtpPort = smtpPort
        self.data = data
    }
}
