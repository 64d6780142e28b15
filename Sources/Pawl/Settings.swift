import Assembly

/// Where a database is.
public enum Store: Sendable, Hashable, CustomStringConvertible {
    /// A folder of a file and its lock, which is made where there is none: the one that `pawl --data` names, so that
    /// `pawl why`, `pawl backup` and `pawl doctor` look into it. A relative path is taken from the current folder.
    case sqlite(String)
    /// For tests and trials: nothing outlives the value.
    case memory

    /// `library-data`, or `memory`.
    public var description: String {
        switch self {
        case .sqlite(let folder): folder
        case .memory: "memory"
        }
    }

    var location: Composition.Location {
        switch self {
        case .sqlite(let folder): .directory(folder)
        case .memory: .memory
        }
    }
}

/// What the operator of an installation decides. What is nil or empty is as `pawl.yaml` has it.
public struct Settings: Sendable, Hashable {
    /// Part of every idempotency key, so that two installations that share a service never share a key; `pawl` by
    /// default. Never changed once calls were made.
    public var namespace: String?
    /// Hosts that adapters may reach besides those of their own addresses: `notices.example`, `10.0.0.0/8`.
    public var allowedHosts: [String] = []
    /// An IANA name such as `Europe/Belgrade`, for schedules that name no zone and workflows that have a param
    /// `zone`; UTC by default.
    public var zone: String?
    /// How long a request waits for ``Pawl/run()`` before the log tells of it.
    package var patience = Duration.seconds(5)

    /// As `pawl.yaml` has it.
    public init(namespace: String? = nil, allowedHosts: [String] = [], zone: String? = nil) {
        self.namespace = namespace
        self.allowedHosts = allowedHosts
        self.zone = zone
    }

    func over(_ configuration: PawlConfiguration) -> PawlConfiguration {
        var configuration = configuration
        configuration.namespace = namespace ?? configuration.namespace
        configuration.allowedHosts += allowedHosts
        configuration.zone = zone ?? configuration.zone
        return configuration
    }
}
