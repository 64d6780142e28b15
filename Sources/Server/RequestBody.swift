import Definition
import Values

extension APIRequest {
    /// The body as JSON. Strict: 64 levels, no duplicate keys.
    func json() throws(Refusal) -> Value {
        try Self.checkIsJSON(contentType)
        do {
            return try JSON.parse(body, limits: .exact)
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

/// A body that is an object with known members; all that is wrong with it is said at once.
struct BodyMembers {
    private let map: ValueMap
    private var errors: [Problem.Detail] = []

    /// - Parameter isOptional: no body at all is the same as `{}`.
    init(
        _ request: APIRequest, known: [String], isOptional: Bool = false
    ) throws(Refusal) {
        if isOptional, request.body.isEmpty {
            map = ValueMap()
            return
        }
        guard let map = try request.json().mapValue else {
            throw .body([Problem.Detail(pointer: "", detail: "an object is expected")])
        }
        self.map = map
        for name in map.keys.compactMap(\.stringValue) where !known.contains(name) {
            guard errors.count < Refusal.maximumErrors else { break }
            let hint =
                nearestName(to: name, among: known).map { "did you mean `\($0)`?" }
                ?? "known: \(known.joined(separator: ", "))"
            errors.append(
                Problem.Detail(
                    pointer: "/" + name.pointerToken, detail: "unknown member; \(hint)"))
        }
    }

    subscript(name: String) -> Value? { map[name] }

    /// A non-empty string, or nil when the member is not there.
    mutating func string(_ name: String, limit: Int = 200) -> String? {
        guard let value = map[name] else { return nil }
        guard let text = value.stringValue, !text.isEmpty, text.unicodeScalars.count <= limit else {
            errors.append(
                Problem.Detail(
                    pointer: "/" + name,
                    detail: "a string of 1 to \(limit) characters is expected"))
            return nil
        }
        return text
    }

    mutating func requiredString(_ name: String, limit: Int = 200) -> String {
        if map[name] == nil {
            errors.append(Problem.Detail(pointer: "", detail: "the member `\(name)` is missing"))
        }
        return string(name, limit: limit) ?? ""
    }

    mutating func object(_ name: String) -> ValueMap {
        guard let value = map[name] else { return ValueMap() }
        guard let object = value.mapValue else {
            errors.append(Problem.Detail(pointer: "/" + name, detail: "an object is expected"))
            return ValueMap()
        }
        return object
    }

    mutating func integer(_ name: String) -> Int64? {
        guard let value = map[name] else { return nil }
        guard case .int(let number) = value else {
            errors.append(Problem.Detail(pointer: "/" + name, detail: "an integer is expected"))
            return nil
        }
        return number
    }

    mutating func requiredInteger(_ name: String) -> Int64 {
        if map[name] == nil { note("", "the member `\(name)` is missing") }
        return integer(name) ?? 0
    }

    /// False when the member is not there.
    mutating func flag(_ name: String) -> Bool {
        guard let value = map[name] else { return false }
        if value.boolValue == nil { note("/" + name, "true or false is expected") }
        return value.boolValue ?? false
    }

    /// A required moment, RFC 3339.
    mutating func moment(_ name: String) -> Timestamp? {
        let text = requiredString(name, limit: 40)
        guard !text.isEmpty else { return nil }
        guard let moment = Timestamp(rfc3339: text) else {
            note("/" + name, "a moment such as 2026-01-31T00:00:00Z is expected")
            return nil
        }
        return moment
    }

    /// Something else that is wrong.
    mutating func note(_ pointer: String, _ detail: String) {
        errors.append(Problem.Detail(pointer: pointer, detail: detail))
    }

    /// Call once everything was read.
    func check() throws(Refusal) {
        guard errors.isEmpty else { throw .body(errors) }
    }
}
