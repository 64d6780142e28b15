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
        #expect(attempt?["questions"]?.listValue?.first?["kind"] == "choice")
        #expect(attempt?["hash"]?.stringValue?.utf8.count == 64)
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

    @Test("A retired test is not assigned, its versions are graded, and it can come back [R-21]")
    func retired() {
        var books = Books()
        let test = Self.test([Self.question("q1")])
        books.call("hiring.publishTest", test)
        books.call("hiring.retireTest", ["test": "safety"])
        books.call("hiring.retireTest", ["test": "safety"])
        let error = books.failure("hiring.assignTests", ["tests": ["safety"]])
        #expect(error?.name == "unknown-test")
        #expect(grade(&books, version: 1, ["q1": 0])["passed"] == true)
        #expect(books.output("hiring.publishTest", test)["version"] == 2)
        #expect(
            books.output("hiring.assignTests", ["tests": ["safety"]])["attempts"]?.listValue?.count
                == 1)
    }

    @Test("A retired test that never was is no error")
    func retiredTwice() {
        var books = Books()
        _ = books.output("hiring.retireTest", ["test": "juggling"])
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
            [question("q1", correct: -1)], [["id": "q1", "text": "?", "correct": 0]],
            [["id": "q1", "text": "?", "choices": ["a", "b"], "correct": []]],
            [["id": "q1", "text": "?", "choices": ["a", "b"], "correct": [0, 0]]],
            [["id": "q1", "text": "?", "choices": ["a", "b"], "correct": [0, 2]]],
            [["id": "q1", "text": "?", "choices": ["a", "b"], "correct": 0, "accept": ["a"]]],
            [["id": "q1", "text": "?", "number": ["tolerance": 1]]],
            [["id": "q1", "text": "?", "number": ["value": 1, "tolerance": -1]]],
            [["id": "q1", "text": "?", "accept": [" "]]],
            [["id": "q1", "text": "?", "points": 0]],
        ] as [[Value]])
    func noTest(questions: [Value]) {
        var books = Books()
        let error = books.failure("hiring.publishTest", Self.test(questions))
        #expect(error?.name == "invalid-input")
    }

    private static let choices: Value = [
        "id": "q1", "text": "?", "choices": ["a", "b", "c", "d"], "correct": [0, 2], "points": 4,
    ]
    private static let partial: Value = {
        var value = choices
        value["partial"] = true
        return value
    }()
    private static let number: Value = [
        "id": "q1", "text": "?", "number": ["value": 3.2, "tolerance": 0.1], "points": 4,
    ]
    private static let text: Value = [
        "id": "q1", "text": "?", "accept": ["Stra\u{df}e", "R\u{e9}sum\u{e9}"], "points": 4,
    ]

    @Test(
        "Answers are marked by their key; blank is nothing, and never below nothing [R-22]",
        arguments: [
            (choices, [0, 2], 4), (choices, [2, 0], 4), (choices, [0], 0), (choices, [0, 1, 2], 0),
            (choices, 0, 0), (choices, nil, 0), (choices, "a", 0), (partial, [0], 2),
            (partial, [0, 2], 4), (partial, [0, 2, 1], 2), (partial, [1, 3], 0), (partial, [], 0),
            (number, 3.2, 4), (number, 3.1, 4), (number, 3.3, 4), (number, 3.31, 0),
            (number, "3.25", 4), (number, "three", 0), (number, 3, 0), (number, "", 0),
            (text, " STRASSE", 0), (text, " stra\u{df}e ", 4), (text, "RE\u{301}SUME\u{301}", 4),
            (text, "  ", 0), (text, 4, 0),
        ] as [(Value, Value, Int64)])
    func marked(question: Value, answer: Value, points: Int64) {
        var books = Books()
        _ = books.output("hiring.publishTest", Self.test([question]))
        let result = grade(&books, version: 1, ["q1": answer])
        #expect(result["points"] == .int(points))
        #expect(result["of"] == 4)
        #expect(result["open"] == [])
    }

    private static let essay: Value = ["id": "q2", "text": "Why?", "points": 3]

    @Test("What no key marks is for a person: blank is nothing for them too [R-22]")
    func open() {
        var books = Books()
        _ = books.output("hiring.publishTest", Self.test([Self.question("q1"), Self.essay]))
        let blank = grade(&books, version: 1, ["q1": 0, "q2": " "])
        #expect(blank["open"] == [])
        let result = grade(&books, version: 1, ["q1": 0, "q2": "because"])
        #expect(result["percent"] == 25)
        #expect(
            result["open"] == [
                ["question": "q2", "text": "Why?", "answer": "because", "points": 3]
            ])
        for (marks, part) in [
            ([:], "safety/q2"), (["safety/q2": 4], "0 to 3"), (["safety/q2": -1], "0 to 3"),
            (["safety/q2": 1, "safety/q1": 1], "no answer `safety/q1`"),
        ] as [(Value, String)] {
            let refusal = books.failure(
                "hiring.markAnswers", ["results": [result], "marks": marks])
            #expect(refusal?.name == "invalid-marks")
            #expect(refusal?.message.contains(part) == true)
        }
        let marked = books.output(
            "hiring.markAnswers", ["results": [blank, result], "marks": ["safety/q2": 2]])
        #expect(marked["results"]?[0] == blank)
        #expect(marked["results"]?[1]?["points"] == 3)
        #expect(marked["results"]?[1]?["passed"] == true)
        #expect(marked["results"]?[1]?["open"] == [])
    }

    @Test("An attempt is graded by what it was assigned with, or not at all [R-21]")
    func pinned() {
        var books = Books()
        _ = books.output("hiring.publishTest", Self.test([Self.question("q1")]))
        let attempt = books.output("hiring.assignTests", ["tests": ["safety"]])["attempts"]?[0]
        let hash = attempt?["hash"] ?? .null
        let answers: Value = ["q1": 0]
        let input: Value = ["test": "safety", "version": 1, "hash": hash, "answers": answers]
        #expect(books.output("hiring.gradeTest", input)["percent"] == 100)
        var other = input
        other["hash"] = "another"
        #expect(books.failure("hiring.gradeTest", other)?.name == "unknown-test")
    }

    @Test("An address is one application's, however it is written, until that one is over [R-20]")
    func address() {
        var books = Books()
        func claim(_ application: String, _ address: String, instead: Value = nil) -> Value? {
            books.output(
                "hiring.claimAddress",
                [
                    "application": .string(application), "address": .string(address),
                    "instead": instead,
                ])["holder"]
        }
        #expect(claim("a-1", "Ren\u{e9}@Mail.example") == "a-1")
        #expect(claim("a-1", "ren\u{e9}@mail.example") == "a-1")
        #expect(claim("a-2", "RENE\u{301}@MAIL.EXAMPLE") == "a-1")
        #expect(claim("a-2", "rene@mail.example") == "a-2")
        #expect(claim("a-3", "ren\u{e9}@mail.example", instead: "a-1") == "a-3")
        // Somebody was faster.
        #expect(claim("a-4", "ren\u{e9}@mail.example", instead: "a-1") == "a-3")
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
