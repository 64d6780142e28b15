import Foundation
import Logging
import Sandbox
import ServiceLifecycle
import Synchronization

/// The fake outside world in the process of `pawl dev`: it starts once the server has its address, and the
/// engine starts once it has its own.
final class SandboxService: Service {
    /// Opens when the sandbox answers.
    let ready = Gate<Void>()
    private let pawlURL = Gate<String>()
    private let urls = Mutex<[String: String]>([:])
    private let plan: SandboxPlan
    private let timeScale: Double
    private let logger: Logger

    init(_ plan: SandboxPlan, _ serving: ServingPlan, _ logger: Logger) {
        var plan = plan
        plan.bankToken = "sandbox"
        plan.smtpUser = "sandbox"
        plan.smtpPassword = "sandbox"
        plan.timeScale = serving.timeScale
        self.plan = plan
        timeScale = serving.timeScale
        self.logger = logger
    }

    /// What the adapters' manifests ask for.
    var environment: [String: String] { urls.withLock { $0 } }

    func begin(pawlURL url: String) async { pawlURL.open(url) }

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            guard let url = await self.pawlURL.wait() else { return }
            try await Wiring.server(self.plan, pawlURL: url, self.logger) { http, smtp in
                self.became(http, smtp)
            }.run()
        }
    }

    private func became(_ http: Int, _ smtp: Int) {
        let base = "http://127.0.0.1:\(http)"
        urls.withLock {
            $0 = [
                "BANK_URL": base, "COOKIES_URL": base, "IAM_URL": base,
                "SMTP_URL": "smtp://127.0.0.1:\(smtp)", "BANK_TOKEN": "sandbox",
                "IAM_TOKEN": "sandbox", "SMTP_USER": "sandbox", "SMTP_PASSWORD": "sandbox",
            ]
        }
        Terminal.say("the sandbox shows its bank, cookies and mails at \(base)")
        ready.open(())
    }
}

extension Wiring {
    static func server(
        _ plan: SandboxPlan, pawlURL: String?, _ logger: Logger,
        onReady: @escaping @Sendable (Int, Int) async -> Void
    ) -> SandboxServer {
        SandboxServer(
            configuration: SandboxConfiguration(
                httpPort: plan.httpPort, smtpPort: plan.smtpPort, dataDirectory: plan.data,
                pawlURL: pawlURL, bankToken: plan.bankToken, smtpUser: plan.smtpUser,
                smtpPassword: plan.smtpPassword, timeScale: plan.timeScale),
            logger: logger, onReady: onReady)
    }

    /// The sandbox by itself, until SIGTERM or SIGINT.
    static func sandbox(
        _ plan: SandboxPlan, pawlURL: String?, logLevel: Logger.Level
    ) async throws {
        let logger = logger(logLevel)
        let sandbox = server(plan, pawlURL: pawlURL, logger) { http, smtp in
            Terminal.say("the sandbox serves http://127.0.0.1:\(http) and smtp://127.0.0.1:\(smtp)")
        }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [Lone { try await sandbox.run() }],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
        do {
            try await group.run()
        } catch let error as SandboxError {
            throw Failure(status: 1, error.description)
        }
    }

    private struct Lone: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws { try await cancelWhenGracefulShutdown { try await body() } }
    }
}
