/// States in document order: SCXML's `OrderedSet`, as bits.
///
/// The first 64 states stand in the value itself, so that the sets of most charts cost no memory.
struct StateSet: Sendable, Sequence {
    private var first: UInt64 = 0
    /// States 64 to 127, 128 to 191 and so on, as far as some state was put in.
    private var rest: [UInt64] = []

    init() {}

    init(_ states: some Sequence<StateIndex>) {
        for state in states { insert(state) }
    }

    var isEmpty: Bool { first == 0 && rest.allSatisfy { $0 == 0 } }

    var count: Int { rest.reduce(first.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

    /// The states in document order.
    var list: [StateIndex] {
        var result: [StateIndex] = []
        result.reserveCapacity(count)
        for state in self { result.append(state) }
        return result
    }

    /// The last in document order first: the order of leaving.
    var reversedList: [StateIndex] {
        var result = list
        result.reverse()
        return result
    }

    @inline(__always)
    func contains(_ state: StateIndex) -> Bool { word(state >> 6) & Self.bit(state) != 0 }

    mutating func insert(_ state: StateIndex) {
        guard state >= 64 else {
            first |= Self.bit(state)
            return
        }
        while rest.count < state >> 6 { rest.append(0) }
        rest[(state >> 6) - 1] |= Self.bit(state)
    }

    /// Tells whether it was there.
    @discardableResult
    mutating func remove(_ state: StateIndex) -> Bool {
        guard contains(state) else { return false }
        if state < 64 {
            first &= ~Self.bit(state)
        } else {
            rest[(state >> 6) - 1] &= ~Self.bit(state)
        }
        return true
    }

    mutating func formUnion(_ other: StateSet) {
        first |= other.first
        while rest.count < other.rest.count { rest.append(0) }
        for index in other.rest.indices { rest[index] |= other.rest[index] }
    }

    func union(_ other: StateSet) -> StateSet {
        var result = self
        result.formUnion(other)
        return result
    }

    func intersection(_ other: StateSet) -> StateSet {
        var result = self
        result.first &= other.first
        for index in rest.indices { result.rest[index] &= other.word(index + 1) }
        return result
    }

    func subtracting(_ other: StateSet) -> StateSet {
        var result = self
        result.first &= ~other.first
        for index in rest.indices { result.rest[index] &= ~other.word(index + 1) }
        return result
    }

    /// The state and everything below it.
    mutating func insertTree(_ state: StateIndex, in states: [State]) {
        insert(state)
        for below in stride(from: state + 1, through: states[state].lastDescendant, by: 1) {
            insert(below)
        }
    }

    func isDisjoint(with other: StateSet) -> Bool {
        first & other.first == 0
            && rest.indices.allSatisfy { rest[$0] & other.word($0 + 1) == 0 }
    }

    /// The states after `lower`, up to `upper`.
    func between(_ lower: StateIndex, and upper: StateIndex) -> StateSet {
        var result = self
        result.first &= Self.mask(word: 0, after: lower, upTo: upper)
        for index in rest.indices {
            result.rest[index] &= Self.mask(word: index + 1, after: lower, upTo: upper)
        }
        return result
    }

    private func word(_ index: Int) -> UInt64 {
        if index == 0 { return first }
        return index <= rest.count ? rest[index - 1] : 0
    }

    private static func bit(_ state: StateIndex) -> UInt64 { 1 << UInt64(state & 63) }

    private static func mask(
        word: Int, after lower: StateIndex, upTo upper: StateIndex
    ) -> UInt64 {
        let start = word << 6
        guard upper >= start, lower < start + 63 else { return 0 }
        // Shifts of 64 and more give zero.
        let above: UInt64 = lower < start ? .max : .max << UInt64(lower - start + 1)
        let below: UInt64 = upper - start >= 63 ? .max : ~(.max << UInt64(upper - start + 1))
        return above & below
    }

    struct Iterator: IteratorProtocol {
        private let set: StateSet
        private var index = 0
        private var remaining: UInt64

        init(_ set: StateSet) {
            self.set = set
            remaining = set.first
        }

        mutating func next() -> StateIndex? {
            while remaining == 0 {
                guard index < set.rest.count else { return nil }
                index += 1
                remaining = set.word(index)
            }
            let state = index << 6 + remaining.trailingZeroBitCount
            remaining &= remaining - 1
            return state
        }
    }

    func makeIterator() -> Iterator { Iterator(self) }
}
