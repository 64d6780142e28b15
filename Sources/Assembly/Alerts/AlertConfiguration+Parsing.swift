import Adapters
import Alerts
import Definition
import Values
import WorkflowLanguage

extension AlertConfiguration {
    /// `alerts` in `pawl.yaml`; a problem names its line.
    init(_ node: YAMLNode, in file: String) throws(Problem) {
        self.init()
        let section = AlertSection(file: file)
        try section.check(
            node, "alerts",
            ["receivers", "rules", "groupWait", "keepFiring", "timersLate", "diskRoom"])
        for entry in node["receivers"]?.entries ?? [] {
            receivers.append(try section.receiver(entry))
        }
        if let node = node["receivers"], !node.isMap {
            throw section.problem(
                node, "`receivers` is no mapping of names to receivers",
                "write `receivers: {ops: {webhook: {env: ALERT_URL}, secret: {env: ALERT_SECRET}}}`"
            )
        }
        for rule in node["rules"]?.oneOrMany ?? [] {
            rules.append(try section.rule(rule, receivers.map(\.name)))
        }
        groupWait = try section.span(node["groupWait"], "groupWait") ?? groupWait
        keepFiring = try section.span(node["keepFiring"], "keepFiring") ?? keepFiring
        timersLate = try section.span(node["timersLate"], "timersLate") ?? timersLate
        if let room = node["diskRoom"] {
            guard case .int(let bytes) = room.kind, bytes >= 0 else {
                throw section.problem(
                    room, "`diskRoom` is no number of bytes", "write `diskRoom: 1073741824`")
            }
            diskRoom = bytes
        }
    }
}

extension AlertConfiguration {
    /// What its rules name is there: a rule with a typo would wake nobody, and nobody would know.
    package func check(workflows: [String], adapters: [String]) throws(Problem) {
        for rule in rules {
            if let name = rule.matcher.workflow, !workflows.contains(exactly: name) {
                throw Problem(
                    .unknownWorkflow,
                    "pawl.yaml has an alert rule for the workflow \(name), which is none",
                    fix: Self.hint(name, workflows))
            }
            if let name = rule.matcher.adapter, !adapters.contains(exactly: name) {
                throw Problem(
                    .invalid, "pawl.yaml has an alert rule for the adapter \(name), which is none",
                    fix: Self.hint(name, adapters))
            }
        }
    }

    private static func hint(_ name: String, _ known: [String]) -> String {
        nearestName(to: name, among: known).map { "did you mean \($0)?" }
            ?? "known: \(known.joined(separator: ", "))"
    }
}

/// Reads the parts of the section.
private struct AlertSection {
    private static let maximumAddresses = 50

    let file: String

    func problem(_ node: YAMLNode, _ message: String, _ fix: String) -> Problem {
        Problem(.invalid, "\(file):\(node.location.line): \(message)", fix: fix)
    }

    func check(_ node: YAMLNode, _ what: String, _ known: [String]) throws(Problem) {
        guard node.isMap else {
            throw problem(
                node, "`\(what)` is no mapping",
                "it has the members \(known.joined(separator: ", "))")
        }
        for entry in node.entries where !known.contains(exactly: entry.name) {
            throw problem(
                entry.key, "`\(what)` has no member `\(entry.name)`",
                nearestName(to: entry.name, among: known).map { "did you mean `\($0)`?" }
                    ?? "known: \(known.joined(separator: ", "))")
        }
    }

    func span(_ node: YAMLNode?, _ name: String) throws(Problem) -> Duration? {
        guard let node else { return nil }
        guard let span = Duration(parsing: node.text), span >= .zero else {
            throw problem(node, "`\(name)` is no span of time", "write it like `5m`, `30s` or `4h`")
        }
        return span
    }

    // MARK: Receivers

    func receiver(_ entry: YAMLNode.Entry) throws(Problem) -> AlertReceiver {
        let (name, node) = (entry.name, entry.value)
        guard !name.isEmpty, name.utf8.count <= 60 else {
            throw problem(entry.key, "a receiver has a name of 1 to 60 bytes", "call it `ops`")
        }
        try check(node, name, ["webhook", "secret", "mail", "adapter", "resolved"])
        let resolved = try flag(node["resolved"], "resolved")
        switch (node["webhook"], node["mail"]) {
        case (.some(let url), nil):
            if let adapter = node["adapter"] {
                throw problem(adapter, "a webhook has no `adapter`", "leave it out")
            }
            guard let secret = node["secret"] else {
                throw problem(
                    entry.key,
                    "the webhook `\(name)` has no `secret`, by which it knows what is ours",
                    "make one with `echo whsec_$(openssl rand -base64 24)`, keep it in a variable, and "
                        + "write `secret: {env: ALERT_SECRET}`")
            }
            let way = AlertReceiver.Way.webhook(
                url: try address(url), secret: try reference(secret, "secret"))
            return AlertReceiver(ExactText(name), way, sendsResolved: resolved ?? true)
        case (nil, .some(let to)):
            if let secret = node["secret"] {
                throw problem(secret, "a mail has no `secret`", "leave it out")
            }
            let way = AlertReceiver.Way.mail(
                adapter: node["adapter"]?.stringValue, to: try addresses(to))
            return AlertReceiver(ExactText(name), way, sendsResolved: resolved ?? true)
        case (nil, nil), (.some, .some):
            throw problem(
                entry.key, "the receiver `\(name)` has either `webhook` or `mail`",
                "write `{webhook: {env: ALERT_URL}, secret: {env: ALERT_SECRET}}` or `{mail: ops@example.com}`"
            )
        }
    }

