import Guest
import Values

/// `hiring.gradeTest {test, version, answers: {question: choice}} -> {test, version, points, of, percent, passed}`:
/// by the version that was assigned, whatever became of the test since, [R-22].
struct GradeTest: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let test = try call.input.text("test")
        let number = call.input.count("version")
        guard let version = try TestVersion.find(test, number, &records) else {
            throw Refusal("unknown-test", "there is no such version of `\(test)`")
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
        return [
            "test": .string(test), "version": .int(version.version),
            "title": .string(version.title), "points": .int(Int64(points)),
            "of": .int(Int64(of)), "percent": .int(percent),
            "passed": .bool(percent >= version.passAt),
        ]
    }
}
