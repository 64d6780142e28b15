// Guest: what a business brings.
//
// Theory of operation. Pawl knows workflows, calls and records, and no business. Whatever one business needs besides
// its folders of YAML is a value of a type that conforms to `Business`: operations that run inside the engine
// (`LocalOperation`, pure functions over `Records`), statements of them for people (`Statement`), importers for its data, fakes of the services around it
// (`Remote`), and what a replay tells of it (`Rehearsal`). The house calls them; they call nothing of the house. A
// project of YAML and HTTP adapters needs none of it: that is `NoBusiness`.

/// What one business adds to the engine. Everything has a default.
public protocol Business: Sendable {
    /// In-process operations by `adapter.operation`, compared with the manifests at start, both ways.
    var operations: LocalOperations { get }
    /// The types of its records that have indexes.
    var records: [any Record.Type] { get }
    /// What people may read of its records.
    var statements: [any Statement] { get }
    /// What must hold of its records as a whole; nil: nothing that it knows of.
    var audit: (any Audit)? { get }
    /// Where its data comes from.
    var importers: [any Importer.Type] { get }
    /// Fakes of the services around it, for `dev`, `test` and `replay`; `serve` never asks.
    var remotes: [any Remote.Type] { get }
    /// Who acts in a replay of recorded events, and what it comes to.
    var rehearsal: any Rehearsal { get }
}

extension Business {
    public var operations: LocalOperations { [:] }
    public var records: [any Record.Type] { [] }
    public var statements: [any Statement] { [] }
    public var audit: (any Audit)? { nil }
    public var importers: [any Importer.Type] { [] }
    public var remotes: [any Remote.Type] { [] }
    public var rehearsal: any Rehearsal { PlainRehearsal() }
}

/// A project of workflows and adapters alone.
public struct NoBusiness: Business {
    public init() {}
}
