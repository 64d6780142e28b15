import Guest
import Values

/// A test in one version, which never changes: what an attempt was assigned with is what it is graded by.
struct TestVersion {
    let test: String
    let version: Int64
    let title: String
    /// As they were published.
    let source: [Value]
    let questions: [Question]
    /// Per cent of the points.
    let passAt: Int64

    /// `hiring.test/<id>`: the latest version's number, and whether it may be assigned.
    static let catalogue = "hiring.test"
    /// `hiring.test-version/<id>@<version>`, in the group of its test.
    static let collection = "hiring.test-version"

    static func id(_ test: String, _ version: Int64) -> String { "\(test)@\(version)" }

    init(test: String, version: Int64, _ input: Value) throws(Refusal) {
        self.test = test
        self.version = version
        title = try input.text("title")
        source = input["questions"]?.listValue ?? []
        passAt = input["passAt"]?.intValue ?? 60
        var questions: [Question] = []
        var seen: Set<ExactText> = []
        for value in source {
            let question = try Question(value)
            guard seen.insert(ExactText(question.id)).inserted else {
                throw .invalid(
                    "questions", "questions with different ids; `\(question.id)` is there twice")
            }
            questions.append(question)
        }
        self.questions = questions
    }

    static func find(
        _ test: String, _ version: Int64, _ records: inout Records
    ) throws(Refusal) -> TestVersion? {
        guard let record = try records.find(collection, id: id(test, version)) else { return nil }
        return try TestVersion(test: test, version: version, record.body)
    }

    /// The one that an attempt was assigned with: `unknown-test` when it is not there, or is another than it was.
    static func assigned(
        _ attempt: Value, _ records: inout Records
    ) throws(Refusal) -> TestVersion {
        let test = try attempt.text("test")
        let number = attempt.count("version")
        guard let version = try find(test, number, &records) else {
            throw Refusal("unknown-test", "there is no version \(number) of `\(test)`")
        }
        if let hash = attempt["hash"]?.stringValue, !sameUTF8(hash, version.hash) {
            throw Refusal(
                "unknown-test", "`\(id(test, number))` is not what it was when it was assigned")
        }
        return version
    }

    var body: Value {
        [
            "test": .string(test), "version": .int(version), "title": .string(title),
            "questions": .list(source), "passAt": .int(passAt),
        ]
    }

    /// Of all that decides how an attempt is graded.
    var hash: String { SHA256.hex(of: JSON.string(body)) }

    /// What a candidate is given: without the key.
    var assignment: Value {
        [
            "test": .string(test), "version": .int(version), "hash": .string(hash),
            "title": .string(title),
            "questions": .list(
                zip(source, questions).map { source, question in
                    guard case .map(var members) = source else { return source }
                    for secret in Question.secrets { members[secret] = .none }
                    members["kind"] = .string(question.kind)
                    return .map(members)
                }),
        ]
    }

    /// What an attempt comes to with so many points.
    func result(points: Int64, open: [Value]) -> Value {
        let of = questions.reduce(0) { $0 + $1.points }
        // Rounded down: a grade never passes by rounding.
        let percent = of == 0 ? 0 : points * 100 / of
        return [
            "test": .string(test), "version": .int(version), "hash": .string(hash),
            "title": .string(title), "points": .int(points), "of": .int(of),
            "percent": .int(percent), "passed": .bool(percent >= passAt), "open": .list(open),
        ]
    }
}
