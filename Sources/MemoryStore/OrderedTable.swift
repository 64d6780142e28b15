import Execution

/// A row's key: numbers and texts compared part by part, texts by their UTF-8 bytes. A shorter key
/// comes before the longer ones that it begins.
struct RowKey: Comparable, Sendable {
    enum Part: Comparable, Sendable {
        case number(Int64)
        case text([UInt8])

        static func < (left: Part, right: Part) -> Bool {
            switch (left, right) {
            case (.number(let a), .number(let b)): a < b
            case (.text(let a), .text(let b)): a.lexicographicallyPrecedes(b)
            case (.number, .text): true
            case (.text, .number): false
            }
        }
    }

    let parts: [Part]

    init(_ parts: Part...) {
        self.parts = parts
    }

    init(_ parts: [Part]) { self.parts = parts }

    static func < (left: RowKey, right: RowKey) -> Bool {
        left.parts.lexicographicallyPrecedes(right.parts)
    }

    func starts(with prefix: RowKey) -> Bool { parts.starts(with: prefix.parts) }
}

extension RowKey.Part {
    static func text(_ text: String) -> Self { .text(Array(text.utf8)) }
}

extension RowKey {
    init(_ id: CallID) {
        self.init(.number(id.instance.rawValue), .number(id.activation), .number(id.dispatch))
    }

    init(_ id: MessageID) {
        self.init(.number(id.source.rawValue), .number(id.number))
    }

    init(_ name: InstanceName) {
        self.init(.text(name.workflow), .text(name.key))
    }
}

/// Rows in order of their keys, with what is needed to take back a transaction that failed.
struct OrderedTable<Row: Sendable>: Sendable {
    private(set) var keys: [RowKey] = []
    private var rows: [Row] = []
    private var journal: [(key: RowKey, before: Row?)] = []

    var count: Int { keys.count }

    subscript(key: RowKey) -> Row? {
        get {
            let position = position(of: key)
            return holds(key, at: position) ? rows[position] : nil
        }
        set {
            journal.append((key, self[key]))
            store(newValue, for: key)
        }
    }

    /// Rows from `start` (inclusive) on while the key begins with `prefix`.
    func rows(
        from start: RowKey, prefix: RowKey = RowKey(), count: Int
    ) -> [(key: RowKey, row: Row)] {
        var result: [(key: RowKey, row: Row)] = []
        var position = position(of: start)
        while position < keys.count, result.count < count, keys[position].starts(with: prefix) {
            result.append((keys[position], rows[position]))
            position += 1
        }
        return result
    }

    func rows(prefix: RowKey, count: Int = .max) -> [(key: RowKey, row: Row)] {
        rows(from: prefix, prefix: prefix, count: count)
    }

    /// Rows behind a key, which need not exist.
    func rows(after cursor: RowKey, prefix: RowKey = RowKey(), count: Int) -> [(
        key: RowKey, row: Row
    )] {
        let found = rows(from: cursor, prefix: prefix, count: count == .max ? count : count + 1)
        return Array(found.filter { $0.key != cursor }.prefix(count))
    }

    var newestFirst: ReversedCollection<[Row]> { rows.reversed() }

    /// What was written since the last `keep` or `takeBack` stays.
    mutating func keep() { journal.removeAll(keepingCapacity: true) }

    /// Undoes what was written since the last `keep` or `takeBack`.
    mutating func takeBack() {
        for (key, before) in journal.reversed() { store(before, for: key) }
        keep()
    }

    private mutating func store(_ row: Row?, for key: RowKey) {
        let position = position(of: key)
        switch (row, holds(key, at: position)) {
        case (let row?, true):
            rows[position] = row
        case (let row?, false):
            keys.insert(key, at: position)
            rows.insert(row, at: position)
        case (nil, true):
            keys.remove(at: position)
            rows.remove(at: position)
        case (nil, false):
            break
        }
    }

    private func holds(_ key: RowKey, at position: Int) -> Bool {
        position < keys.count && keys[position] == key
    }

    /// Where the key is or would be.
    private func position(of key: RowKey) -> Int {
        if let last = keys.last, last < key { return keys.count }
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
