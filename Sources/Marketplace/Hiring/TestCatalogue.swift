import Guest
import Values

/// A test in one version, which never changes: what an attempt was assigned with is what it is graded by.
struct TestVersion: Hashable {
    let test: String
    let version: Int64
    let title: String
    let questions: [Value]
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
        questions = input["questions"]?.listValue ?? []
        passAt = input["passAt"]?.intValue ?? 60
        try Self.check(questions)
    }

    static func find(
        _ test: String, _ version: Int64, _ records: inout Records
    ) throws(Refusal) -> TestVersion? {
        try records.find(collection, id: id(test, version)).flatMap(TestVersion.init)
    }

    init?(_ record: RecordEntry) {
        guard let test = record.body["test"]?.stringValue,
            let version = record.body["version"]?.intValue,
            let title = record.body["title"]?.stringValue,
            let questions = record.body["questions"]?.listValue,
            let passAt = record.body["passAt"]?.intValue
        else { return nil }
        self.test = test
        self.version = version
        self.title = title
        self.questions = questions
        self.passAt = passAt
    }

    /// The schema has checked the rest.
    private static func check(_ questions: [Value]) throws(Refusal) {
        var seen: Set<ExactText> = []
        for question in questions {
            let id = try question.text("id")
            guard seen.insert(id) else {
                throw .invalid("questions", "questions with different ids; `\(id)` is there twice")
            }
            let choices = question["choices"]?.listValue?.count ?? 0
            guard let correct = question["correct"]?.intValue, correct >= 0, correct < choices
            else {
                throw .invalid(
                    "questions",
                    "questions whose `correct` is the place of a choice, from 0 (\(id))")
            }
        }
    }

    var body: Value {
        [
            "test": .string(test), "version": .int(version), "title": .string(title),
            "questions": .list(questions), "passAt": .int(passAt),
        ]
    }

    /// What a candidate is given: without the answers.
    var assignment: Value {
        [
            "test": .string(test), "version": .int(version), "title": .string(title),
            "questions": .list(
                questions.map { question in
                    guard case .map(var members) = question else { return question }
                    members["correct"] = .none
                    return .map(members)
                }),
        ]
    }
}
