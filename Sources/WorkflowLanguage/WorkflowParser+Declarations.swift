import Definition
import Schedule
import Values

/// What stands above the states.
extension WorkflowParser {
    mutating func startRule(_ node: YAMLNode?) -> StartRule {
        guard let node else { return StartRule(event: nil, key: nil) }
        let fields = reader.fields(node, of: "'start'", words: ["on", "key", "schedule", "public"])
        let event = eventName(fields["on"])
        if fields.has("key"), !fields.has("on") {
            reader.error(.missingWord, "'key' is read from an event; name it with 'on'", at: node)
        }
        if let key = fields.key("key"), fields.has("schedule") {
            reader.error(
                .misplacedWord,
                "'key' names an instance by its event, 'schedule' by its occurrence; a workflow has one of them",
                at: key)
        }
        declared.startEvent = event
        let key = reader.expression(fields["key"], "'key'", in: .envelope)
        return StartRule(
            event: event, key: key, schedule: schedule(fields["schedule"]),
            publicEntry: publicEntry(fields["public"]))
    }

    /// `{perAddress: {rate: 20/h, burst: 5}, total: {rate: 60/min, burst: 200}}`; a bare `{}` is that.
    private mutating func publicEntry(_ node: YAMLNode?) -> PublicEntry? {
        guard let node else { return nil }
        let fields = reader.fields(
            node, of: "'public'", words: ["perAddress", "perNetwork", "total"])
        return PublicEntry(
            perAddress: limit(
                fields["perAddress"], "'perAddress'",
                default: PublicEntry.Limit(perSecond: 20.0 / 3600, burst: 5)),
            perNetwork: limit(
                fields["perNetwork"], "'perNetwork'",
                default: PublicEntry.Limit(perSecond: 1.0 / 60, burst: 20)),
            total: limit(
                fields["total"], "'total'", default: PublicEntry.Limit(perSecond: 1, burst: 200)))
    }

    /// What nobody can ever send from outside.
    mutating func checkPublicEntry(_ start: YAMLNode?, input: Schema) {
        guard let start, start.isMap,
            let entry = start.entries.first(where: { $0.name == "public" })
        else { return }
        if input.mayHoldAttachments {
            reader.error(
                .invalidValue,
                "the input asks for a file, and strangers cannot put one: take `format: attachment` out of "
                    + "the input, and ask for the file later, in an event or a form", at: entry.key)
        }
        if start["key"] != nil {
            reader.error(
                .misplacedWord,
                "'key' names an instance by what was sent, and the public entry gives it a name of its own; "
                    + "leave one of them out", at: entry.key)
        }
    }

    private mutating func limit(
        _ node: YAMLNode?, _ name: String, default standard: PublicEntry.Limit
    ) -> PublicEntry.Limit {
        guard let node else { return standard }
        let fields = reader.fields(node, of: name, words: ["rate", "burst"])
        return PublicEntry.Limit(
            perSecond: reader.rate(fields["rate"]) ?? standard.perSecond,
            burst: reader.integer(fields["burst"], "'burst'", minimum: 1) ?? standard.burst)
    }

    /// The rule is parsed for its errors only: its zone may be the installation's.
    private mutating func schedule(_ node: YAMLNode?) -> ScheduleDeclaration? {
        guard let node else { return nil }
        let words = Rule.words + SchedulePolicy.words + ScheduleDeclaration.words
        let fields = reader.fields(node, of: "a schedule", words: words)
        guard !fields.entries.isEmpty else { return nil }
        func part(_ words: [String]) -> Value {
            .map(
                ValueMap(
                    fields.entries.filter { words.contains($0.name) }.map {
                        ($0.name, $0.value.value)
                    }))
        }
        let scope = Scope([
            ("schedule", .names(ScheduleDeclaration.members)), ("now", .value(.timestamp)),
        ])
        let input = reader.template(fields["input"], "'input'", in: scope)
        do throws(RuleError) {
            let rule = part(Rule.words)
            _ = try Rule(parsing: rule, defaultZone: "UTC")
            let policy = try SchedulePolicy(parsing: part(SchedulePolicy.words))
            return ScheduleDeclaration(rule: rule, policy: policy, input: input)
        } catch {
            reader.error(.invalidValue, error.message, at: node.node(at: error.pointer))
            return nil
        }
    }

