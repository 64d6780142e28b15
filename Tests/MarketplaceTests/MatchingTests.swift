import Definition
import Execution
import Guest
import Marketplace
import Testing
import Values

@Suite("Matching [R-2] to [R-4]")
struct MatchingTests {
    private func order(
        _ id: String, service: String = "standard", visitAt: String = "2026-02-20T10:00:00Z",
        place: Value = .null
    ) -> Value {
        [
            "orderId": .string(id), "clientId": "c-1", "service": .string(service),
            "visitAt": .string(visitAt), "place": place,
        ]
    }

    private func match(
        _ books: inout Books, _ id: String, except: [Value] = [],
        visitAt: String = "2026-02-20T10:00:00Z"
    ) -> String? {
        let input: Value = ["order": order(id, visitAt: visitAt), "except": .list(except)]
        return books.output("matching.best", key: "best/\(id)", input)["worker"]?.stringValue
    }

    @Test("The best rated worker is assigned and the price is fixed at 100 units [R-2]")
    func bestWorkerAtTheConstantPrice() {
        var books = Books()
        books.hire("w-1", rating: 3.5)
        books.hire("w-2", rating: 4.9)
        let output = books.output("matching.best", ["order": order("o-1"), "except": []])
        #expect(output == ["worker": "w-2", "price": 10_000])
    }

    @Test("Equal workers: the lower id, whatever the order of the records")
    func tiesGoToTheLowerID() {
        var books = Books()
        for id in ["w-3", "w-1", "w-2"] { books.hire(id) }
        #expect(match(&books, "o-1") == "w-1")
    }

    @Test("Only workers with the service's skill")
    func skill() {
        var books = Books()
        books.hire("w-1", rating: 5)
        books.hire("w-2", skills: ["standard", "garden"], rating: 1)
        let output = books.output("matching.best", ["order": order("o-1", service: "garden")])
        #expect(output["worker"] == "w-2")
    }

    @Test("A copy of a failed order gets another worker [R-7]")
    func except() {
        var books = Books()
        books.hire("w-1", rating: 5)
        books.hire("w-2", rating: 1)
        #expect(match(&books, "o-1", except: ["w-1"]) == "w-2")
    }

    @Test("Work spreads: who has a visit that day comes last, and is still found [R-3]")
    func loadAndDayAreRatings() {
        var books = Books()
        books.hire("w-1", rating: 5)
        books.hire("w-2", rating: 1)
        #expect(match(&books, "o-1") == "w-1")
        #expect(match(&books, "o-2") == "w-2")
        for number in 3...40 { #expect(match(&books, "o-\(number)") != nil) }
    }

    @Test("Nobody left is an incident for a person: a final error that says what to do [R-3]")
    func noWorker() {
        var books = Books()
        books.hire("w-1")
        let error = books.failure("matching.best", ["order": order("o-1"), "except": ["w-1"]])
        #expect(error?.name == "no-worker")
        #expect(error?.isRetryable == false)
        #expect(error?.message.contains("import workers") == true)
    }

    @Test("A worker nearby wins when both positions are known")
    func distance() {
        var books = Books()
        books.hire("w-1", place: (44.9, 20.9))
        books.hire("w-2", place: (44.8, 20.46))
        let input: Value = ["order": order("o-1", place: ["lat": 44.81, "lon": 20.46])]
        #expect(books.output("matching.best", input)["worker"] == "w-2")
    }

    @Test("Failed visits count against a worker [R-4]")
    func pastResults() {
        var books = Books()
        books.hire("w-1")
        books.hire("w-2")
        #expect(match(&books, "o-1") == "w-1")
        books.call("matching.finished", ["orderId": "o-1", "worker": "w-1", "outcome": "failed"])
        #expect(match(&books, "o-2") == "w-2")
    }

    @Test("Releasing gives the worker back, once, and twice changes nothing")
    func release() {
        var books = Books()
        books.hire("w-1")
        let input: Value = ["order": order("o-1"), "except": []]
        let output = books.output("matching.best", key: "best/1", input)
        #expect(books.all("matching.reservation").map(\.group) == ["w-1"])
        let undo: Value = ["key": "best/1", "input": input, "output": output]
        #expect(books.output("matching.release", key: "undo/1", undo)["released"] == true)
        #expect(books.all("matching.reservation").isEmpty)
        #expect(books.body("matching.worker", "w-1")?["open"] == 0)
        #expect(books.body("matching.worker", "w-1")?["days"] == [:])
        #expect(books.output("matching.release", key: "undo/1", undo)["released"] == false)
    }

    @Test("Releasing without the call's result finds the worker in the reservation")
    func releaseWithoutOutput() {
        var books = Books()
        books.hire("w-1")
        _ = match(&books, "o-1")
        let undo: Value = ["key": "best/o-1", "input": [:]]
        #expect(books.output("matching.release", undo)["worker"] == "w-1")
        #expect(books.body("matching.worker", "w-1")?["open"] == 0)
    }

    @Test("An ended order lowers the load and leaves other reservations alone")
    func finished() {
        var books = Books()
        books.hire("w-1")
        _ = match(&books, "o-1")
        _ = match(&books, "o-2")
        let input: Value = ["orderId": "o-1", "worker": "w-1", "outcome": "completed"]
        #expect(books.output("matching.finished", input) == ["released": true])
        #expect(books.all("matching.reservation").count == 1)
        #expect(books.body("matching.worker", "w-1")?["open"] == 1)
        #expect(books.body("matching.worker", "w-1")?["completed"] == 1)
        #expect(books.output("matching.finished", input) == ["released": false])
    }

    @Test("The configuration changes the pipeline's steps and their order [R-4]")
    func configuration() {
        var books = Books()
        books.hire("w-1", rating: 2)
        books.hire("w-2", rating: 5)
        books.put(
            "matching.config", "pipeline",
            [
                "steps": [
                    ["filter": "sameDay"], ["rate": "rating", "weight": -1], ["reduce": "best"],
                ]
            ])
        #expect(match(&books, "o-1") == "w-1")
        #expect(match(&books, "o-2") == "w-2")
        #expect(books.failure("matching.best", ["order": order("o-3")])?.name == "no-worker")
        #expect(match(&books, "o-4", visitAt: "2026-02-21T10:00:00Z") == "w-1")
    }

    @Test("A wrong configuration is refused with the step that is wrong")
    func wrongConfiguration() {
        var books = Books()
        books.hire("w-1")
        books.put(
            "matching.config", "pipeline", ["steps": [["filter": "skill"], ["rate": "luck"]]])
        let error = books.failure("matching.best", ["order": order("o-1")])
        #expect(error?.name == "bad-pipeline")
        #expect(error?.message.contains("step 2") == true)
    }

    @Test("The price is a setting of the business too")
    func price() {
        var books = Books()
        books.hire("w-1")
        books.put("pricing.config", "default", ["amount": 12_550])
        #expect(books.output("matching.best", ["order": order("o-1")])["price"] == 12_550)
    }

    @Test("A match reads workers, never reservations or results")
    func boundedReads() throws {
        let call = LocalCall(
            input: ["order": order("o-1")], key: "k",
            instance: InstanceName(workflow: "order", key: "o-1"), now: Timestamp(seconds: 0))
        var collections: [String] = []
        _ = try Books.operations.perform(
            adapter: "matching", operation: "best", call: call,
            read: { query in
                collections.append(query.collection)
                return RecordSet(query: query, records: [])
            })
        #expect(
            Set<String>(collections) == ["matching.config", "pricing.config", "matching.worker"])
    }

