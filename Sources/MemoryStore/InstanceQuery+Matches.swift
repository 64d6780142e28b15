import Execution
import Values

extension InstanceQuery {
    /// What the terms mean, for one instance: the oracle of the stores that answer in SQL.
    package func matches(_ instance: InstanceWrite) -> Bool {
        terms.allSatisfy { $0.matches(instance, now: now) }
    }
}

extension InstanceQuery.Term {
    fileprivate func matches(_ instance: InstanceWrite, now: Timestamp) -> Bool {
        switch self {
        case .workflow(let name):
            instance.name.workflow.utf8.elementsEqual(name.utf8)
        case .version(let number):
            instance.version == number
        case .key(let key):
            instance.name.key.utf8.elementsEqual(key.utf8)
        case .keyPrefix(let prefix):
            instance.name.key.utf8.starts(with: prefix.utf8)
        case .status(let status):
            instance.status == status
        case .state(let id):
            instance.summary.states.contains {
                $0.utf8.elementsEqual(id.utf8) || $0.utf8.starts(with: "\(id).".utf8)
            }
        case .health(let health):
            health == .stuck
                ? [.blocked, .overdue].contains(instance.health(at: now))
                : instance.health(at: now) == health
        case .paused:
            instance.summary.pause != nil
        case .pausedBy(let name):
            instance.summary.pause?.isBy(name) ?? false
        case .pauseReason(let reason):
            instance.summary.pause.map { sameUTF8($0.reason, reason) } ?? false
        case .search(let name, let comparison, let value):
            instance.summary.search.contains {
                $0.name.utf8.elementsEqual(name.utf8) && comparison.holds($0.value, value)
            }
        }
    }
}

extension InstanceWrite {
    func health(at now: Timestamp) -> Health {
        if summary.incidents > 0 { return .blocked }
        if status.isTerminal { return .ok }
        if let overdueAt = summary.overdueAt, overdueAt.milliseconds <= now.milliseconds {
            return .overdue
        }
        return summary.isRetrying ? .failing : .waiting
    }
}

extension InstanceQuery.Comparison {
    /// Numbers compare with numbers, texts by their bytes, flags with flags; all else is never
    /// found.
    fileprivate func holds(_ left: Value, _ right: Value) -> Bool {
        switch (left.plain, right.plain) {
        case (.int(let a), .int(let b)): holds(a, b)
        case (.int(let a), .double(let b)): holds(Double(a), b)
        case (.double(let a), .int(let b)): holds(a, Double(b))
        case (.double(let a), .double(let b)): holds(a, b)
        case (.bool(let a), .bool(let b)): holds(a ? 1 : 0, b ? 1 : 0)
        case (.string(let a), .string(let b)): holds(Bytes(a), Bytes(b))
        default: false
        }
    }

    private func holds<T: Comparable>(_ left: T, _ right: T) -> Bool {
        switch self {
        case .equal: left == right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        }
    }
}

private struct Bytes: Comparable {
    let utf8: [UInt8]

    init(_ text: String) { utf8 = Array(text.utf8) }

    static func < (left: Bytes, right: Bytes) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
