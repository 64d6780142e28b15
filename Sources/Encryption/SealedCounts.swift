import Values

/// How many values are sealed with which key.
package struct SealedCounts: Sendable, Hashable {
    package struct Count: Sendable, Hashable {
        /// nil: they are not sealed.
        package let key: String?
        package fileprivate(set) var values: Int64
    }

    package let current: String?
    package private(set) var counts: [Count]

    package init(current: String?, names: [String]) {
        self.current = current
        counts = ([nil] + names).map { Count(key: $0, values: 0) }
    }

    package mutating func add(_ values: Int64, of key: String?) {
        let index = counts.firstIndex { count in
            key.map { key in count.key.map { sameUTF8($0, key) } ?? false } ?? (count.key == nil)
        }
        if let index {
            counts[index].values += values
        } else {
            counts.append(Count(key: key, values: values))
        }
    }

    /// Values that are not as the current key wants them.
    package var left: Int64 {
        counts.filter { $0.key != current }.reduce(0) { $0 + $1.values }
    }
}