    mutating func readDeclarations(_ fields: Fields) {
        for word in ["events", "retries", "mails"] { reader.ignoreOrder(of: fields[word]) }
        for (name, entry) in reader.named(fields["events"], "event", .event) {
            checkReserved(name, entry.key)
            declared.events.append(event(name, entry.value))
            declared.eventKeys.append(entry.key)
        }
        for (name, entry) in reader.named(fields["retries"], "retry", .word) {
            declared.retries.append((name, policy(entry.value, over: .standard)))
        }
        for (name, entry) in reader.named(fields["mails"], "mail", .word) {
            declareMail(name, entry.value)
        }
    }

    /// A key that is started again once its instance is gone is another instance.
    mutating func retention(_ node: YAMLNode?) -> Duration? {
        guard let node, let period = reader.duration(node, "'retention'") else { return nil }
        guard period >= .seconds(86_400) else {
            reader.error(
                .invalidDuration,
                "'retention' is at least a day: for as long as an instance is kept, a start that is "
                    + "repeated finds it", at: node)
            return nil
        }
        return period
    }

    mutating func searchAttributes(_ node: YAMLNode?) -> [SearchAttribute] {
        let names = ["input", "context", "params", "instance"]
        return reader.named(node, "search attribute", .word).compactMap { name, entry in
            reader.expression(entry.value, "'\(name)'", in: scope.only(names)).map {
                SearchAttribute(name: name, expression: $0)
            }
        }
    }

    /// An event's name where one is meant, never the engine's own.
    mutating func eventName(_ node: YAMLNode?) -> String? {
        guard let node, let name = reader.name(node, "an event", .event) else { return nil }
        checkReserved(name, node)
        return name
    }

    /// The engine's own events cannot be declared, raised or sent.
    mutating func checkReserved(_ name: String, _ node: YAMLNode) {
        guard Self.isReserved(name) else { return }
        reader.error(
            .reservedEvent,
            "'\(name)' is a name of the engine's own events; begin it with another word than "
                + "done, error or after", at: node)
    }

    static func isReserved(_ name: String) -> Bool {
        ["done.", "error.", "after."].contains { name.hasPrefix($0) }
    }

    /// Events that the engine offers without a declaration: a request to cancel the instance, and
    /// an expression that failed.
    static let engineEvents = ["cancel", "error.execution"]

    private mutating func event(_ name: String, _ node: YAMLNode) -> EventDeclaration {
        let fields =
            node.isNull
            ? Fields(node: node, entries: [])
            : reader.fields(
                node, of: "an event",
                words: ["description", "key", "data", "early", "ttl", "from", "afterEnd"])
        _ = reader.string(fields["description"], "'description'")
        let early = reader.choice(
            fields["early"], "'early'", of: [EventDeclaration.Early.keep, .drop, .reject])
        if let ttl = fields.key("ttl"), early != .keep {
            reader.error(.misplacedWord, "'ttl' needs 'early: keep'", at: ttl)
        }
        return EventDeclaration(
            name: name,
            key: reader.expression(fields["key"], "'key'", in: .envelope),
            data: reader.schema(fields["data"], "'data'") ?? .any, early: early ?? .reject,
            timeToLive: reader.duration(fields["ttl"], "'ttl'") ?? Self.standardTimeToLive,
            sender: senderRule(fields["from"]),
            afterEnd: reader.string(fields["afterEnd"], "'afterEnd'"))
    }

    /// Of a kept event: 30 days.
    private static let standardTimeToLive = Duration.seconds(30 * 86_400)

    private mutating func senderRule(_ node: YAMLNode?) -> SenderRule? {
        guard let node else { return nil }
        let fields = reader.fields(node, of: "'from'", words: ["role", "subject"])
        let role = reader.name(
            reader.required("role", in: fields, of: "'from'"), "a role", .word)
        let subject = reader.expression(
            fields["subject"], "'subject'",
            in: scope.only(["input", "context", "params", "instance"]))
        return role.map { SenderRule(role: $0, subject: subject) }
    }
}
