import Execution
import Guest
import Testing
import Values

@testable import Marketplace

/// The search finds whom looking at all would find, whatever the workers, the pipeline and the order are.
@Suite("The best worker without looking at all [R-4]")
struct WorkerSearchTests {
    private static let skills = ["standard", "garden", "roof"]
    private static let days = ["2026-02-20", "2026-02-21", "2026-02-22"]

    private static func worker(
        _ number: Int, _ style: Int, _ random: inout Seeded
    ) -> NormalSample {
        var body: ValueMap = [
            "name": "N",
            "skills": .list(
                skills.filter { _ in Bool.random(using: &random) }.map { .string($0) }),
            "rating": style % 2 == 0
                ? .double((Double.random(in: 0...5, using: &random) * 2).rounded() / 2)
                : .double(Double.random(in: 0...5, using: &random)),
        ]
        if Int.random(in: 0..<4, using: &random) > style % 3 {
            let spread = style % 5 == 0 ? 0.0 : style % 5 == 1 ? 50 : 0.2
            body["lat"] = .double(44.8 + Double.random(in: -spread...spread, using: &random) * 0.8)
            body["lon"] = .double(20.4 + Double.random(in: -spread...spread, using: &random))
        }
        var sample = NormalSample(
            id: "w-\(Int.random(in: 0..<10_000, using: &random))-\(number)", .map(body))
        for _ in 0..<(style % 4 == 0 ? 0 : Int.random(in: 0...3, using: &random)) {
            sample.state.reserve(days.randomElement(using: &random) ?? "")
        }
        for _ in 0..<(style % 4 == 1 ? 0 : Int.random(in: 0...4, using: &random)) {
            sample.state.count(Bool.random(using: &random) ? "completed" : "failed")
        }
        return sample
    }

    private static func pipeline(_ random: inout Seeded) -> Pipeline {
        guard Int.random(in: 0..<3, using: &random) > 0 else { return .standard }
        var steps: [Pipeline.Step] = [.filter(.skill)]
        let ratings: [Pipeline.Rating] = [.rating, .load, .sameDay, .reliability, .distance]
        for rating in ratings.shuffled(using: &random) where Bool.random(using: &random) {
            let weights: [Double] = [0, 0.5, 1, 3, 100]
            let weight = weights.randomElement(using: &random) ?? 1
            steps.append(.rate(rating, weight: weight))
        }
        if Bool.random(using: &random) { steps.append(.filter(.except)) }
        if Int.random(in: 0..<4, using: &random) == 0 { steps.insert(.filter(.sameDay), at: 1) }
        if Bool.random(using: &random) { steps.append(.keep(1)) }
        return Pipeline(steps: steps)
    }

    private static func reference(
        _ samples: [NormalSample], _ random: inout Seeded
    ) throws -> ReferenceSample {
        var order: Value = [
            "orderId": "o", "clientId": "c",
            "service": .string(skills.randomElement(using: &random) ?? ""),
            "visitAt": .string((days.randomElement(using: &random) ?? "") + "T10:00:00Z"),
        ]
        if Int.random(in: 0..<4, using: &random) > 0 {
            order["place"] = [
                "lat": .double(44.8 + Double.random(in: -0.3...0.3, using: &random)),
                "lon": .double(20.4 + Double.random(in: -0.3...0.3, using: &random)),
            ]
        }
        let except = samples.filter { _ in Int.random(in: 0..<40, using: &random) == 0 }
        return try ReferenceSample([
            "order": order, "except": .list(except.map { .string($0.id) }),
        ])
    }

    @Test(arguments: 0..<120)
    func sameAsLookingAtAll(seed: Int) throws {
        var random = Seeded(seed: UInt64(seed))
        let count = [0, 1, 5, 40, 300][seed % 5]
        let samples = (0..<count).map { Self.worker($0, seed / 5, &random) }
        let pipeline = Self.pipeline(&random)
        #expect(pipeline.isSearchable)
        let reference = try Self.reference(samples, &random)
        var ranking = Pipeline.Ranking(pipeline, reference)
        ranking.add(samples)
        var records = Records.holding(samples, indexesOf: [NormalSample.self])
        var search = WorkerSearch(pipeline, reference)
        let found = try search.run(&records)
        #expect(found == ranking.best, "\(pipeline) for \(reference)")
        var again = Records.holding(samples, indexesOf: [NormalSample.self])
        #expect(try WorkerScan.best(pipeline, reference, &again) == ranking.best)
    }

    @Test("Thousands who are alike cost a few reads, and the lowest id wins")
    func alike() throws {
        let samples = (0..<3_000).map {
            NormalSample(id: "w-\($0)", ["skills": ["standard"], "rating": 4])
        }
        let rows = samples.map {
            RecordRow(
                collection: NormalSample.collection, id: $0.id, group: "", revision: 1,
                body: ["skills": ["standard"], "rating": 4])
        }
        let call = LocalCall(
            input: [
                "order": [
                    "orderId": "o", "clientId": "c", "service": "standard",
                    "visitAt": "2026-02-20T10:00:00Z",
                ]
            ], key: "k", instance: InstanceName(workflow: "order", key: "o"),
            now: Timestamp(seconds: 0))
        var read = 0
        let table = RecordTable(rows, indexes: Books.operations.indexes)
        let result = try Books.operations.perform(
            adapter: "matching", operation: "best", call: call,
            read: { query in
                let set = table.answer(query)
                read += set.records.count
                return set
            })
        #expect(result.outcome == .succeeded(["worker": "w-0", "price": 10_000]))
        #expect(read < 20)
    }

    @Test("A pipeline that punishes, keeps some in between or takes any skill looks at all")
    func unusual() {
        let skill = Pipeline.Step.filter(.skill)
        #expect(Pipeline.standard.isSearchable)
        #expect(!Pipeline(steps: [.keep(1)]).isSearchable)
        #expect(!Pipeline(steps: [skill, .rate(.load, weight: -1)]).isSearchable)
        #expect(
            !Pipeline(steps: [skill, .keep(5), .rate(.rating, weight: 1)]).isSearchable)
        #expect(Pipeline(steps: [skill, .keep(5), .keep(1)]).isSearchable)
    }
}
