import Execution

/// `hiring.publishTest {test, title, questions, passAt} -> {test, version}`: the next version of a test.
/// Earlier versions stay for the attempts that were assigned with them.
enum PublishTest: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] {
        let test = call.input["test"]?.stringValue ?? ""
        return [RecordQuery(collection: TestVersion.catalogue, selection: .id(test), limit: 1)]
    }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let test = try call.input.text("test")
        let latest = reads.first(0)
        let version = (latest?.body.count("version") ?? 0) + 1
        let published = try TestVersion(test: test, version: version, call.input)
        return Effect(
            output: ["test": .string(test), "version": .int(version)],
            writes: [
                RecordWrite(
                    collection: TestVersion.catalogue, id: test, group: "open",
                    expectedRevision: latest?.revision ?? 0,
                    body: ["version": .int(version), "title": .string(published.title)]),
                RecordWrite(
                    collection: TestVersion.collection, id: TestVersion.id(test, version),
                    group: test, expectedRevision: 0, body: published.body),
            ])
    }
}

/// `hiring.withdrawTest {test} -> {}`: it is assigned to nobody any more; attempts go on.
enum WithdrawTest: LocalOperation {
    static func queries(_ call: LocalCall) -> [RecordQuery] { PublishTest.queries(call) }

    static func perform(_ call: LocalCall, _ reads: Reads) throws(Refusal) -> Effect {
        let test = try call.input.text("test")
        guard let latest = reads.first(0), case .map(var body) = latest.body else {
            return Effect(output: ["test": .string(test)])
        }
        body["withdrawn"] = true
        return Effect(
            output: ["test": .string(test)],
            writes: [
                RecordWrite(
                    collection: TestVersion.catalogue, id: test, group: "withdrawn",
                    expectedRevision: latest.revision, body: .map(body))
            ])
    }
}
