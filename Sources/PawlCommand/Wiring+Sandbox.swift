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
    private let answers = Gate<Void>()
    private let pawlURL = Gate<String>()
    private let urls = Mutex<[String: String]>([:])
    private let plan: SandboxPlan
    private let logger: Logger

    init(_ plan: SandboxPlan, _ serving: ServingPlan, _ logger: Logger) {
        var plan = plan
        plan.bankToken = "sandbox"
        plan.iamToken = "sandbox"
        plan.smtpUser = "sandbox"
        plan.smtpPassword = "sandbox"
        plan.timeScale = serving.timeScale
        self.plan = plan
        self.logger = logger
    }

    /// What the adapters' manifests ask for.
    var environment: [String: String] { urls.withLock { $0 } }

    /// - Returns: once it answers; false when it does not start.
    func begin(pawlURL url: String) async -> Bool {
        pawlURL.open(url)
        return await answers.wait() != nil
    }

    func run() async throws {
        let url = await cancelWhenGracefulShutdown { await self.pawlURL.wait() }
        guard let url else { return }
        // Its HTTP side sees the group's graceful shutdown by itself, and ends the rest with it.
        try await Wiring.server(plan, pawlURL: url, logger) { http, smtp in
            self.became(http, smtp)
        }.run()
    }

    private func became(_ http: Int, _ smtp: Int) {
        let base = "http://127.0.0.1:\(http)"
        urls.withLock { $0 = Wiring.environment(of: plan, http: http, smtp: smtp) }
        Terminal.say("the sandbox shows its bank, cookies and mails at \(base)")
        ready.open(())
        answers.open(())
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
                pawlURL: pawlURL, bankToken: plan.bankToken, iamToken: plan.iamToken,
                smtpUser: plan.smtpUser,
                smtpPassword: plan.smtpPassword, timeScale: plan.timeScale),
            logger: logger, onReady: onReady)
    }

    /// Where the sandbox's services are and what they ask for, in the names that the adapters' manifests
    /// use. The manifests want a credential also where the sandbox takes any.
    static func environment(
        of plan: SandboxPlan, http: Int, smtp: Int
    ) -> [String: String] {
        let base = "http://127.0.0.1:\(http)"
        return [
            "BANK_URL": base + "/bank", "BANK_TOKEN": plan.bankToken ?? "any",
            "COOKIES_URL": base + "/cookies", "IAM_URL": base + "/iam/v2",
            "IAM_TOKEN": plan.iamToken ?? "any", "SMTP_URL": "smtp://127.0.0.1:\(smtp)",
            "SMTP_USER": plan.smtpUser ?? "any", "SMTP_PASSWORD": plan.smtpPassword ?? "any",
        ]
    }

    /// - Parameter option: names the sandbox's folder on the command line.
    static func failure(_ error: SandboxError, folder option: String) -> Failure {
        guard case .directoryInUse = error else { return Failure(status: 1, error.description) }
        return Failure(
            status: 1, error.description, fix: "stop it, or name another folder with \(option)")
    }

    /// The sandbox by itself, until SIGTERM or SIGINT.
    static func sandbox(
        _ plan: SandboxPlan, pawlURL: String?, logLevel: Logger.Level
    ) async throws {
        let logger = logger(logLevel)
        let sandbox = server(plan, pawlURL: pawlURL, logger) { http, smtp in
            Terminal.say("the sandbox answers; for `pawl serve`:")
            let exports = environment(of: plan, http: http, smtp: smtp)
            for (name, value) in exports.sorted(by: { $0.key < $1.key }) {
                Terminal.say("export \(name)=\(value)")
            }
        }
        var configuration = ServiceGroupConfiguration(
            services: [Lone { try await sandbox.run() }],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger))
        // A request that hangs by a fault would hold it for minutes; what was answered is on disk.
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as SandboxError {
            throw failure(error, folder: "--data")
        }
    }

    private struct Lone: Service {
        let body: @Sendable () async throws -> Void

        func run() async throws { try await body() }
    }
}
