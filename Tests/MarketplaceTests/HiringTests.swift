import Marketplace
import Testing
import Values

@Suite("Hiring [R-21], [R-22], [R-24]")
struct HiringTests {
    private static func question(_ id: String, correct: Int64 = 0) -> Value {
        ["id": .string(id), "text": "?", "choices": ["a", "b"], "correct": .int(correct)]
    }

    private static func test(_ questions: [Value], passAt: Int64 = 60) -> Value {
        [
            "test": "safety", "title": "Safety", "questions": .list(questions),
            "passAt": .int(passAt),
        ]
    }

    private func grade(_ books: inout Books, version: Int64, _ answers: Value) -> Value {
        books.output(
            "hiring.gradeTest",
            ["test": "safety", "version": .int(version), "answers": answers])
    }

    @Test("Each publishing is a new version, and the earlier ones stay as they were [R-21]")
    func versions() {
        var books = Books()
        let first = Self.test([Self.question("q1")])
        #expect(books.output("hiring.publishTest", first)["version"] == 1)
        let before = books.all("hiring.test-version")
        let second = Self.test([Self.question("q1", correct: 1), Self.question("q2")])
        #expect(books.output("hiring.publishTest", second)["version"] == 2)
        #expect(books.all("hiring.test-version").count == 2)
        #expect(books.all("hiring.test-version").first == before.first)
        #expect(grade(&books, version: 1, ["q1": 0])["percent"] == 100)
        #expect(grade(&books, version: 2, ["q1": 0])["percent"] == 0)
    }

    @Test("An assignment shows no answers [R-21]")
    func assignmentHidesAnswers() {
        var books = Books()
        books.call("hiring.publishTest", Self.test([Self.question("q1", correct: 1)]))
        let output = books.output("hiring.assignTests", ["tests": ["safety"]])
        let attempt = output["attempts"]?.listValue?.first
        #expect(attempt?["version"] == 1)
        #expect(attempt?["questions"]?.listValue?.first?["choices"] == ["a", "b"])
        #expect(attempt?["questions"]?.listValue?.first?["correct"] == nil)
    }

    @Test(
        "What cannot be assigned is said, and nothing else is [R-21]",
        arguments: [
            ([], "1 to 20"), (["safety", "safety"], "each once"), (["juggling"], "juggling"),
            (["safety", "juggling"], "juggling"),
        ] as [([Value], String)])
    func unassignable(tests: [Value], part: String) {
        var books = Books()
        books.call("hiring.publishTest", Self.test([Self.question("q1")]))
        let error = books.failure("hiring.assignTests", ["tests": .list(tests)])
        #expect(error?.name == "unknown-test")
        #expect(error?.message.contains(part) == true)
    }

    @Test("A withdrawn test is not assigned, its versions are graded, and it can come back [R-21]")
    func withdrawn() {
        var books = Books()
        let test = Self.test([Self.question("q1")])
        books.call("hiring.publishTest", test)
        books.call("hiring.withdrawTest", ["test": "safety"])
        books.call("hiring.withdrawTest", ["test": "safety"])
        let error = books.failure("hiring.assignTests", ["tests": ["safety"]])
        #expect(error?.name == "unknown-test")
        #expect(grade(&books, version: 1, ["q1": 0])["passed"] == true)
        #expect(books.output("hiring.publishTest", test)["version"] == 2)
        #expect(
            books.output("hiring.assignTests", ["tests": ["safety"]])["attempts"]?.listValue?.count
                == 1)
    }

    @Test("A withdrawn test that never was is no error")
    func withdrawnTwice() {
        var books = Books()
        _ = books.output("hiring.withdrawTest", ["test": "juggling"])
        #expect(books.records.isEmpty)
    }

    @Test(
        "Two of three is 66 per cent: a grade is rounded down, so 67 is not reached [R-22]",
        arguments: [(66, true), (67, false)] as [(Int64, Bool)])
    func roundedDown(passAt: Int64, passed: Bool) {
        var books = Books()
        let questions = ["q1", "q2", "q3"].map { Self.question($0) }
        books.call("hiring.publishTest", Self.test(questions, passAt: passAt))
        let result = grade(&books, version: 1, ["q1": 0, "q2": 0, "q3": 1, "q9": 0])
        #expect(result["points"] == 2)
        #expect(result["of"] == 3)
        #expect(result["percent"] == 66)
        #expect(result["passed"] == .bool(passed))
    }

    @Test(
        "A test whose questions do not hold together is not published",
        arguments: [
            [question("q1"), question("q1")], [question("q1", correct: 2)],
            [question("q1", correct: -1)],
        ])
    func noTest(questions: [Value]) {
        var books = Books()
        let error = books.failure("hiring.publishTest", Self.test(questions))
        #expect(error?.name == "invalid-input")
    }

    @Test("A worker whom nobody registered is not offered")
    func offeredUnknown() {
        var books = Books()
        #expect(books.failure("matching.offer", ["worker": "a-1"])?.name == "invalid-input")
        #expect(books.all("matching.worker").isEmpty)
    }

    @Test(
        "A worker is offered only when that is said, is in the pool once, and only whoever put it there takes it out [R-24]"
    )
    func pool() {
        var books = Books()
        let worker: Value = [
            "worker": "a-1", "name": "Cleo", "skills": ["standard"],
            "place": ["lat": 52.5, "lon": 13.4],
        ]
        _ = books.output("matching.register", key: "k-1", worker)
        #expect(
            books.failure("matching.register", key: "k-2", worker)?.name == "worker-exists")
        let order: Value = [
            "orderId": "o-1", "clientId": "c-1", "service": "standard",
            "visitAt": "2026-02-20T10:00:00Z",
        ]
        let best: Value = ["order": order, "except": []]
        #expect(books.failure("matching.best", key: "best/o-1", best)?.name == "no-worker")
        for _ in 1...2 {
            #expect(books.output("matching.offer", ["worker": "a-1"]) == ["worker": "a-1"])
        }
        #expect(books.output("matching.best", key: "best/o-1", best)["worker"] == "a-1")
        let undo: Value = ["key": "k-2", "input": worker]
        #expect(books.output("matching.unregister", key: "u-2", undo) == ["removed": false])
        let own: Value = ["key": "k-1", "input": worker]
        #expect(books.output("matching.unregister", key: "u-1", own) == ["removed": true])
        #expect(books.all("matching.worker").isEmpty)
    }

    @Test("A payment account is opened once, and only whoever opened it closes it [R-24]")
    func account() {
        var books = Books()
        let worker: Value = ["worker": "a-1", "name": "Cleo"]
        let opened = books.output("billing.openAccount", key: "k-1", worker)
        #expect(opened == ["account": "worker:a-1"])
        #expect(
            books.failure("billing.openAccount", key: "k-2", worker)?.name == "account-exists")
        let undo: Value = ["key": "k-2", "input": worker]
        #expect(books.output("billing.closeAccount", key: "u-2", undo) == ["closed": false])
        let own: Value = ["key": "k-1", "input": worker]
        #expect(books.output("billing.closeAccount", key: "u-1", own) == ["closed": true])
        #expect(books.all("billing.payee").isEmpty)
    }
}
