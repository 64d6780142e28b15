import CEL
import Values

extension ScenarioParser {
    mutating func fakes(_ node: YAMLNode?) -> [TaskFake] {
        guard let node else { return [] }
        return (reader.entries(node, of: "'fakes'") ?? []).compactMap { entry in
            let task = task(entry.key)
            checkTask(task, entry.key)
            let answers = entry.value.oneOrMany.compactMap { answer($0, of: task ?? "") }
            if entry.value.oneOrMany.isEmpty {
                reader.error(.missingWord, "a fake needs an answer", at: entry.value)
            }
            guard let task, !answers.isEmpty else { return nil }
            return TaskFake(task: task, answers: answers, location: entry.key.location)
        }
    }

    private mutating func answer(_ node: YAMLNode, of task: String) -> FakeAnswer? {
        let kinds = ["answer", "fail", "lose", "hang"]
        let fields = reader.fields(node, of: "a fake", words: kinds + ["delay", "times"])
        let given = fields.entries.filter { kinds.contains($0.name) }
        guard given.count == 1, let entry = given.first else {
            if node.isMap {
                reader.error(
                    .missingWord, "a fake needs one of answer, fail, lose and hang", at: node)
            }
            return nil
        }
        var times = fields["times"]
        guard let outcome = outcome(entry, &times, of: task) else { return nil }
        return FakeAnswer(
            outcome: outcome, delay: reader.duration(fields["delay"], "'delay'") ?? .zero,
            times: reader.integer(times, "'times'", minimum: 1) ?? 1)
    }

    private mutating func outcome(
        _ entry: YAMLNode.Entry, _ times: inout YAMLNode?, of task: String
    ) -> FakeAnswer.Outcome? {
        switch entry.name {
        case "answer": template(entry.value, of: task).map { .answer($0) }
        case "lose": template(entry.value, of: task).map { .lose($0) }
        case "fail": failure(entry.value, &times)
        default: reader.flag(entry.value, "'hang'") == true ? .hang : nil
        }
    }

    private mutating func template(_ node: YAMLNode, of task: String) -> Template? {
        guard !node.isNull else { return .literal(.map(ValueMap())) }
        holdAnswer(node, of: task)
        return reader.template(node, "the answer", in: fakeScope(of: task))
    }

    /// An error's name, or `{error, message, retry, times}`.
    private mutating func failure(
        _ node: YAMLNode, _ times: inout YAMLNode?
    ) -> FakeAnswer.Outcome? {
        guard node.isMap else {
            return reader.name(node, "an error", .word)
                .map { .fail(error: $0, message: "", isRetryable: nil) }
        }
        let fields = reader.fields(
            node, of: "'fail'", words: ["error", "message", "retry", "times"])
        if let inner = fields["times"] { times = inner }
        let retry = reader.choice(
            fields["retry"], "'retry'", of: [AdapterParser.Repetition.yes, .never])
        let message = reader.string(fields["message"], "'message'") ?? ""
        return reader.name(
            reader.required("error", in: fields, of: "'fail'"), "an error", .word
        ).map { .fail(error: $0, message: message, isRetryable: retry.map { $0 == .yes }) }
    }
}
