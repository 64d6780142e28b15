import Execution

/// `hiring.gradeTest {test, version, answers: {question: choice}} -> {test, version, points, of, percent, passed}`:
/// by the version that was assigned, whatever became of the test since, [R-22].
enum GradeTest: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let test = call.input["test"]?.stringValue ?? ""
        let version = call.input["version"]?.intValue ?? 0
        return [
            RecordQuery(
                collection: TestVersion.collection, selection: .id(TestVersion.id(test, version)),
                limit: 1)
        ]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let test = try call.input.text("test")
        guard let version = reads.first(0).flatMap(TestVersion.init) else {
            throw Refusal(name: "unknown-test", message: "there is no such version of `\(test)`")
        }
        let answers = call.input["answers"] ?? [:]
        let points = version.questions.count { question in
            guard let id = question["id"]?.stringValue, let correct = question["correct"] else {
                return false
            }
            return answers[id] == correct
        }
        let of = version.questions.count
        // Rounded down: a grade never passes by rounding.
        let percent = of == 0 ? 0 : Int64(points * 100 / of)
        return Effect(
            output: [
                "test": .string(test), "version": .int(version.version),
                "title": .string(version.title), "points": .int(Int64(points)),
                "of": .int(Int64(of)), "percent": .int(percent),
                "passed": .bool(percent >= version.passAt),
            ])
    }
}
