import Definition
import Engine
import Execution
import Resources
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
    var location: String {
        "/v1/workflows/\(workflow.percentEncoded)/instances/\(key.percentEncoded)"
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
}
