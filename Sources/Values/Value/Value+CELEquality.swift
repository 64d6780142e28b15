extension Value {
    /// CEL's `==`: numbers of different kinds are equal if their values are, NaN equals nothing,
    /// lists go by element, maps by key in any order; kinds that cannot be compared are unequal.
    package func celEquals(_ other: Value) -> Bool {
        var steps = Int.max
        return celEquals(other, steps: &steps)
    }

    /// Counts `steps` down by the elements looked at and gives up below zero, for shared parts can
    /// make a value exponentially larger than its memory.
    package func celEquals(_ other: Value, steps: inout Int) -> Bool {
        switch (self, other) {
        case (.int(let x), .int(let y)): return x == y
        case (.string(let x), .string(let y)):
            steps -= self.bulk
            return sameUTF8(x, y)
        case (.list(let x), .list(let y)): return Self.listsEqual(x, y, &steps)
        case (.map(let x), .map(let y)): return Self.mapsEqual(x, y, &steps)
        case (.optional(let x?), .optional(let y?)): return x.celEquals(y, steps: &steps)
        case (.int, _), (.uint, _), (.double, _): return Ordering(self, other) == .equal
        default: return self == other
        }
    }

    private static func listsEqual(_ a: [Value], _ b: [Value], _ steps: inout Int) -> Bool {
        guard a.count == b.count else { return false }
        for (x, y) in zip(a, b) {
            steps -= 1
            guard steps >= 0, x.celEquals(y, steps: &steps) else { return false }
        }
        return true
    }

    private static func mapsEqual(_ a: ValueMap, _ b: ValueMap, _ steps: inout Int) -> Bool {
        guard a.count == b.count else { return false }
        for (key, x) in a.entries {
            steps -= 1
            guard steps >= 0, let y = b[key], x.celEquals(y, steps: &steps) else { return false }
        }
        return true
    }
}

/// How two values stand to each other by CEL's `<`, `==` and `>`.
package enum Ordering {
    case less, equal, greater
    /// One of them is NaN.
    case unordered

    /// Nil for kinds that have no common order.
    package init?(_ a: Value, _ b: Value) {
        switch (a, b) {
        case (.int(let x), .int(let y)): self.init(x, y)
        case (.uint(let x), .uint(let y)): self.init(x, y)
        case (.double(let x), .double(let y)): self.init(x, y)
        case (.int(let x), .uint(let y)): self = x < 0 ? .less : Ordering(UInt64(x), y)
        case (.uint(let x), .int(let y)): self = y < 0 ? .greater : Ordering(x, UInt64(y))
        case (.int(let x), .double(let y)): self = Ordering(integer: x, double: y)
        case (.uint(let x), .double(let y)): self = Ordering(integer: x, double: y)
        case (.double(let x), .int(let y)): self = Ordering(integer: y, double: x).reversed
        case (.double(let x), .uint(let y)): self = Ordering(integer: y, double: x).reversed
        case (.string(let x), .string(let y)): self.init(compareUTF8(x, y), 0)
        case (.bytes(let x), .bytes(let y)): self = Ordering(bytes: x, y)
        case (.bool(let x), .bool(let y)): self.init(x ? 1 : 0, y ? 1 : 0)
        case (.timestamp(let x), .timestamp(let y)): self.init(x, y)
        case (.duration(let x), .duration(let y)): self.init(x, y)
        default: return nil
        }
    }

    @inline(__always)
    private init<T: Comparable>(_ a: T, _ b: T) {
        self = a < b ? .less : a == b ? .equal : a > b ? .greater : .unordered
    }

    private init(bytes a: [UInt8], _ b: [UInt8]) {
        let order = a.withUnsafeBufferPointer { x in
            b.withUnsafeBufferPointer { y in compareBytes(x, y) }
        }
        self.init(order, 0)
    }

    /// Integers outside the double's exact range are compared by their nearest double, as cel-go
    /// and the conformance tests have it.
    private init<T: BinaryInteger>(integer: T, double: Double) {
        self.init(Double(integer), double)
    }

    private var reversed: Ordering {
        switch self {
        case .less: .greater
        case .greater: .less
        case .equal, .unordered: self
        }
    }
}
