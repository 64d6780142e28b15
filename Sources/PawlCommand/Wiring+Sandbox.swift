import Definition
import Foundation
import Guest
import Logging
import Sandbox
import Scenarios
import ServiceLifecycle
import Synchronization
import Values

/// The fake outside world in the process of `pawl dev`: it starts once the server has its address, and the
/// engine starts once it has its own.
final class SandboxService: Service {
    /// Opens when the sandbox answers.
    let ready = Gate<Void>()
    /// Opens with its address.
    let address = Gate<String>()
    private let answers = Gate<Void>()
    private let pawlURL = Gate<String>()
    private let urls = Mutex<[ExactText: String]>([:])
    private let stage: SandboxStage
    private let logger: Logger

    init(_ stage: SandboxStage, _ logger: Logger) {
        self.stage = stage
        self.logger = logger
    }

    /// What the adapters' manifests ask for.
    var environment: [ExactText: String] { urls.withLock { $0 } }

    /// - Returns: once it answers; false when it does not start.
    func begin(pawlURL url: String) async -> Bool {
        pawlURL.open(url)
        return await answers.wait() != nil
    }

    func run() async throws {
        let url = await cancelWhenGracefulShutdown { await self.pawlURL.wait() }
        guard let url else { return }
        // Its HTTP side sees the group's graceful shutdown by itself, and ends the rest with it.
        try await stage.server(pawlURL: url, logger) { http, smtp in
            self.became(http, smtp)
        }.run()
    }

    private func became(_ http: Int, _ smtp: Int) {
        let base = "http://127.0.0.1:\(http)"
        urls.withLock { $0 = stage.environment(http: http, smtp: smtp) }
        Terminal.say("the sandbox shows its services and mails at \(base)")
        ready.open(())
        address.open(base)
        answers.open(())
    }
}

/// The sandbox of one business: its remotes, where the manifests look for them, and who may speak to them.
struct SandboxStage: Sendable {
    private let plan: SandboxPlan
    private let remotes: [any Remote.Type]
    private let manifests: [AdapterManifest]
    /// What a variable for a credential holds; nil: the sandbox takes any.
    private let credential: @Sendable (String) -> String?

    init(
        _ plan: SandboxPlan, remotes: [any Remote.Type], manifests: [AdapterManifest],
        credential: @escaping @Sendable (String) -> String?
    ) {
        self.plan = plan
        self.remotes = remotes
        self.manifests = manifests
        self.credential = credential
    }

    func server(
        pawlURL: String?, _ logger: Logger,
        onReady: @escaping @Sendable (Int, Int) async -> Void
    ) -> SandboxServer {
        let mail = manifests.first { $0.transport == .smtp }?.credentialVariables ?? []
        var configuration = SandboxConfiguration(
            remotes: remotes, mail: MailRoute(manifests), credentials: bearers,
            httpPort: plan.httpPort, smtpPort: plan.smtpPort, dataDirectory: plan.data,
            pawlURL: pawlURL, smtpUser: mail.first.flatMap(credential),
            smtpPassword: mail.dropFirst().first.flatMap(credential),
            timeScale: plan.timeScale)
        configuration.recorded = plan.recorded
        return SandboxServer(configuration: configuration, logger: logger, onReady: onReady)
    }

    /// The tokens that the manifests of HTTP adapters send.
    private var bearers: [ExactText: String] {
        var result: [ExactText: String] = [:]
        for manifest in manifests where manifest.transport == .http {
            result[manifest.name] =
                plan.credentials[manifest.name]
                ?? manifest.credentialVariables.first.flatMap(credential)
        }
        return result
    }

    /// Where the services are and what they ask for, in the names that the adapters' manifests use.
    func environment(http: Int, smtp: Int) -> [ExactText: String] {
        SandboxAddresses(remotes, recorded: plan.recorded).environment(
            of: manifests, http: "http://127.0.0.1:\(http)", smtp: "smtp://127.0.0.1:\(smtp)",
            credential: credential)
    }
}

extension Wiring {
    /// What stands in for the services of a project's HTTP adapters that the business has no remote for.
    static func recordedServices(below adapters: String) throws(Problem) -> [RecordedService] {
        let remotes = Set<ExactText>(business.remotes.map { ExactText($0.adapter) })
        var exchanges: [ExactText: [RecordedService.Exchange]] = [:]
        for file in try ExchangeFile.all(below: adapters) {
            exchanges[ExactText(file.adapter), default: []].append(RecordedService.Exchange(file))
        }
        return exchanges.filter { !remotes.contains($0.key) }.sorted { $0.key < $1.key }
            .compactMap { RecordedService(adapter: $0.key.text, $0.value) }
    }

    /// - Parameter option: names the sandbox's folder on the command line.
    static func failure(_ error: SandboxError, folder option: String) -> Failure {
        guard case .directoryInUse = error else { return Failure(status: 1, error.description) }
        return Failure(
            status: 1, error.description, fix: "stop it, or name another folder with \(option)")
    }

    /// The sandbox by itself, until SIGTERM or SIGINT.
    static func sandbox(
        _ stage: SandboxStage, pawlURL: String?, log: LogPlan
    ) async throws {
        let logger = logger(log)
        let sandbox = stage.server(pawlURL: pawlURL, logger) { http, smtp in
            Terminal.say("the sandbox answers; for `pawl serve`:")
            let exports = stage.environment(http: http, smtp: smtp)
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

extension RecordedService.Exchange {
    fileprivate init(_ file: ExchangeFile) {
        let line = file.request.line.split(separator: " ")
        let path = line.dropFirst().first.map { $0.prefix { $0 != "?" } } ?? ""
        let words = file.expectation.split(separator: " ")
        let meaning: Meaning =
            switch words.first {
            case "succeeded": .done
            case "failed" where words.last == "final": .refused
            default: .other
            }
        self.init(
            operation: file.operation, meaning: meaning,
            method: line.first.map(String.init) ?? "", path: String(path),
            response: RemoteResponse(
                status: file.status,
                // How the recorded answer was framed says nothing of this one.
                headers: file.response.headers.map { ($0.name.lowercased(), $0.value) }
                    .filter { !["content-length", "transfer-encoding"].contains($0.0) },
                body: Array(file.response.body.utf8)))
    }
}
