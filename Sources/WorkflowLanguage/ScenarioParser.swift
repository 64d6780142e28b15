import Definition
import Execution
import Values

/// A file of a `scenarios` folder.
struct ScenarioParser {
    var reader: Reader
    /// nil: the file is read by itself.
    let neighbours: Neighbours?
    /// The workflow under test, if it is known and the only version that takes part.
    var subject: WorkflowDefinition?
    var subjectName = ""
    /// What templates of steps see.
    var stepScope = Self.stepScope

    static let words = [
        "scenario", "description", "workflow", "version", "also", "at", "key", "input", "params",
        "actor",
        "fakes", "records", "files", "steps",
    ]

    /// Where the schemas are not known.
    static let stepScope = Scope([
        ("input", .any), ("context", .any), ("params", .any), ("instance", .any),
        ("now", .value(.timestamp)),
        ("files", .any),
    ])

    init(reader: Reader, beside neighbours: Neighbours? = nil) {
        self.reader = reader
        self.neighbours = neighbours
    }

    mutating func parse(_ node: YAMLNode) -> Scenario? {
        let fields = reader.fields(node, of: "a scenario", words: Self.words)
        guard node.isMap else { return nil }
        let name = reader.string(
            reader.required("scenario", in: fields, of: "a scenario"), "'scenario'")
        let workflow = reader.name(
            reader.required("workflow", in: fields, of: "a scenario"), "a workflow", .identifier)
        subjectName = workflow ?? ""
        know(fields)
        let steps = (reader.required("steps", in: fields, of: "a scenario")?.oneOrMany ?? [])
            .compactMap { step($0) }
        let scenario = Scenario(
            name: name ?? "",
            description: reader.string(fields["description"], "'description'") ?? "",
            workflow: workflow ?? "",
            version: reader.integer(fields["version"], "'version'", minimum: 1),
            also: (fields["also"]?.oneOrMany ?? []).compactMap {
                reader.name($0, "a workflow", .identifier)
            },
            at: reader.timestamp(fields["at"], "'at'") ?? Scenario.standardTime,
            start: start(fields), actor: actor(fields["actor"]), params: params(fields["params"]),
            fakes: fakes(fields["fakes"]), records: records(fields["records"]),
            files: files(fields["files"]), steps: steps)
        return name == nil || workflow == nil ? nil : scenario
    }

    private mutating func start(_ fields: Fields) -> Scenario.Start? {
        guard let key = key(fields["key"]) else {
            if let input = fields.key("input") {
                reader.error(
                    .missingWord, "'input' needs the instance's 'key' beside it", at: input)
            }
            return nil
        }
        holdStart(fields)
        return Scenario.Start(key: key, input: fields["input"]?.value ?? [:])
    }

    /// A business key: a text or an integer.
    private mutating func key(_ node: YAMLNode?) -> String? {
        guard let node else { return nil }
        if case .int = node.kind { return node.text }
        return reader.string(node, "'key'")
    }

    private mutating func params(_ node: YAMLNode?) -> ValueMap {
        guard let node else { return ValueMap() }
        holdParams(node)
        return reader.entries(node, of: "'params'") == nil
            ? ValueMap() : node.value.mapValue ?? ValueMap()
    }

    /// `role/subject`.
    mutating func actor(_ node: YAMLNode?) -> Actor? {
        guard let node else { return nil }
        if let actor = Actor(parsing: node.text) { return actor }
        reader.error(
            .invalidValue, "a sender is role/subject, like client/c-1, not '\(node.text)'", at: node
        )
        return nil
    }

    /// `workflow/key`.
    mutating func instance(_ node: YAMLNode?) -> InstanceName? {
        guard let node else { return nil }
        let parts = node.text.split(separator: "/", maxSplits: 1).map(String.init)
        if parts.count == 2, NameRule.identifier.admits(parts[0]) {
            return InstanceName(workflow: parts[0], key: parts[1])
        }
        reader.error(
            .invalidValue, "an instance is workflow/key, like loan/7, not '\(node.text)'",
            at: node)
        return nil
    }

    mutating func task(_ node: YAMLNode) -> String? {
        let parts = node.text.split(separator: ".", omittingEmptySubsequences: false).map(
            String.init)
        if parts.count == 2, NameRule.identifier.admits(parts[0]), NameRule.word.admits(parts[1]) {
            return node.text
        }
        reader.error(
            .invalidName, "a task is adapter.operation, like notices.send, not '\(node.text)'",
            at: node)
        return nil
    }

    /// Their hashes are made of their names: there are no bytes.
    private mutating func files(_ node: YAMLNode?) -> [PutFile] {
        reader.named(node, "file", .word).compactMap { name, entry in
            let fields = reader.fields(
                entry.value, of: "a file", words: ["by", "name", "type", "size"])
            let actor = actor(fields["by"])
            let size = reader.integer(fields["size"], "'size'", minimum: 1) ?? 1
            let type =
                reader.choice(fields["type"], "'type'", of: MediaType.allCases) ?? .jpeg
            let called =
                reader.string(fields["name"], "'name'") ?? "\(name).\(type.fileExtension)"
            guard let hash = ContentHash(SHA256.hex(of: name)) else { return nil }
            return PutFile(
                name,
                attachment: Attachment(
                    sha256: hash, name: called, type: type.rawValue, size: Int64(size)),
                type: type, actor: actor)
        }
    }

    private mutating func records(_ node: YAMLNode?) -> [RecordSeed] {
        reader.named(node, "collection", .event).flatMap { collection, entry in
            entry.value.oneOrMany.compactMap { element in
                let fields = reader.fields(element, of: "a record", words: ["id", "group", "body"])
                let id = reader.required("id", in: fields, of: "a record")?.text
                let body = reader.required("body", in: fields, of: "a record")?.value
                guard let id, let body else { return nil }
                return RecordSeed(
                    collection: collection, id: id, group: fields["group"]?.text, body: body)
            }
        }
    }
}
