import Definition
import Engine
import Execution
import Values

/// How a path names an instance: by workflow and key, by `workflow%2Fkey`, or by the number of its row.
enum InstanceAddress: Sendable, Hashable {
    case name(InstanceName)
    case id(InstanceID)

    init(_ request: APIRequest) throws(Refusal) {
        guard let text = request.parameters["id"] else {
            self = .name(
                InstanceName(
                    workflow: request.parameter("workflow"), key: request.parameter("key")))
            return
        }
        if let number = Int64(text) {
            self = .id(InstanceID(number))
        } else if let name = InstanceName(parsing: text) {
            self = .name(name)
        } else {
            throw Refusal(
                Problem(
                    .notFound, "`\(text.quotable)` names no instance",
                    fix: "write its number, or workflow%2Fkey like order%2F1009"))
        }
    }
}

extension InstanceName {
    /// `loan/7`: the workflow is what stands before the first slash.
    package init?(parsing text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(workflow: String(parts[0]), key: String(parts[1]))
    }

    var location: String {
        "/v1/workflows/\(workflow.percentEncoded)/instances/\(key.percentEncoded)"
    }
}

/// Where a page ended; opaque to clients, who only give it back.
package enum Cursor {
    package static func text(_ position: Int64) -> String { "c" + String(position, radix: 36) }

    package static func position(_ text: String) -> Int64? {
        guard text.hasPrefix("c"), let position = Int64(text.dropFirst(), radix: 36), position >= 0
        else { return nil }
        return position
    }
}

extension APIRequest {
    func cursor() throws(Refusal) -> Int64? {
        guard let text = option("cursor") else { return nil }
        guard let position = Cursor.position(text) else {
            throw .query("cursor", "`\(text.quotable)` did not come from this API")
        }
        return position
    }
}

extension InstanceView {
    /// The revision as an entity tag.
    var tag: [(name: String, value: String)] { [("ETag", "\"\(run.revision)\"")] }

    /// With what became of a wait.
    func document(_ wish: WaitWish?, _ isMet: Bool) -> Value {
        guard let wish else { return document() }
        var document = document()
        document["wait"] = ["until": .string(wish.until.description), "met": .bool(isMet)]
        return document
    }

    /// What its blockers offer, and what can always be done.
    var legalActions: [Value] {
        var actions = blockers.flatMap { blocker in
            blocker.actions.map { action in
                var document = action.document
                document["because"] = .string(blocker.kind.rawValue)
                return document
            }
        }
        if !run.status.isTerminal, !actions.contains(where: { $0["name"] == "cancel" }) {
            actions.append(Blocker.LegalAction.cancel(row.name).document)
        }
        return actions.map(Value.map)
    }
}

extension IncidentRow {
    /// The API's resource `incident`.
    /// - Parameter name: nil: the instance's row is gone.
    package func document(name: InstanceName?) -> ValueMap {
        var map: ValueMap = [
            "instance": .string(name?.description ?? instance.description),
            "number": .int(incident.number),
            "kind": .string(incident.kind.rawValue), "error": .string(incident.error.name),
            "message": .string(incident.error.message),
            "cause": .string(incident.cause), "openedAt": .string(incident.openedAt.rfc3339),
        ]
        let retry = name.map { Blocker.LegalAction.retry($0, incident: incident.number) }
        map.set("command", retry.map { .string($0.command) })
        return map
    }
}

extension IncidentGroup {
    /// The API's resource `incidentGroup`.
    var document: ValueMap {
        [
            "cause": .string(cause), "count": .int(Int64(count)),
            "firstAt": .string(first.rfc3339), "lastAt": .string(last.rfc3339),
        ]
    }
}
