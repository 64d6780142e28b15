import Definition
import Guest
import Values

/// A fault that the outside world shows a number of times.
package struct Fault: Sendable, Hashable {
    package typealias Kind = RemoteFault

    package var adapter: String
    package var operation: String
    package var kind: Kind
    /// How often it still fires; −1 until cleared.
    package var count: Int64
    package var status: Int?
    package var latencyMs: Int64?
    /// How often it has fired.
    package private(set) var fired: Int64 = 0

    package init(
        adapter: String, operation: String = "*", kind: Kind, count: Int64 = 1,
        status: Int? = nil, latencyMs: Int64? = nil
    ) {
        self.adapter = adapter
        self.operation = operation
        self.kind = kind
        self.count = count
        self.status = status
        self.latencyMs = latencyMs
    }

    var latency: Duration { .milliseconds(latencyMs ?? 1000) }

    func matches(_ adapter: String, _ operation: String) -> Bool {
        count != 0 && self.adapter == adapter
            && (self.operation == "*" || self.operation == operation)
    }

    mutating func fire() {
        fired += 1
        if count > 0 { count -= 1 }
    }

    var value: Value {
        var members: [(String, Value)] = [
            ("adapter", .string(adapter)), ("operation", .string(operation)),
            ("kind", .string(kind.rawValue)), ("count", .int(count)), ("fired", .int(fired)),
        ]
        if let status { members.append(("status", .int(Int64(status)))) }
        if let latencyMs { members.append(("latencyMs", .int(latencyMs))) }
        return .map(ValueMap(members))
    }
}

/// The faults that are set, in the order of setting: the first that fits a request fires.
///
/// Latency is counted apart, so that a slow *and* failing service can be had with two faults.
package struct Faults: Sendable {
    package private(set) var all: [Fault] = []
    static let limit = 1000

    /// Adapters with the operations that faults can name; `*` means every one of them.
    package let operations: [(adapter: String, operations: [RemoteOperation])]

    /// - Parameters:
    ///   - remotes: the services of the sandbox.
    ///   - recorded: those of which only exchanges are known.
    ///   - mail: how faults name the mail server.
    package init(
        remotes: [any Remote.Type], recorded: [RecordedService] = [], mail: MailRoute
    ) {
        operations =
            remotes.map { ($0.adapter, $0.operations) }
            + recorded.map { ($0.adapter, $0.operations) }
            + [(mail.adapter, [RemoteOperation(mail.operation)])]
    }

    /// Whether the kind means something for that operation.
    func allows(_ kind: Fault.Kind, adapter: String, operation: String) -> Bool {
        operations.first { $0.adapter == adapter }?.operations
            .first { $0.name == operation }?.faults.contains(kind) ?? false
    }

    package mutating func add(_ fault: Fault) {
        guard all.count < Faults.limit else { return }
        all.append(fault)
    }

    /// The refusal of what comes next, whatever else is set.
    mutating func refuseNext(
        after fault: Fault, _ adapter: String, _ operation: String, status: Int
    ) {
        all.insert(
            Fault(
                adapter: adapter, operation: operation, kind: .status,
                status: fault.status ?? status),
            at: 0)
    }

    package mutating func clear() { all.removeAll() }

    /// Takes the first fault other than latency that fits.
    mutating func take(_ adapter: String, _ operation: String) -> Fault? {
        take(adapter, operation) { $0 != .latency }
    }

    /// Takes the first fault of one kind that fits.
    mutating func take(_ adapter: String, _ operation: String, _ kind: Fault.Kind) -> Fault? {
        take(adapter, operation) { $0 == kind }
    }

    /// The delay of the first latency fault that fits, else zero.
    mutating func takeLatency(_ adapter: String, _ operation: String) -> Duration {
        take(adapter, operation, .latency)?.latency ?? .zero
    }

    private mutating func take(
        _ adapter: String, _ operation: String, where fits: (Fault.Kind) -> Bool
    ) -> Fault? {
        let index = all.firstIndex {
            fits($0.kind) && $0.matches(adapter, operation)
                && allows($0.kind, adapter: adapter, operation: operation)
        }
        guard let index else { return nil }
        all[index].fire()
        return all[index]
    }
}

/// How faults name the mail server: the adapter whose transport is SMTP, and its operation.
package struct MailRoute: Sendable, Hashable {
    package let adapter: String
    package let operation: String

    package init(adapter: String, operation: String) {
        self.adapter = adapter
        self.operation = operation
    }

    /// The first manifest whose transport is SMTP; without one by the transport's own name.
    package init(_ manifests: [AdapterManifest]) {
        let mail = manifests.first { $0.transport == .smtp }
        self.init(
            adapter: mail?.name ?? AdapterManifest.Transport.smtp.rawValue,
            operation: mail?.operations.first?.name ?? "mail")
    }
}
