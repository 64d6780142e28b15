internal import Execution
import Values

/// Records by their indexes. An index that is not declared is an error of the program, which says what to declare.
extension Records {
    /// The first one in a range of an index.
    public mutating func first<R: Record>(
        _ index: RecordIndex<R>, _ range: IndexRange
    ) throws(Refusal) -> R? {
        try page(index, range, limit: 1).records.first
    }

    /// The first one of those keys.
    /// - Parameters:
    ///   - keys: of the first parts, one each.
    ///   - from: of the next part: this and what comes behind it.
    ///   - through: of the next part: this and what comes before it.
    public mutating func first<R: Record>(
        _ index: RecordIndex<R>, equals keys: any IndexKey..., from: (any IndexKey)? = nil,
        through: (any IndexKey)? = nil
    ) throws(Refusal) -> R? {
        try first(index, IndexRange(equals: keys, from: from, through: through))
    }

    /// In the order of the index; the parameters are those of ``first(_:equals:from:through:)``.
    public mutating func all<R: Record>(
        _ index: RecordIndex<R>, equals keys: any IndexKey..., from: (any IndexKey)? = nil,
        through: (any IndexKey)? = nil, limit: Int
    ) throws(Refusal) -> [R] {
        let range = IndexRange(equals: keys, from: from, through: through)
        return try page(index, range, limit: limit).records
    }

    /// - Parameter cursor: of the page before; nil: from the first.
    public mutating func page<R: Record>(
        _ index: RecordIndex<R>, _ range: IndexRange, after cursor: IndexCursor? = nil, limit: Int
    ) throws(Refusal) -> IndexPage<R> {
        try session.require(index.declaration)
        guard let scan = range.scan(index.declaration, after: cursor?.position) else {
            return IndexPage(records: [], next: nil)
        }
        let limit = min(max(limit, 1), Self.maximumLimit)
        let found = try session.scan(scan, R.collection, limit: limit)
        let last = found.count == limit ? found.last?.position : nil
        return IndexPage(
            records: try read(found.map(\.entry)), next: last.map { IndexCursor(position: $0) })
    }

    /// Some more of a search from near to far.
    /// - Parameter limit: of records that are looked at; fewer of them may belong to the search.
    public mutating func more<R: Record>(
        of search: inout NearestFirst<R>, limit: Int
    ) throws(Refusal) -> [R] {
        try session.require(search.index.declaration)
        let limit = min(max(limit, 1), Self.maximumLimit)
        guard let scan = search.next() else { return [] }
        let found = try session.scan(scan, R.collection, limit: limit)
        let own = search.took(
            found.map(\.position.key), found.last?.position, isLastPage: found.count < limit)
        return try read(own.map { found[$0].entry })
    }

    /// Those within a distance, the nearest first; of one distance the lower id.
    /// - Parameters:
    ///   - keys: of the parts before the place, one each.
    ///   - limit: of records; those that are left out are farther away than those that are given.
    public mutating func within<R: Record>(
        _ kilometres: Double, of place: Place, _ index: RecordIndex<R>,
        equals keys: any IndexKey..., limit: Int, at position: (R) -> Place?
    ) throws(Refusal) -> [R] {
        var search = NearestFirst(index, equals: keys, from: place)
        var found: [(distance: Double, record: R)] = []
        while !search.isOver, search.completeWithin < kilometres {
            if found.count >= limit, found[limit - 1].distance < search.completeWithin { break }
            for record in try more(of: &search, limit: Self.maximumLimit) {
                guard let there = position(record) else { continue }
                let distance = place.distance(to: there)
                if distance <= kilometres { found.append((distance, record)) }
            }
            found.sort {
                ($0.distance, ExactText($0.record.id)) < ($1.distance, ExactText($1.record.id))
            }
            found = Array(found.prefix(max(limit, 1)))
        }
        return found.map(\.record)
    }

    private func read<R: Record>(_ entries: [RecordEntry]) throws(Refusal) -> [R] {
        var records: [R] = []
        for entry in entries { records.append(try read(entry)) }
        return records
    }
}
