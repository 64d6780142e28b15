import Definition
import Execution
import Foundation
import Values

/// The data of a start or an event, from `-d` and from `field=value` words.
enum Payload {
    /// - Parameters:
    ///   - source: `@file`, `@-` for stdin, or JSON itself.
    ///   - fields: beside the source; dots lead into nested objects. What is said twice is refused: nobody should have to
    ///     know which one counts.
    ///   - schema: tells which fields are strings even when they look like numbers.
    static func value(source: String?, fields: [String], schema: Value = .null) throws -> Value {
        try value(source.map(read) ?? .map(ValueMap()), fields, schema)
    }

    /// The same, with the files that fields name. Nothing is put where something is wrong with the fields.
    /// - Parameter dryRun: nothing is put, so that there is nothing to refer to.
    static func value(
        source: String?, fields: [String], schema: Value, dryRun: Bool = false,
        attachingTo client: APIClient
    ) async throws -> Value {
        let given = try source.map(read) ?? .map(ValueMap())
        _ = try value(given, fields, schema)
        return try value(
            given, await attaching(fields, schema: schema, dryRun: dryRun, client), schema)
    }

    private static func value(
        _ given: Value, _ fields: [String], _ schema: Value
    ) throws(Failure) -> Value {
        var value = given
        for field in fields {
            let (path, text) = try split(field)
            guard path.count <= 64 else {
                throw Failure(status: 64, "a field is at most 64 levels deep")
            }
            try checkIsNew(path, in: value)
            let inner = path.reduce(schema) { $0["properties"]?[$1] ?? .null }
            guard !JSON.isIntegerBeyond64Bits(text) || holdsText(inner) else {
                throw Failure(
                    status: 64, "`\(field)`: the number is beyond 64 bits",
                    fix: "give it as a text in what -d gives, where the workflow takes one")
            }
            set(&value, path[...], text, schema)
        }
        return value
    }

    /// `place.lat=44.8`
    private static func split(_ field: String) throws(Failure) -> (path: [String], text: String) {
        guard let sign = field.firstIndex(of: "="), sign != field.startIndex else {
            throw Failure(
                status: 64, "`\(field)` is no field=value", fix: "write it like clientId=c-7")
        }
        let path = field[..<sign].split(separator: ".").map(String.init)
        return (path, String(field[field.index(after: sign)...]))
    }

    private static func checkIsNew(_ path: [String], in value: Value) throws(Failure) {
        var member = value
        for (depth, name) in path.enumerated() {
            guard member.mapValue != nil else {
                throw .twice(path.prefix(depth))
            }
            guard let next = member[name] else { return }
            member = next
        }
        throw .twice(path[...])
    }

    /// Where the schema wants an attachment, `field=@file` puts the file and becomes what refers to it.
    private static func attaching(
        _ fields: [String], schema: Value, dryRun: Bool, _ client: APIClient
    ) async throws -> [String] {
        var result: [String] = []
        for field in fields {
            let (path, text) = try split(field)
            let inner = path.reduce(schema) { $0["properties"]?[$1] ?? .null }
            guard text.hasPrefix("@"), inner["format"]?.stringValue == "attachment" else {
                result.append(field)
                continue
            }
            let file = String(text.dropFirst())
            guard !dryRun else {
                throw Failure(
                    status: 64, "a dry run puts no file, and `\(field)` would",
                    fix:
                        "put it first: `\(CommandLineText(["attach", file]).text)`, and give what that prints"
                )
            }
            let reference = try await FileToAttach(file).put(client)
            result.append(path.joined(separator: ".") + "=" + JSON.string(reference))
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
            return try JSON.parse(bytes)
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
        if holdsText(schema), !(text == "null" && types(schema).contains("null")) {
            return .string(text)
        }
        return (try? JSON.parse(text)) ?? .string(text)
    }

    private static func holdsText(_ schema: Value) -> Bool { types(schema).contains("string") }

    private static func types(_ schema: Value) -> [String] {
        schema["type"]?.listValue?.compactMap(\.stringValue)
            ?? schema["type"]?.stringValue.map { [$0] } ?? []
    }
}

extension Failure {
    fileprivate static func twice(_ path: ArraySlice<String>) -> Failure {
        let name = path.isEmpty ? "the data" : "`\(path.joined(separator: "."))`"
        return Failure(
            status: 64, "\(name) is given twice",
            fix: "say it once: as field=value, or in what -d gives")
    }
}
