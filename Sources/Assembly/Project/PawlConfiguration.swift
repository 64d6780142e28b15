import Alerts
import Definition
import Engine
import Foundation
import Values
import WorkflowLanguage

/// `pawl.yaml`: what the operator of an installation decides.
package struct PawlConfiguration: Sendable, Hashable {
    /// Part of every idempotency key.
    package var namespace = "pawl"
    /// Hosts that adapters may reach besides those of their own addresses.
    package var allowedHosts: [String] = []
    /// Settings by workflow; those of `*` are given to every workflow that has a param of that name.
    package var params: [ExactText: ValueMap] = [:]
    /// IANA name; given to every workflow that has a param `zone`.
    package var zone: String?
    /// `attachments: {limit, types}`.
    package var attachments = AttachmentLimits()

    /// `retention: {archive, workflows}`.
    package var retention = RetentionConfiguration()

    /// `clock: {step, stepout, absence}`.
    package var clock = ClockLimits()

    /// `access: {roles, issuers}`; nil: whoever may speak to the server may do everything.
    package var access: AccessConfiguration?

    /// `server: {hosts, tls, limits}`.
    package var server = ServingConfiguration()

    /// `encryption: {keys, current}`.
    package var encryption = EncryptionConfiguration()

    /// `alerts: {receivers, rules}`.
    package var alerts = AlertConfiguration()

    /// `audit: {anchor}`.
    package var audit = AuditConfiguration()

    private static let everyWorkflow = "*"
    package static let members = [
        "namespace", "allowedHosts", "params", "zone", "attachments", "retention", "clock",
        "alerts", "access", "audit", "server", "encryption",
    ]

    package static let attachmentMembers = ["limit", "types"]

    package init() {}

    /// - Parameters:
    ///   - path: must exist.
    ///   - default: is read when it exists and no path was given.
    package static func read(_ path: String?, default: String) throws(Problem) -> PawlConfiguration
    {
        guard
            let file = path ?? (FileManager.default.fileExists(atPath: `default`) ? `default` : nil)
        else { return PawlConfiguration() }
        return try PawlConfiguration(parsing: TextFile.read(file), file: file)
    }

    package init(parsing text: String, file: String) throws(Problem) {
        let document = try Self.document(text, file)
        let value = document?.value ?? .map(ValueMap())
        guard let map = value.mapValue else {
            throw Problem(.malformed, "\(file) holds no mapping", fix: "write `name: value` lines")
        }
        for name in map.keys.compactMap(\.stringValue) where !Self.members.contains(name) {
            throw Problem(
                .invalid, "\(file): there is no setting `\(name)`",
                fix: nearestName(to: name, among: Self.members).map { "did you mean `\($0)`?" }
                    ?? "known: \(Self.members.joined(separator: ", "))")
        }
        try take(map, file)
        if let node = document?["alerts"] { alerts = try AlertConfiguration(node, in: file) }
    }

    private mutating func take(_ map: ValueMap, _ file: String) throws(Problem) {
        func text(_ name: String) throws(Problem) -> String? {
            guard let value = map[name] else { return nil }
            guard let text = value.stringValue, !text.isEmpty else {
                throw Problem(.invalid, "\(file): `\(name)` is no text")
            }
            return text
        }
        namespace = try text("namespace") ?? namespace
        zone = try text("zone")
        if let zone, let problem = WorkflowSchedule.problem(withZone: zone) {
            throw Problem(
                .invalid, "\(file): \(problem)", fix: "use an IANA name such as Europe/Moscow")
        }
        if let value = map["attachments"] { try take(attachments: value, file) }
        if let value = map["retention"] { retention = try RetentionConfiguration(value, in: file) }
        if let value = map["encryption"] {
            encryption = try EncryptionConfiguration(value, in: file)
        }
        if let value = map["clock"] { clock = try ClockLimits(value, in: file) }
        if let value = map["access"] { access = try AccessConfiguration(value, in: file) }
        if let value = map["audit"] { audit = try AuditConfiguration(value, in: file) }
        if let value = map["server"] { server = try ServingConfiguration(value, in: file) }
        let hosts = map["allowedHosts"]?.listValue ?? []
        allowedHosts = hosts.compactMap(\.stringValue)
        guard allowedHosts.count == hosts.count,
            map["allowedHosts"] == nil || map["allowedHosts"]?.listValue != nil
        else { throw Problem(.invalid, "\(file): `allowedHosts` is no list of hosts") }
        let groups = map["params"] ?? .map(ValueMap())
        for (workflow, values) in groups.mapValue?.entries ?? [(.null, groups)] {
            guard let name = workflow.stringValue, let values = values.mapValue else {
                throw Problem(
                    .invalid, "\(file): `params` is no mapping of workflows to their settings",
                    fix: "write `params: {loan: {grace: 2h}}`")
            }
            params[name] = values
        }
    }

    private mutating func take(
        attachments value: Value, _ file: String
    ) throws(Problem) {
        let map = try Self.section(
            value, "attachments", members: Self.attachmentMembers,
            example: "attachments: {limit: 10485760, types: [image/jpeg, application/pdf]}",
            in: file)
        if let limit = map["limit"] {
            guard let bytes = limit.intValue, (1...Self.largestAttachment).contains(bytes) else {
                throw Problem(
                    .invalid,
                    "\(file): `attachments.limit` is a number of bytes, \(Self.largestAttachment) at most"
                )
            }
            attachments.size = bytes
        }
        if let types = map["types"] {
            let names = types.listValue ?? []
            attachments.types = names.compactMap {
                $0.stringValue.flatMap(MediaType.init(rawValue:))
            }
            guard !names.isEmpty, attachments.types.count == names.count else {
                let all = MediaType.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(.invalid, "\(file): `attachments.types` is a list of \(all)")
            }
        }
    }

    /// In bytes.
    private static let largestAttachment: Int64 = 1 << 30

    /// Read as strictly as definitions are; a file without a word is one without settings.
    private static func document(_ text: String, _ file: String) throws(Problem) -> YAMLNode? {
        let parsed = WorkflowLanguage.parseDocument(text, file: file)
        if let node = parsed.value { return node.isNull ? nil : node }
        guard parsed.errors.first?.code != .yamlEmpty else { return nil }
        throw Problem(
            .malformed, parsed.errors.map { $0.rendered(source: text) }.joined(separator: "\n"))
    }

    /// The overrides of params as the catalog takes them; checked against the workflows' own schemas.
    package func params(for workflows: [WorkflowDefinition]) throws(Problem) -> [ExactText:
        ValueMap]
    {
        var result: [ExactText: ValueMap] = [:]
        for workflow in workflows {
            var values = ValueMap()
            let shared = (params[Self.everyWorkflow] ?? ValueMap()).entries.map {
                ($0.key.stringValue ?? "", $0.value)
            }
            for (name, value) in (zone.map { [("zone", .string($0))] } ?? []) + shared
            where workflow.params.property(name) != nil {
                values[name] = value
            }
            values = values.merging(params[workflow.name] ?? ValueMap())
            if case .invalid(let violations) = workflow.params.decode(.map(values)) {
                throw Problem(
                    .invalid, "the params of workflow \(workflow.name) in pawl.yaml do not fit",
                    violations: violations)
            }
            if !values.isEmpty { result[workflow.name] = values }
        }
        for name in params.sortedTexts
        where name != Self.everyWorkflow && !workflows.contains(where: { $0.name == name }) {
            throw Problem(
                .unknownWorkflow, "pawl.yaml has params for \(name), which is no workflow",
                fix: nearestName(to: name, among: workflows.map(\.name)).map {
                    "did you mean \($0)?"
                })
        }
        return result
    }
}
