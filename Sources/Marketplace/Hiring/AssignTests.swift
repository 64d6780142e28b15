import Execution
import Values

/// `hiring.assignTests {tests: [id]} -> {attempts: [{test, version, title, questions}]}`: the latest versions of the
/// tests that a manager chose for one candidate. `unknown-test` when one is not in the catalogue.
enum AssignTests: LocalOperation {
    static let maximumTests = 20

    static func queries(_ call: LocalCall) -> [RecordQuery] {
        chosen(call).flatMap { test in
            [
                RecordQuery(collection: TestVersion.catalogue, selection: .id(test), limit: 1),
                RecordQuery(collection: TestVersion.collection, selection: .group(test)),
            ]
        }
    }

    private static func chosen(_ call: LocalCall) -> [String] {
        (call.input["tests"]?.listValue ?? []).compactMap(\.stringValue)
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        guard call.input["tests"]?.listValue != nil else {
            throw .invalid("tests", "a list of ids")
        }
        let tests = chosen(call)
        guard !tests.isEmpty, tests.count <= maximumTests,
            Set<ExactText>(tests).count == tests.count
        else {
            throw Refusal(
                name: "unknown-test",
                message: "choose 1 to \(maximumTests) tests, each once; there are \(tests.count)")
        }
        var attempts: [Value] = []
        for (index, test) in tests.enumerated() {
            guard let latest = reads.first(2 * index), latest.body["withdrawn"] != true else {
                throw Refusal(name: "unknown-test", message: "there is no test `\(test)` to assign")
            }
            let wanted = TestVersion.id(test, latest.body.count("version"))
            let record = reads.all(2 * index + 1).first { sameUTF8($0.id, wanted) }
            guard let version = record.flatMap(TestVersion.init) else {
                throw Refusal(name: "unknown-test", message: "test `\(wanted)` cannot be read")
            }
            attempts.append(version.assignment)
        }
        return Effect(output: ["attempts": .list(attempts)])
    }
}
