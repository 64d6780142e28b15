import ArgumentParser
import Execution
import Resources
import Server
import Values

struct Start: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start an instance, or find the one that has the key.",
        discussion: "pawl start order --key 1009 orderId=1009 clientId=c-7 service=cleaning")

    @Argument(help: "The workflow.", completion: .workflows)
    var workflow: String

    @Argument(help: "Members of the input, field=value.")
    var fields: [String] = []

    @Option(
        help: "The business key; without it, what the workflow makes of the input, or a new one.")
    var key: String?

    @Option(name: [.customShort("d"), .customLong("data")], help: "The input: @file, @- or JSON.")
    var input: String?

    @Option(name: .customLong("param"), help: "A setting of this instance, name=value.")
    var params: [String] = []

    @Option(help: "Wait until it has ended, or until state:x is active (--wait=state:x).")
    var wait: Goal?

    @Option(help: "How long to wait.")
    var timeout = Span(.seconds(30))

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let client = try options.client
        let schemas =
            fields.isEmpty && params.isEmpty
            ? Value.null : try await client.get("/v1/workflows/\(workflow.percentEncoded)")
        let schema = schemas["input"] ?? .null
        let params = try Payload.value(
            source: nil, fields: params, schema: schemas["params"] ?? .null)
        var body: Value = [
            "input": try await Payload.value(
                source: input, fields: fields, schema: schema, attachingTo: client)
        ]
        if let key { body["key"] = .string(key) }
        if !self.params.isEmpty { body["params"] = params }
        // Said before anything starts, so that a goal which cannot come true is refused first.
        let goal = wait.map { [("wait", "0s"), ("until", $0.text)] } ?? []
        let instance = try await client.post(
            "/v1/workflows/\(workflow.percentEncoded)/instances", body, goal)
        guard let wait, let name = instance.instanceName else {
            return options.output.print(instance) { InstanceText.started($0) }
        }
        try await client.wait(for: name, wait, timeout.duration, options.output)
    }
}

struct Send: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send an event to an instance.",
        discussion: "pawl send loan/7 book.returned note=torn --as member/m-1")

    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @Argument(help: "The event.")
    var event: String

    @Argument(help: "Members of the event's data, field=value.")
    var fields: [String] = []

    @Option(name: [.customShort("d"), .customLong("data")], help: "The data: @file, @- or JSON.")
    var data: String?

    @Option(help: "The event's own id: a repeat under the same id applies once.")
    var id: String?

    @OptionGroup var options: ClientOptions

    func run() async throws {
        let client = try options.client
        let schema = fields.isEmpty ? Value.null : try await schema(client)
        var body: Value = [
            "event": .string(event),
            "data": try await Payload.value(
                source: data, fields: fields, schema: schema, attachingTo: client),
        ]
        if let id { body["id"] = .string(id) }
        let answer = try await client.post(name.path + "/events", body)
        options.output.print(answer) { InstanceText.receipts($0) }
    }

    private func schema(_ client: APIClient) async throws -> Value {
        let workflow = try await client.get("/v1/workflows/\(name.workflow.percentEncoded)")
        let events = workflow["events"]?.listValue ?? []
        return events.first { $0["name"]?.stringValue == event }?["data"] ?? .null
    }
}

struct Wait: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait until an instance has ended or reached a state.")

    @Argument(help: "workflow/key", completion: .instances)
    var name: InstanceName

    @Option(help: "terminal or state:x")
    var until = Goal.terminal

    @Option(help: "How long to wait.")
    var timeout = Span(.seconds(30))

    @OptionGroup var options: ClientOptions

    func run() async throws {
        try await options.client.wait(for: name, until, timeout.duration, options.output)
    }
}

struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Try what an incident is about again, or a call that waits for its next attempt.",
        discussion: """
            pawl retry loan/7
            pawl retry -f 'workflow:loan health:blocked' --reason 'the service is back' --canary 1 --rate 5/s
            """)

    @OptionGroup var chosen: Chosen

    @Option(help: "The incident's number; without it all that are open.")
    var incident: Int64?

    @Option(help: "Why; it is kept in the history. Of many it must be said.")
    var reason: String?

    func validate() throws {
        guard chosen.isMany else { return }
        guard incident == nil else {
            throw ValidationError("--incident is one instance's; --cause finds each its own")
        }
        guard reason != nil || chosen.dryRun else { throw ValidationError("say why: --reason") }
    }

    func run() async throws {
        var members = ValueMap()
        members.set("incident", incident.map(Value.int))
        try await chosen.post("retry", members, reason: reason)
    }
}

struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cancel an instance, undoing what it did.")

    @OptionGroup var arguments: ReasonedAction

    func run() async throws { try await arguments.post("cancel") }
}

extension Value {
    /// Of the API's resource `instance`.
    fileprivate var instanceName: InstanceName? {
        self["name"]?.stringValue.flatMap { InstanceName(parsing: $0) }
    }
}
