import Definition
import Execution
import Values

/// A body that is an object with known members; all that is wrong with it is said at once.
package struct BodyMembers {
    private let map: ValueMap
    private var errors: [Problem.Detail] = []

    /// So many things that are wrong are told at most.
    package static let maximumErrors = 100

    package init(_ map: ValueMap, known: [String]) {
        self.map = map
        for name in map.keys.compactMap(\.stringValue) where !known.contains(name) {
            guard errors.count < Self.maximumErrors else { break }
            let hint =
                nearestName(to: name, among: known).map { "did you mean `\($0)`?" }
                ?? "known: \(known.joined(separator: ", "))"
            note("/" + name.pointerToken, "unknown member; \(hint)")
        }
    }

    package subscript(name: String) -> Value? { map[name] }

    /// A non-empty string, or nil when the member is not there.
    package mutating func string(_ name: String, limit: Int = 200) -> String? {
        guard let value = map[name] else { return nil }
        guard let text = value.stringValue, !text.isEmpty, text.unicodeScalars.count <= limit else {
            note("/" + name, "a string of 1 to \(limit) characters is expected")
            return nil
        }
        return text
    }

    package mutating func requiredString(_ name: String, limit: Int = 200) -> String {
        if map[name] == nil { note("", "the member `\(name)` is missing") }
        return string(name, limit: limit) ?? ""
    }

    package mutating func object(_ name: String) -> ValueMap {
        guard let value = map[name] else { return ValueMap() }
        guard let object = value.mapValue else {
            note("/" + name, "an object is expected")
            return ValueMap()
        }
        return object
    }

    /// Empty when the member is not there.
    package mutating func strings(_ name: String) -> [String] {
        guard let value = map[name] else { return [] }
        let texts = value.listValue?.compactMap(\.stringValue)
        guard let texts, texts.count == value.listValue?.count else {
            note("/" + name, "a list of strings is expected")
            return []
        }
        return texts
    }

    package mutating func integer(_ name: String) -> Int64? {
        guard let value = map[name] else { return nil }
        guard case .int(let number) = value else {
            note("/" + name, "an integer is expected")
            return nil
        }
        return number
    }

    /// False when the member is not there.
    package mutating func flag(_ name: String) -> Bool {
        guard let value = map[name] else { return false }
        if value.boolValue == nil { note("/" + name, "true or false is expected") }
        return value.boolValue ?? false
    }

    /// Why somebody does what they do; of spaces alone it says nothing.
    package mutating func reason(isRequired: Bool) -> String {
        if isRequired, map["reason"] == nil { note("", "the member `reason` is missing") }
        let limit = Int(clamping: ActionArgument.reasonLimit)
        guard let text = string("reason", limit: limit) else { return "" }
        if text.allSatisfy(\.isWhitespace) {
            note("/reason", "a reason is expected, and this is empty")
        }
        noteBlanks(in: .string(text), of: "reason")
        return text
    }

    /// What a suggestion leaves to whoever follows it, and they have left as it was.
    package mutating func noteBlanks(in value: Value, of member: String) {
        let places = Blank.places(
            in: value, of: member, at: "/" + member.pointerToken, atMost: Self.maximumErrors)
        for place in places {
            note(
                place.pointer,
                "`\(place.text)` only stands for a value: it is still to be filled in")
        }
    }

    /// A required moment, RFC 3339.
    package mutating func moment(_ name: String) -> Timestamp? {
        let text = requiredString(name, limit: 40)
        guard !text.isEmpty else { return nil }
        guard let moment = Timestamp(rfc3339: text) else {
            note("/" + name, "a moment such as 2026-01-31T00:00:00Z is expected")
            return nil
        }
        return moment
    }

    /// Something else that is wrong.
    package mutating func note(_ pointer: String, _ detail: String) {
        errors.append(Problem.Detail(pointer: pointer, detail: detail))
    }

    /// Call once everything was read.
    package func check() throws(Problem) {
        guard errors.isEmpty else { throw .body(errors) }
    }
}

extension BodyMembers {
    /// What an action declares, by its schema.
    mutating func read(_ argument: ActionArgument) -> Value? {
        let (name, schema) = (argument.name, argument.schema)
        switch schema["type"]?.stringValue {
        case "string" where schema["format"] == "date-time":
            return moment(name).map { .string($0.rfc3339) }
        case "string":
            let limit = Int(clamping: schema["maxLength"]?.intValue ?? 200)
            return argument.isRequired
                ? .string(requiredString(name, limit: limit))
                : string(name, limit: limit).map { .string($0) }
        case "integer":
            if argument.isRequired, map[name] == nil {
                note("", "the member `\(name)` is missing")
            }
            return integer(name).map { .int($0) }
        case "object":
            let object = object(name)
            if object.isEmpty, schema["minProperties"] != nil {
                note("/" + name, "an object with the members to set is expected")
            }
            return .map(object)
        default: return map[name]
        }
    }
}

extension Problem {
    package static func body(_ errors: [Problem.Detail]) -> Problem {
        Problem(
            .invalid, "the body does not fit", fix: "mend the members named in `errors`",
            errors: errors)
    }
}
