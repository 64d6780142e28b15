import Guest
import Values

/// The name of a workflow, with the types of what goes in and what comes out. A string literal is a
/// `Workflow<Value, Value>`.
///
/// ```swift
/// extension Workflow<LoanRequest, Value> {
///     static var loan: Self { Self(named: "loan") }
/// }
/// ```
public struct Workflow<Input: ValueConvertible, Output: ValueConvertible>: Sendable, Hashable {
    /// As `workflow.yaml` has it.
    @ExactText public private(set) var name: String

    /// Nothing is looked up: a name that no workflow has is told of when it is used.
    public init(named name: String) { self.name = name }
}

extension Workflow: ExpressibleByUnicodeScalarLiteral where Input == Value, Output == Value {
    /// Its name.
    public init(unicodeScalarLiteral name: String) { self.init(named: name) }
}

extension Workflow: ExpressibleByExtendedGraphemeClusterLiteral
where Input == Value, Output == Value {
    /// Its name.
    public init(extendedGraphemeClusterLiteral name: String) { self.init(named: name) }
}

extension Workflow: ExpressibleByStringLiteral where Input == Value, Output == Value {
    /// Its name.
    public init(stringLiteral name: String) { self.init(named: name) }
}

/// The name of an event, with the type of its data. A string literal is an `Event<Value>`.
public struct Event<Data: ValueConvertible>: Sendable, Hashable {
    /// As the workflows' `events` have it: `order.cancel`.
    @ExactText public private(set) var name: String

    /// Nothing is looked up: a name that no workflow declares is told of when it is sent.
    public init(named name: String) { self.name = name }
}

extension Event: ExpressibleByUnicodeScalarLiteral where Data == Value {
    /// Its name.
    public init(unicodeScalarLiteral name: String) { self.init(named: name) }
}

extension Event: ExpressibleByExtendedGraphemeClusterLiteral where Data == Value {
    /// Its name.
    public init(extendedGraphemeClusterLiteral name: String) { self.init(named: name) }
}

extension Event: ExpressibleByStringLiteral where Data == Value {
    /// Its name.
    public init(stringLiteral name: String) { self.init(named: name) }
}