    @Test("The same call and records give the same result", arguments: UInt64(1)...5)
    func deterministic(seed: UInt64) {
        var random = Seeded(seed: seed)
        var books = Books()
        for number in 1...50 {
            books.hire("w-\(number)", rating: Double.random(in: 0...5, using: &random))
        }
        var other = books
        let first = (1...60).map { match(&books, "o-\($0)") }
        let second = (1...60).map { match(&other, "o-\($0)") }
        #expect(first == second)
        #expect(first.allSatisfy { $0 != nil })
    }
}

@Suite("Workers from CSV")
struct WorkersCSVTests {
    static func imported(_ text: String) -> (writes: [RecordChange], faults: [String]) {
        var importer = WorkersCSV()
        var records = Records.holding()
        var faults: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            do throws(ImportFault) {
                _ = try importer.take(String(line), number: index + 1, into: &records)
            } catch {
                faults.append("line \(index + 1): \(error.message)")
            }
        }
        return (records.writes, faults)
    }

    @Test("Rows become worker records")
    func rows() throws {
        let (writes, _) = Self.imported(
            #"""
            id,name,skills,lat,lon,rating
            w-1,"Berg, Ada",standard; garden,44.8,20.4,4.5

            w-2,"The ""Cat""",standard,,,3
            """#)
        #expect(writes.map(\.id) == ["w-1", "w-2"])
        #expect(writes.map(\.collection) == ["matching.worker", "matching.worker"])
        #expect(
            writes.first?.body == [
                "name": "Berg, Ada", "skills": ["standard", "garden"], "rating": 4.5, "lat": 44.8,
                "lon": 20.4,
            ])
        #expect(
            writes.last?.body == ["name": "The \"Cat\"", "skills": ["standard"], "rating": 3.0])
    }

    @Test(
        "What is wrong is said with its line",
        arguments: [
            ("id;name", "line 1: the header must be"),
            ("id,name,skills,lat,lon,rating\nw-1,Ada,standard,,,9", "line 2: `rating` must be"),
            (
                "id,name,skills,lat,lon,rating\nw-1,Ada,standard,,\n",
                "line 2: 5 fields instead of 6"
            ),
            ("id,name,skills,lat,lon,rating\n\nw-1,Ada,,,,4", "line 3: `skills` is empty"),
            ("id,name,skills,lat,lon,rating\nw-1,Ada,standard,1,,4", "line 2: `lat` and `lon`"),
            (
                "id,name,skills,lat,lon,rating\nw-1,\"Ada,standard,,,4",
                "line 2: a quote is not closed"
            ),
            (
                "id,name,skills,lat,lon,rating\nw-1,A,standard,,,4\nw-1,B,standard,,,4",
                "line 3: worker `w-1` is on line 2 already"
            ),
            ("id,name,skills,lat,lon,rating\nw-1,A,standard,91,0,4", "line 2: `lat` must be"),
        ])
    func faults(text: String, expected: String) {
        #expect(Self.imported(text).faults.first?.hasPrefix(expected) == true)
    }

    @Test("All wrong lines are named at once")
    func allFaults() {
        let (_, faults) = Self.imported(
            "id,name,skills,lat,lon,rating\n,A,s,,,1\nw,A,s,,,1\nx,A,s,,,x")
        #expect(faults.map { $0.prefix(6) } == ["line 2", "line 4"])
    }
}
