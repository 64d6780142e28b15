import Access
import Definition
import Engine
import Execution
import Hummingbird
import Logging
import MemoryStore
import OpenMetrics
import Server
import Testing
import Values
import WorkflowLanguage

/// A server with its transport set up, for as long as the body runs.
func withGuardedServer(
    tls: TLSKeeper? = nil, access: AccessControl? = nil, telemetry: Telemetry? = nil,
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (Client) async throws -> Void
) async throws {
    let definition = try #require(
        WorkflowLanguage.parseWorkflow(door, file: "test.yaml").value)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let engine = Engine(
        store: MemoryStore(),
        catalog: Catalog(workflows: [definition], adapters: [], local: NoOperations()),
        clock: try WallClock.resumed(scale: 1, store: MemoryStore()), logger: logger)
    var configuration = ServerConfiguration(port: 0)
    configure(&configuration)
    let (ports, port) = AsyncStream<Int>.makeStream()
    let server = makeServer(
        engine: engine, configuration: configuration, logger: logger, telemetry: telemetry,
        access: access, tls: tls
    ) {
        port.yield($0)
    }
    try await withThrowingTaskGroup { group in
        group.addTask { try await engine.run() }
        group.addTask { try await server.run() }
        for await port in ports {
            try await body(Client(port: port))
            break
        }
        group.cancelAll()
        while case .some = await group.nextResult() {}
    }
}

extension AccessControl {
    /// Whoever proves anything may look and operate.
    static func lettingIn(_ authenticators: [any Authenticator]) -> AccessControl {
        AccessControl(
            policy: Policy(roles: [
                "operator": Policy.Role(grants: [Policy.Grant(Set(Permission.allCases))])
            ]), authenticators: authenticators)
    }
}

/// Takes one token.
struct OneToken: Authenticator {
    var token = "right"

    func principal(for credentials: Credentials) throws(Unproven) -> Principal? {
        guard let bearer = credentials.bearer else { return nil }
        guard bearer == token else { throw Unproven("another token") }
        return Principal(subject: "ana", roles: ["operator"], proof: .token("t-1"))
    }
}
