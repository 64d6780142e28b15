import Guest
import Values

/// `hiring.gradeTest {test, version, hash, answers: {question: answer}} -> {test, version, points, of, percent, passed, open}`:
/// by the version that was assigned, whatever became of the test since [R-21], [R-22]. `open` are the answers that no key
/// marks.
struct GradeTest: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let version = try TestVersion.assigned(call.input, &records)
        let answers = call.input["answers"] ?? [:]
        var points: Int64 = 0
        var open: [Value] = []
        for question in version.questions {
            let answer = answers[question.id]
            switch question.mark(answer) {
            case .points(let more): points += more
            case .open:
                open.append([
                    "question": .string(question.id), "text": .string(question.text),
                    "answer": answer ?? .null, "points": .int(question.points),
                ])
            }
        }
        return version.result(points: points, open: open)
    }
}

/// `hiring.markAnswers {results, marks: {"test/question": points}} -> {results}`: what a person gives for the answers that no
/// key marks [R-22]. `invalid-marks` says which are missing, too high, or of no such answer.
struct MarkAnswers: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        guard let given = call.input["results"]?.listValue else {
            throw .invalid("results", "a list of what grading gave")
        }
        var marks = call.input["marks"]?.mapValue ?? [:]
        var results: [Value] = []
        for result in given {
            let open = result["open"]?.listValue ?? []
            guard !open.isEmpty else {
                results.append(result)
                continue
            }
            let version = try TestVersion.assigned(result, &records)
            var points = result.count("points")
            for answer in open {
                let name = "\(version.test)/\(try answer.text("question"))"
                let most = answer.count("points")
                guard let given = marks[name]?.intValue, (0...most).contains(given) else {
                    throw Refusal("invalid-marks", "give `\(name)` 0 to \(most) points")
                }
                marks[name] = .none
                points += given
            }
            results.append(version.result(points: points, open: []))
        }
        if let name = marks.keys.first?.stringValue {
            throw Refusal("invalid-marks", "there is no answer `\(name)` to mark")
        }
        return ["results": .list(results)]
    }
}
