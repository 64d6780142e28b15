import Guest
import Values

/// The best worker without looking at all of them.
///
/// Theory of operation. Indexes sort the workers of a service by what the pipeline rates: how many reservations are open,
/// reliability, rating, place. The search walks them as a tree, a level for each of these; of a branch it knows what its
/// workers are worth at most, looks into the most promising one first, and stops when no branch that is left can hold a
/// better one. The result is that of looking at all: bounds are never below a score, and of equal scores the lower id wins.
///
/// Those with a place stand in `near`, in steps that are nearly alike and in rings around the order; the others, and all of
/// them when distance is no matter, stand in `rated`, exactly sorted.
struct WorkerSearch {
    private enum Tree {
        case near(Place)
        /// Of workers with or without a place.
        case rated
    }

    private struct Node {
        enum Kind {
            /// Values of the next level that come behind `last`.
            case siblings(last: Value?)
            /// Workers of the same values, in order of id.
            case alike(IndexCursor?)
            /// All of the branch, if they are few. The sample is one of them.
            case few(NormalSample)
            case rings(NearestFirst<NormalSample>, NormalSample)
        }

        let tree: Tree
        let kind: Kind
        /// Of the index's first parts.
        let equals: [Value]
        /// What is left is worth so much at most.
        let bound: Double
        /// What is left has a higher id; nil: any.
        var after: ExactText?
    }

    /// Workers that are read at once.
    private static let page = 32

    private let pipeline: Pipeline
    private let reference: ReferenceSample
    private var nodes: [Node] = []
    private var best: (sample: NormalSample, score: Double)?

    init(_ pipeline: Pipeline, _ reference: ReferenceSample) {
        self.pipeline = pipeline
        self.reference = reference
        let service = Value.string(reference.service)
        func start(_ tree: Tree, _ equals: [Value]) {
            nodes.append(
                Node(tree: tree, kind: .siblings(last: nil), equals: equals, bound: .infinity))
        }
        if pipeline.ratesDistance, let position = reference.position {
            start(.near(position), [service])
        } else {
            start(.rated, [service, true])
        }
        start(.rated, [service, false])
    }

    mutating func run(_ records: inout Records) throws(Refusal) -> NormalSample? {
        // A branch that was looked into is smaller then, so that this ends.
        while let index = nodes.indices.max(by: { nodes[$0].bound < nodes[$1].bound }) {
            let node = nodes.remove(at: index)
            if let best, node.bound < best.score { break }
            if canHoldBetter(node) { try look(into: node, &records) }
        }
        return best?.sample
    }

    private func canHoldBetter(_ node: Node) -> Bool {
        guard let best, node.bound == best.score, let after = node.after else { return true }
        return after < ExactText(best.sample.id)
    }

    private mutating func consider(_ sample: NormalSample) {
        guard let score = pipeline.score(sample, reference) else { return }
        if let best {
            guard
                score > best.score
                    || (score == best.score && ExactText(sample.id) < ExactText(best.sample.id))
            else { return }
        }
        best = (sample, score)
    }

    // MARK: Looking into a branch

    private mutating func look(into node: Node, _ records: inout Records) throws(Refusal) {
        switch node.kind {
        case .siblings(let last): try branch(node, beyond: last, &records)
        case .alike(let cursor): try readAlike(node, cursor, &records)
        case .few(let sample): try readFew(node, sample, &records)
        case .rings(let search, let sample): try readRing(node, search, sample, &records)
        }
    }

    /// The next value of a level: its own branch, and those that come behind it.
    private mutating func branch(
        _ node: Node, beyond last: Value?, _ records: inout Records
    ) throws(Refusal) {
        let range = IndexRange(equals: node.equals, beyond: last)
        guard let first = try records.first(index(of: node.tree), range) else { return }
        consider(first)
        let level = node.equals.count
        let value = value(of: first, at: level, in: node.tree)
        let equals = node.equals + [value]
        nodes.append(
            Node(
                tree: node.tree, kind: .siblings(last: value), equals: node.equals,
                bound: bound(first, through: level, in: node.tree)))
        // It is the first of its branch, so that the next level's best value is its, too.
        let bound = bound(first, through: level + 1, in: node.tree)
        switch node.tree {
        case .near where level == 3:
            nodes.append(Node(tree: node.tree, kind: .few(first), equals: equals, bound: bound))
        case .rated where level == 4:
            nodes.append(
                Node(
                    tree: node.tree, kind: .alike(nil), equals: equals, bound: bound,
                    after: ExactText(first.id)))
        case .near, .rated:
            nodes.append(
                Node(tree: node.tree, kind: .siblings(last: nil), equals: equals, bound: bound))
        }
    }

