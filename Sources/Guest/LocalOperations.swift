import Values

/// The operations of a business, by `adapter.operation`: `["lending.lend": Lend()]`.
///
/// A name that stands twice is not a trap: the first counts, and ``doubles`` names it, so that whoever starts an engine
/// with it can say so among everything else that is wrong.
public struct LocalOperations: Sendable, ExpressibleByDictionaryLiteral {
    /// In the order in which they were given.
    public let names: [String]
    /// Names that were given more than once, in order.
    public let doubles: [String]
    private let operations: [ExactText: any LocalOperation]

    public init(dictionaryLiteral elements: (String, any LocalOperation)...) { self.init(elements) }

    public init(_ pairs: [(String, any LocalOperation)] = []) {
        var names: [String] = []
        var doubles: [String] = []
        var operations: [ExactText: any LocalOperation] = [:]
        for (name, operation) in pairs {
            if operations[name] == nil {
                names.append(name)
                operations[name] = operation
            } else if !doubles.contains(exactly: name) {
                doubles.append(name)
            }
        }
        self.names = names
        self.doubles = doubles
        self.operations = operations
    }

    /// - Parameter name: `adapter.operation`.
    public subscript(_ name: String) -> (any LocalOperation)? { operations[name] }

    /// Those of two businesses together; what both give stands among the ``doubles``.
    public func merging(_ other: LocalOperations) -> LocalOperations {
        LocalOperations((self.pairs + other.pairs))
    }

    private var pairs: [(String, any LocalOperation)] {
        (names + doubles).compactMap { name in self[name].map { (name, $0) } }
    }
}
