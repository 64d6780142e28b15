import Guest
import Values

/// `hiring.assignTests {tests: [id]} -> {attempts: [{test, version, hash, title, questions}]}`: the latest versions of the
/// tests that a manager chose for one candidate. `unknown-test` when one is not in the catalogue.
struct AssignTests: LocalOperation {
    static let maximumTests = 20

    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        guard let list = call.input["tests"]?.listValue else {
            throw .invalid("tests", "a list of ids")
        }
        let tests = list.compactMap(\.stringValue)
        guard !tests.isEmpty, tests.count <= Self.maximumTests,
            Set<ExactText>(tests).count == tests.count
        else {
            throw Refusal(
                "unknown-test",
                "choose 1 to \(Self.maximumTests) tests, each once; there are \(tests.count)")
        }
        var attempts: [Value] = []
        for test in tests { attempts.append(try latest(of: test, &records).assignment) }
        return ["attempts": .list(attempts)]
    }

    private func latest(
        of test: String, _ records: inout Records
    ) throws(Refusal) -> TestVersion {
        guard let latest = try records.find(TestVersion.catalogue, id: test),
            latest.body["retired"] != true
        else { throw Refusal("unknown-test", "there is no test `\(test)` to assign") }
        let number = latest.body.count("version")
        guard let version = try TestVersion.find(test, number, &records) else {
            throw Refusal("unknown-test", "test `\(test)@\(number)` cannot be read")
        }
        return version
    }
}
