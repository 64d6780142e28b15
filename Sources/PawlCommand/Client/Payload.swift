import Definition
import Foundation
import Values

/// The data of a start or an event, from `-d` and from `field=value` words.
enum Payload {
    /// - Parameters:
    ///   - source: `@file`, `@-` for stdin, or JSON itself.
    ///   - fields: win over the source; dots lead into nested objects.
    ///   - schema: tells which fields are strings even when they look like numbers.
    static func value(source: String?, fields: [String], schema: Value = .null) throws -> Value {
        var value = try source.map(read) ?? .map(ValueMap())
        for field in fields {
            guard let sign = field.firstIndex(of: "="), sign != field.startIndex else {
                throw Failure(
                    status: 64, "`\(field)` is no field=value", fix: "write it like clientId=c-7")
            }
            let path = field[..<sign].split(separator: ".").map(String.init)
            guard path.count <= 64 else {
                throw Failure(status: 64, "a field is at most 64 levels deep")
            }
            set(&value, path[...], String(field[field.index(after: sign)...]), schema)
        }
        return value
    }

    /// Where the schema wants an attachment, `field=@file` puts the file and becomes what refers to it.
    static func attaching(
        _ fields: [String], schema: Value, _ client: APIClient
    ) async throws -> [String] {
        var result: [String] = []
        for field in fields {
            guard let sign = field.firstIndex(of: "="),
                field[field.index(after: sign)...].hasPrefix("@")
            else {
                result.append(field)
                continue
            }
            let path = field[..<sign].split(separator: ".").map(String.init)
            let inner = path.reduce(schema) { $0["properties"]?[$1] ?? .null }
            guard inner["format"]?.stringValue == "attachment" else {
                result.append(field)
                continue
            }
            let file = String(field[field.index(after: sign)...].dropFirst())
            let reference = try await FileToAttach(file).put(client)
            result.append(field[...sign] + JSON.string(reference))
        }
        return result
    }

    private static func read(_ source: String) throws -> Value {
        let bytes: [UInt8]
        if source == "@-" {
            bytes = Array(FileHandle.standardInput.readDataToEndOfFile())
        } else if source.hasPrefix("@") {
            let path = String(source.dropFirst())
            guard let data = FileManager.default.contents(atPath: path) else {
                throw Problem(
                    .notFound, "\(path) cannot be read", fix: "name a file with JSON in it")
            }
            bytes = Array(data)
        } else {
            bytes = Array(source.utf8)
        }
        do {
            return try JSON.parse(bytes, limits: .exact)
        } catch {
            throw Problem(
                .malformed, "the data is no JSON: \(error)",
                fix: source.hasPrefix("@") ? nil : "a file is given as @file")
        }
    }

    private static func set(
        _ value: inout Value, _ path: ArraySlice<String>, _ text: String, _ schema: Value
    ) {
        guard let name = path.first else { return }
        let inner = schema["properties"]?[name] ?? .null
        guard path.count > 1 else {
            value[name] = scalar(text, inner)
            return
        }
        var member = value[name] ?? .map(ValueMap())
        set(&member, path.dropFirst(), text, inner)
        value[name] = member
    }

    private static func scalar(_ text: String, _ schema: Value) -> Value {
        let types =
            schema["type"]?.listValue?.compactMap(\.stringValue)
            ?? schema["type"]?.stringValue.map { [$0] } ?? []
        if types.contains("string"), !(text == "null" && types.contains("null")) {
            return .string(text)
        }
        return (try? JSON.parse(text)) ?? .string(text)
    }
}