    private func flag(_ node: YAMLNode?, _ name: String) throws(Problem) -> Bool? {
        guard let node else { return nil }
        guard case .bool(let flag) = node.kind else {
            throw problem(node, "`\(name)` is true or false", "write `\(name): true`")
        }
        return flag
    }

    /// Written down, or by reference: many a webhook's address is a secret itself.
    private func address(_ node: YAMLNode) throws(Problem) -> Setting {
        guard let text = node.stringValue else { return try reference(node, "webhook") }
        do throws(AddressProblem) {
            _ = try WebhookAddress(text)
        } catch {
            throw problem(
                node, "`webhook` is no address: \(error)",
                "write `https://…`, or `{env: ALERT_URL}` where it holds a token")
        }
        return .literal(text)
    }

    private func reference(_ node: YAMLNode, _ name: String) throws(Problem) -> Setting {
        if let variable = node["env"]?.stringValue, node.entries.count == 1, !variable.isEmpty {
            return .environment(variable)
        }
        if let path = node["file"]?.stringValue, node.entries.count == 1, !path.isEmpty {
            return .file(path)
        }
        if let command = node["command"] {
            return .command(SettingCommand(arguments: try arguments(command, name)))
        }
        throw problem(
            node, "`\(name)` is no reference to where it is kept",
            "write `\(name): {env: NAME}`, `{file: PATH}` or `{command: [/path, …]}`")
    }

    private func arguments(_ node: YAMLNode, _ name: String) throws(Problem) -> [String] {
        let texts = node.oneOrMany.map(\.stringValue)
        guard let program = texts.first, program?.hasPrefix("/") == true,
            !texts.contains(where: { $0 == nil })
        else {
            throw problem(
                node, "`\(name).command` is no list of a program's whole path and its arguments",
                "write `\(name): {command: [/usr/bin/vault, read, …]}`; no shell reads it")
        }
        return texts.compactMap(\.self)
    }

    private func addresses(_ node: YAMLNode) throws(Problem) -> [String] {
        var addresses: [String] = []
        for node in node.oneOrMany {
            guard let text = node.stringValue, MailAddress(text) != nil else {
                throw problem(
                    node, "`\(node.text)` is no mail address", "write it like ops@example.com")
            }
            if !addresses.contains(exactly: text) { addresses.append(text) }
        }
        guard (1...Self.maximumAddresses).contains(addresses.count) else {
            throw problem(
                node, "`mail` has 1 to \(Self.maximumAddresses) addresses",
                "name a list of people instead")
        }
        return addresses
    }

    // MARK: Rules

    func rule(_ node: YAMLNode, _ receivers: [ExactText]) throws(Problem) -> AlertRule {
        let members = ["when", "workflow", "adapter", "cause", "for", "repeat", "to"]
        try check(node, "rules", members)
        let names = receivers.map(\.text)
        var rule = AlertRule(to: receivers)
        if let to = node["to"] {
            rule.receivers = []
            for node in to.oneOrMany {
                guard names.contains(exactly: node.text) else {
                    throw problem(
                        node, "there is no receiver `\(node.text)`",
                        nearestName(to: node.text, among: names).map { "did you mean `\($0)`?" }
                            ?? "name one under `receivers`")
                }
                rule.receivers.append(ExactText(node.text))
            }
        }
        for node in node["when"]?.oneOrMany ?? [] {
            guard let kind = Condition.Kind(rawValue: node.text) else {
                let kinds = Condition.Kind.allCases.map(\.rawValue)
                throw problem(
                    node, "`when` knows no `\(node.text)`",
                    nearestName(to: node.text, among: kinds).map { "did you mean `\($0)`?" }
                        ?? "known: \(kinds.joined(separator: ", "))")
            }
            rule.matcher.kinds.insert(kind)
        }
        rule.matcher.workflow = try text(node["workflow"], "workflow")
        rule.matcher.adapter = try text(node["adapter"], "adapter")
        rule.matcher.cause = try text(node["cause"], "cause")
        rule.hold = try span(node["for"], "for") ?? rule.hold
        rule.again = try span(node["repeat"], "repeat") ?? rule.again
        return rule
    }

    private func text(_ node: YAMLNode?, _ name: String) throws(Problem) -> String? {
        guard let node else { return nil }
        guard let text = node.stringValue, !text.isEmpty else {
            throw problem(node, "`\(name)` is no text", "write a name, or leave it out")
        }
        return text
    }
}
