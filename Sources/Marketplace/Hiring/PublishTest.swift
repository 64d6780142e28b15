import Guest
import Values

/// `hiring.publishTest {test, title, questions, passAt} -> {test, version}`: the next version of a test.
/// Earlier versions stay for the attempts that were assigned with them.
struct PublishTest: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let test = try call.input.text("test")
        let latest = try records.find(TestVersion.catalogue, id: test)
        let version = (latest?.body.count("version") ?? 0) + 1
        let published = try TestVersion(test: test, version: version, call.input)
        records.put(
            TestVersion.catalogue, id: test, group: "open",
            ["version": .int(version), "title": .string(published.title)])
        records.add(
            TestVersion.collection, id: TestVersion.id(test, version), group: test, published.body)
        return ["test": .string(test), "version": .int(version)]
    }
}

/// `hiring.retireTest {test} -> {test}`: it is assigned to nobody any more; attempts go on.
struct RetireTest: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let test = try call.input.text("test")
        if let latest = try records.find(TestVersion.catalogue, id: test) {
            var body = latest.body
            body["retired"] = true
            records.put(TestVersion.catalogue, id: test, group: "retired", body)
        }
        return ["test": .string(test)]
    }
}
