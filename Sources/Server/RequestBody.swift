import Definition
import Resources
import Values

extension APIRequest {
    /// The body as JSON. Strict: 64 levels, no duplicate keys.
    func json() throws(Refusal) -> Value {
        try Self.checkIsJSON(contentType)
        do {
            return try JSON.parse(body)
        } catch {
            throw Refusal(
                Problem(
                    .malformed, "the body is no JSON: \(error)",
                    fix: "mend line \(error.line), column \(error.column)"))
        }
    }

    static func checkIsJSON(_ contentType: String?) throws(Refusal) {
        let type = contentType?.split(separator: ";").first.map(String.init) ?? ""
        let name = type.filter { !$0.isWhitespace }.lowercased()
        let isJSON =
            name == "application/json"
            || (name.hasPrefix("application/") && name.hasSuffix("+json"))
        guard isJSON else {
            throw Refusal(
                status: 415, code: "unsupported-media-type",
                contentType.map { "the body is \($0), not JSON" } ?? "the body has no Content-Type",
                fix: "send `Content-Type: application/json`")
        }
    }
}

extension APIRequest {
    /// The body as an object.
    /// - Parameter isOptional: no body at all is the same as `{}`.
    func members(isOptional: Bool = false) throws -> ValueMap {
        if isOptional, body.isEmpty { return ValueMap() }
        guard let map = try json().mapValue else {
            throw Problem.body([Problem.Detail(pointer: "", detail: "an object is expected")])
        }
        return map
    }
}

extension BodyMembers {
    init(_ request: APIRequest, known: [String]) throws {
        self.init(try request.members(), known: known)
    }
}
