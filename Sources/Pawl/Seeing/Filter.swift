import Definition
import Engine
import Execution
import Values

/// Which instances a list holds: conditions, all of which must hold.
public struct Filter: Sendable, Hashable {
    let terms: [InstanceQuery.Term]

    private init(_ terms: [InstanceQuery.Term]) { self.terms = terms }

    /// Every instance.
    public static let all = Filter([])

    /// The command line's grammar: `workflow:loan health:blocked price>5000`. For what a program or an operator writes;
    /// a value that came from somebody else goes into ``search(_:equals:)`` and the others, where it stays a value.
    /// - Throws: `.invalid`, with what to write instead.
    public init(parsing text: String) throws(Problem) {
        terms = try InstanceFilter(parsing: text).terms
    }

    /// Those of one workflow.
    public static func workflow(_ name: String) -> Filter { Filter([.workflow(name)]) }

    /// Those of one key, of any workflow.
    public static func key(_ key: String) -> Filter { Filter([.key(key)]) }

    /// Those whose key begins so.
    public static func key(startingWith prefix: String) -> Filter { Filter([.keyPrefix(prefix)]) }

    /// Those that run, or that ended so.
    public static func status(_ status: Status) -> Filter { Filter([.status(status.inStore)]) }

    /// Those in which this state, or one below it, is active.
    public static func state(_ id: String) -> Filter { Filter([.state(id)]) }

    /// Those that stand so.
    public static func health(_ health: Health) -> Filter { Filter([.health(health.inStore)]) }

    /// Those that somebody should look at: overdue or blocked.
    public static let stuck = Filter([.health(.stuck)])

    /// Those that a person holds.
    public static let paused = Filter([.paused])

    /// Those whose search attribute is exactly this.
    public static func search(_ name: String, equals value: Value) -> Filter {
        Filter([.search(name: name, comparison: .equal, value: value)])
    }

    /// Those whose search attribute is smaller.
    public static func search(_ name: String, below value: Value) -> Filter {
        Filter([.search(name: name, comparison: .less, value: value)])
    }

    /// Those whose search attribute is larger.
    public static func search(_ name: String, above value: Value) -> Filter {
        Filter([.search(name: name, comparison: .greater, value: value)])
    }

    /// Those of both.
    public func and(_ other: Filter) -> Filter { Filter(terms + other.terms) }
}

/// A part of a list.
public struct Page<Element: Sendable>: Sendable {
    /// In order.
    public let elements: [Element]
    /// Of the whole list, when this part was read.
    public let total: Int
    /// Where the next part begins; nil: this is the last one.
    public let next: Cursor?

    init(_ elements: [Element], total: Int, next: Cursor?) {
        self.elements = elements
        self.total = total
        self.next = next
    }
}

/// A place in a list. It may travel as text; what is in it is no one's business.
public struct Cursor: Sendable, Hashable, CustomStringConvertible {
    let number: Int64

    init(_ number: Int64) { self.number = number }

    /// - Parameter text: what ``description`` gave; nil for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix("c"), let number = Int64(text.dropFirst(), radix: 36), number > 0
        else { return nil }
        self.number = number
    }

    /// Letters and digits, which need no escapes in an address.
    public var description: String { "c" + String(number, radix: 36) }
}
