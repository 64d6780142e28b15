import CEL
import Execution
import Foundation
import Yams

/// `pawl.yaml`: what the operator of an installation decides.
struct PawlConfiguration: Sendable, Hashable {
    /// Part of every idempotency key.
    var namespace = "pawl"
    /// Hosts that adapters may reach besides those of their own addresses.
    var allowedHosts: [String] = []
    /// Settings by workflow.
    var params: [String: ValueMap] = [:]
    /// Given to every workflow that has a param of that name.
    var zone: String?
    var currency: String?

    private static let members = ["namespace", "allowedHosts", "params", "zone", "currency"]

    init() {}

    /// - Parameters:
    ///   - path: must exist.
    ///   - default: is read when it exists and no path was given.
    static func read(_ path: String?, default: String) throws(Problem) -> PawlConfiguration {
        guard
            let file = path ?? (FileManager.default.fileExists(atPath: `default`) ? `default` : nil)
        else { return PawlConfiguration() }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Problem(.notFound, "\(file) cannot be read", fix: "name a UTF-8 file")
        }
        return try PawlConfiguration(parsing: text, file: file)
    }

    init(parsing text: String, file: String) throws(Problem) {
        let value: Value
        do {
            value = try Yams.compose(yaml: text).map(Self.value) ?? .map(ValueMap())
        } catch {
            throw Problem(.malformed, "\(file) is no YAML: \(error)")
        }
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
        currency = try text("currency")
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
                    fix: "write `params: {order: {grace: 2h}}`")
            }
            params[name] = values
        }
    }

    /// YAML 1.2's core schema: only JSON's own words and numbers are more than text.
    private static func value(_ node: Node) -> Value {
        switch node {
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.string) }
            if scalar.string.isEmpty { return .null }
            guard let value = try? JSON.parse(scalar.string), value.mapValue == nil,
                value.listValue == nil
            else { return .string(scalar.string) }
            return value
        case .sequence(let sequence):
            return .list(sequence.map(value))
        case .mapping(let mapping):
            return .map(ValueMap(mapping.map { ($0.key.string ?? "", value($0.value)) }))
        case .alias:
            return .null
        }
    }

    /// The overrides of params as the catalog takes them; checked against the workflows' own schemas.
    func params(for workflows: [WorkflowDefinition]) throws(Problem) -> [String: ValueMap] {
        var result: [String: ValueMap] = [:]
        for workflow in workflows {
            var values = ValueMap()
            for (name, value) in [("zone", zone), ("currency", currency)] {
                if let value, workflow.params.property(name) != nil {
                    values[name] = .string(value)
                }
            }
            values = values.merging(params[workflow.name] ?? ValueMap())
            if case .invalid(let violations) = workflow.params.decode(.map(values)) {
                throw Problem(
                    .invalid, "the params of workflow \(workflow.name) in pawl.yaml do not fit",
                    violations: violations)
            }
            if !values.isEmpty { result[workflow.name] = values }
        }
        for name in params.keys.sorted() where !workflows.contains(where: { $0.name == name }) {
            throw Problem(
                .unknownWorkflow, "pawl.yaml has params for \(name), which is no workflow",
                fix: nearestName(to: name, among: workflows.map(\.name)).map {
                    "did you mean \($0)?"
                })
        }
        return result
    }
}