    private mutating func readAlike(
        _ node: Node, _ cursor: IndexCursor?, _ records: inout Records
    ) throws(Refusal) {
        let page = try records.page(
            NormalSample.rated, IndexRange(equals: node.equals), after: cursor, limit: Self.page)
        for sample in page.records { consider(sample) }
        guard let next = page.next, let last = page.records.last else { return }
        nodes.append(
            Node(
                tree: node.tree, kind: .alike(next), equals: node.equals, bound: node.bound,
                after: ExactText(last.id)))
    }

    private mutating func readFew(
        _ node: Node, _ sample: NormalSample, _ records: inout Records
    ) throws(Refusal) {
        guard case .near(let place) = node.tree else { return }
        let page = try records.page(
            NormalSample.near, IndexRange(equals: node.equals), limit: Self.page)
        for sample in page.records { consider(sample) }
        guard page.next != nil else { return }
        let search = NearestFirst(NormalSample.near, equals: node.equals, from: place)
        nodes.append(
            Node(
                tree: node.tree, kind: .rings(search, sample), equals: node.equals,
                bound: node.bound))
    }

    private mutating func readRing(
        _ node: Node, _ search: NearestFirst<NormalSample>, _ sample: NormalSample,
        _ records: inout Records
    ) throws(Refusal) {
        var search = search
        let found = try records.more(of: &search, limit: Self.page * 4)
        for sample in found { consider(sample) }
        guard !search.isOver else { return }
        // A little nearer than it was looked: rounding leaves nobody out.
        let figure = Pipeline.Rating.distance(kilometres: search.completeWithin * 0.999_999)
        nodes.append(
            Node(
                tree: node.tree, kind: .rings(search, sample), equals: node.equals,
                bound: bound(sample, through: 3, in: node.tree, distance: figure)))
    }

    // MARK: Levels

    private func index(of tree: Tree) -> RecordIndex<NormalSample> {
        switch tree {
        case .near: NormalSample.near
        case .rated: NormalSample.rated
        }
    }

    /// Levels are parts of the index: in `near` open, reliability, rating from 1 on; in `rated` from 2 on.
    private func value(of sample: NormalSample, at level: Int, in tree: Tree) -> Value {
        switch tree {
        case .near where level == 1, .rated where level == 2: .int(sample.state.open)
        case .near where level == 2, .rated where level == 3: .double(sample.state.reliability)
        case .near, .rated: .double(sample.rating)
        }
    }

    /// What a sample is worth at most that shares the values of the levels with this one.
    private func bound(
        _ sample: NormalSample, through level: Int, in tree: Tree, distance: Double = 1
    ) -> Double {
        var figures = Pipeline.Figures()
        let isNear = if case .near = tree { true } else { false }
        let first = isNear ? 1 : 2
        if level >= first { figures.load = Pipeline.Rating.load(open: sample.state.open) }
        if level >= first + 1 {
            let reliability = sample.state.reliability
            figures.reliability = isNear ? min(1, Self.edge(reliability, 64)) : reliability
        }
        if level >= first + 2 {
            let rating = sample.rating
            figures.rating = Pipeline.Rating.rating(isNear ? Self.edge(rating, 8) : rating)
        }
        figures.distance = isNear ? distance : Pipeline.Rating.unknown
        return pipeline.bound(figures)
    }

    /// Where the step of a number ends.
    private static func edge(_ number: Double, _ steps: Double) -> Double {
        ((number * steps).rounded(.down) + 1) / steps
    }
}

/// The best worker by looking at all of them, page by page: for pipelines of any kind.
enum WorkerScan {
    private static let page = 1_000

    static func best(
        _ pipeline: Pipeline, _ reference: ReferenceSample, _ records: inout Records
    ) throws(Refusal) -> NormalSample? {
        var ranking = Pipeline.Ranking(pipeline, reference)
        var cursor: String?
        while true {
            let page = try records.page(of: NormalSample.self, after: cursor, limit: page)
            ranking.add(page)
            guard page.count == Self.page, let last = page.last else { break }
            cursor = last.id
        }
        return ranking.best
    }
}
