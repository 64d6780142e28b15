import Access
import Definition
import Engine
import Execution
import Foundation
import Hummingbird
import Logging
import MemoryStore
import Server
import Testbed
import Testing
import Values
import WorkflowLanguage

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A server on a port of its own over a store in memory, for as long as the body runs.
func withServer(
    faults: FaultPlan? = nil, bodyLimit: Int = 1 << 20, workflow: String = door,
    kept: String? = nil,
    door: ServerConfiguration.Door = .api, contents: (any ContentStore)? = nil,
    limits: AttachmentLimits = AttachmentLimits(), adapters: [AdapterManifest] = [],
    calls: (any CallPort)? = nil, local: any LocalPerformer = NoOperations(),
    over base: any Store = MemoryStore(), clock: WallClock? = nil, connections: Int? = nil,
    uploadRoom: Int = 64 << 20, hosts: [String] = [],
    proxies: TrustedProxies = TrustedProxies(),
    access: ((Engine) throws -> AccessControl)? = nil,
    _ body: @escaping @Sendable (Client) async throws -> Void
) async throws {
    let parsed = WorkflowLanguage.parseWorkflow(workflow, file: "test.yaml")
    let definition = try #require(parsed.value, "\(parsed.diagnostics.map(\.headline))")
    let others = kept.map { WorkflowLanguage.parseWorkflow($0, file: "kept.yaml") }
    var store = base
    if let faults { store = FaultyStore(store, plan: faults) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let engine = Engine(
        store: store,
        catalog: Catalog(
            workflows: [definition], kept: [others?.value].compactMap(\.self), adapters: adapters,
            local: local),
        clock: try clock ?? WallClock.resumed(scale: 1, store: MemoryStore()), logger: logger)
    if let calls { engine.connect(calls) }
    if let contents { engine.connect(contents, limits: limits) }
    var configuration = ServerConfiguration(
        port: 0, bodyLimit: bodyLimit, connections: connections, uploadRoom: uploadRoom,
        door: door)
    configuration.hosts = hosts
    configuration.proxies = proxies
    // On a machine that does much else a test is no attacker.
    configuration.limits.head = .seconds(600)
    configuration.limits.bodyRate = 0
    let (ports, port) = AsyncStream<Int>.makeStream()
    let serving = configuration
    let server = makeServer(
        engine: engine, configuration: serving, logger: logger, access: try access?(engine)
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

/// With one door, `d-1`.
func withDoor(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
    try await withServer { client in
        _ = try await client.put("/v1/workflows/door/instances/d-1", #"{"colour": "red"}"#)
        try await body(client)
    }
}

struct NoOperations: LocalPerformer {
    func perform(
        adapter: String, operation: String, call: LocalCall, read: @escaping RecordReader
    ) -> LocalResult {
        LocalResult(.succeeded(.null))
    }
}

let door = """
    workflow: door
    version: 1
    description: A door that can be opened once.
    start: {on: door.built, key: event.data.id}
    input:
      type: object
      required: [colour]
      additionalProperties: false
      properties:
        id: {type: string}
        colour: {type: string, enum: [red, green]}
        width: {type: integer, default: 80}
    params: {limit: {type: integer, default: 3}}
    context: {opener: {type: [string, 'null'], default: null}}
    search: {colour: input.colour, width: input.width}
    events:
      door.open:
        early: reject
        data: {type: object, required: [by], properties: {by: {type: string}}}
      door.lock: {early: keep, ttl: 1d, from: {role: owner}}
      door.break: {early: drop}
    initial: closed
    states:
      closed:
        on:
          door.open: {target: opened, actions: {assign: {opener: '${event.data.by}'}}}
          door.lock: locked
          door.break: gone
      locked:
        on:
          door.open: {actions: {reject: {code: locked, message: the door is locked}}}
      opened:
        on: {door.break: gone}
      gone: {type: final, output: {by: '${context.opener}'}}
    """

/// Speaks to the server as any program would.
struct Client: Sendable {
    let port: Int

    /// As a program: it keeps nothing that it is given.
    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        return URLSession(configuration: configuration)
    }()

    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: Value

        subscript(_ member: String) -> Value? { body[member] }
        func header(_ name: String) -> String? {
            headers.first { $0.key.lowercased() == name.lowercased() }?.value
        }
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await ask("GET", path, nil, headers)
    }

    func put(_ path: String, _ body: String, _ headers: [String: String] = [:]) async throws
        -> Answer
    {
        try await ask("PUT", path, body, headers)
    }

    func post(_ path: String, _ body: String, _ headers: [String: String] = [:]) async throws
        -> Answer
    {
        try await ask("POST", path, body, headers)
    }

    /// What is no document.
    func bytes(
        _ path: String, _ headers: [String: String] = [:]
    ) async throws -> ([UInt8], Answer) {
        let (bytes, answer) = try await exchange("GET", path, nil, headers)
        return (bytes, answer)
    }

    func ask(
        _ method: String, _ path: String, _ body: String?, _ headers: [String: String] = [:]
    ) async throws -> Answer {
        let (bytes, answer) = try await exchange(method, path, body, headers)
        return Answer(
            status: answer.status, headers: answer.headers,
            body: bytes.isEmpty ? .null : try JSON.parse(bytes))
    }

    func exchange(
        _ method: String, _ path: String, _ body: String?, _ headers: [String: String]
    ) async throws -> ([UInt8], Answer) {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        var request = URLRequest(url: url)
        request.cachePolicy = .reloadIgnoringLocalCacheData
        request.httpMethod = method
        if let body {
            request.httpBody = Data(body.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await Self.session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        var names: [String: String] = [:]
        for (name, value) in http.allHeaderFields { names["\(name)"] = "\(value)" }
        return (Array(data), Answer(status: http.statusCode, headers: names, body: .null))
    }
}
