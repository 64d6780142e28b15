import Adapters
import Assembly
import Definition
import Encryption
import Engine
import Execution
import Foundation
import Guest
import Logging
import SQLiteStore
import Values
import WorkflowLanguage

/// The only place (with its extensions) that names concrete stores, adapters, operations and the sandbox.
enum Wiring {
    /// In-process operations, `transport: local`.
    static var operations: any LocalPerformer {
        OperationTable(business)
    }

    /// The guest, in the task of the command that runs: the program's `main` puts it there.
    @TaskLocal static var business: any Business = NoBusiness()

    /// Opens a database to write into; makes it where there is none.
    static func store(
        _ directory: String, _ logger: Logger = Wiring.logger(LogPlan()), config: String? = nil
    ) throws -> any Store {
        let keys = try keyRing(config)
        do throws(StoreError) {
            return try Composition.open(.directory(directory), logger, keys: keys)
        } catch {
            throw failure(error, in: directory)
        }
    }

    static func failure(_ error: StoreError, in directory: String) -> any Error {
        switch error {
        case .unavailable(let reason):
            Failure(
                status: 1, located(reason, in: directory),
                fix: "the folder must be writable, have room, and be used by no other server; "
                    + "--data names another")
        case .corrupt(let reason):
            Failure(
                status: 1, "the database is damaged: " + located(reason, in: directory),
                fix:
                    "nothing was changed; `pawl restore BACKUP --data` another folder, and serve that"
            )
        case .keyMissing(let reason):
            Failure(status: 1, located(reason, in: directory), fix: Self.keyAdvice)
        case .conflict, .outcomeUnknown, .unknownSchema: error
        }
    }

    /// Stores say which file; where it is, whoever named the folder knows.
    static func located(_ reason: String, in directory: String) -> String {
        reason.hasPrefix("pawl.db") ? "\(directory)/\(reason)" : reason
    }

    /// - Parameter config: names the keys, where something is sealed.
    static func readOnly(_ directory: String, config: String? = nil) throws -> SQLiteStore {
        do throws(StoreError) {
            return try withKeys(config) { (keys) throws(StoreError) in
                try SQLiteStore.open(directory: directory, mode: .readOnly, keys: keys)
            }
        } catch .unavailable(let reason) {
            throw Failure(status: 3, reason, fix: "name the folder that holds pawl.db with --data")
        } catch .keyMissing(let reason) {
            throw Failure(status: 1, located(reason, in: directory), fix: keyAdvice)
        }
    }

    static let keyAdvice =
        "run it where pawl.yaml names the key under `encryption.keys`, or name that file with --config"

    /// The keys that a configuration names; none where there is no such file.
    static func keyRing(_ config: String?) throws(Problem) -> KeyRing {
        try PawlConfiguration.read(config, default: "./pawl.yaml").encryption.ring()
    }

    /// A configuration is looked for only where something is sealed: other databases are read without one.
    static func withKeys<T>(
        _ config: String?, _ body: (KeyRing) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        do throws(StoreError) {
            return try body(.none)
        } catch .keyMissing {
            let keys: KeyRing
            do throws(Problem) {
                keys = try keyRing(config)
            } catch {
                throw .keyMissing(error.message)
            }
            return try body(keys)
        }
    }

    /// An empty database that is flushed by the closure only: a replay that crashes is simply run again.
    static func bulkStore(
        _ directory: String
    ) throws(StoreError) -> (store: any Store, flush: () throws(StoreError) -> Void) {
        let store = try SQLiteStore.open(directory: directory, mode: .bulk)
        return (store, { () throws(StoreError) in try store.flush() })
    }

    // MARK: Reading a file

    /// A database file at its own time: where a replay ended, else what its clock says now.
    static func file(_ directory: String, config: String? = nil) throws -> FileSource {
        if let damage = damage(of: directory) { Terminal.say("warning: \(damage)") }
        let store = try readOnly(directory, config: config)
        let known = try StoredDefinitions(store)
        for file in known.unreadable { Terminal.say("this program cannot read \(file)") }
        let catalog = Catalog(
            workflows: known.workflows, adapters: known.adapters, local: operations,
            calendars: Calendars(known.calendars))
        let usual = UsualTimes()
        usual.load(try store.setting(UsualTimes.setting))
        return FileSource(
            inspector: Inspector(
                store: store, catalog: catalog, usual: usual.time, now: try moment(of: store)))
    }

    private static func moment(of store: any Store) throws(StoreError) -> Timestamp {
        if let end = try store.setting("replay.now")?.stringValue.flatMap(Timestamp.init(rfc3339:))
        {
            return end
        }
        guard let anchor = try store.setting("clock.anchor").flatMap(WallClock.Anchor.init) else {
            return WallClock.wallTime()
        }
        return WallClock(anchor: anchor, notBefore: try store.lastMoment()).now()
    }

    // MARK: Speaking to a server

    static func client(
        url: String, actor: String?, trust: ClientTrust = ClientTrust()
    ) -> APIClient {
        let transport = anywhere.flatMap { CurlTransport(rules: $0, options: trust.options) }
        return APIClient(url: url, actor: actor) { (call) async throws(HTTPFault) in
            guard let transport else { throw .unreachable("libcurl cannot be used") }
            return try await exchange(call, transport)
        }
    }

    /// The person at the keyboard says where the server is; no other rule applies.
    private static var anywhere: AddressRules? {
        try? AddressRules(allowedHosts: ["0.0.0.0/0", "::/0"])
    }

    private static let responseLimit = 64 << 20

    private static func exchange(
        _ call: HTTPCall, _ transport: CurlTransport
    ) async throws(HTTPFault) -> HTTPReply {
        let request = OutgoingRequest.http(
            HTTPRequest(
                method: call.method, url: call.url,
                headers: call.headers.map { HTTPHeader($0.name, $0.value) }, body: call.body,
                timeout: call.timeout, maximumResponseBytes: responseLimit,
                isQuestion: call.method == "GET", needsFreshConnection: call.method != "GET"))
        let id = CallID(instance: InstanceID(0), activation: 0, dispatch: 0)
        let result = await withCheckedContinuation { continuation in
            transport.send(request, for: id) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(.http(let response)):
            return HTTPReply(status: response.status, body: response.body)
        case .success(.mail):
            throw .unreachable("it is no HTTP server")
        case .failure(let failure):
            if let distrust = failure.distrust {
                throw .untrusted(reason: distrust.sentence, fix: distrust.fix)
            }
            throw failure.kind == .timedOut ? .timedOut : .unreachable(failure.message)
        }
    }
}
