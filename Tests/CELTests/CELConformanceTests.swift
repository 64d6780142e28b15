import CEL
import Foundation
import Testing
import Values

/// The public conformance tests of CEL (google/cel-spec), read from the folder `PAWL_SHARED` where
/// that is set.
@Suite struct CELConformanceTests {
    static let coreFiles: Set<String> = [
        "basic", "logic", "integer_math", "fp_math", "comparisons", "conversions", "fields",
        "lists", "macros", "macros2", "namespace", "parse", "plumbing", "string", "timestamps",
    ]
    static let extensionFiles: Set<String> = [
        "string_ext", "math_ext", "optionals", "bindings_ext", "encoders_ext",
    ]

    @Test func coreLanguage() throws {
        try check(Self.coreFiles, named: "core", total: 1140)
    }

    @Test func extensions() throws {
        try check(Self.extensionFiles, named: "extensions", total: 483)
    }

    private func check(_ files: Set<String>, named name: String, total: Int) throws {
        guard let shared = ProcessInfo.processInfo.environment["PAWL_SHARED"] else {
            print("CEL \(name): skipped, PAWL_SHARED is not set")
            return
        }
        let path = shared + "/conformance/cel/tests.json"
        let bytes = try #require(FileManager.default.contents(atPath: path), "\(path) is missing")
        let cases = try #require(try JSON.parse(Array(bytes), limits: .trusted).listValue)
        let chosen = cases.filter { files.contains($0["file"]?.stringValue ?? "") }
        let failures = chosen.compactMap(failure)
        print("CEL \(name): \(chosen.count - failures.count)/\(chosen.count)")
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        #expect(chosen.count == total)
    }

    /// What is wrong with one case, or nil.
    private func failure(_ test: Value) -> String? {
        let source = test["expr"]?.stringValue ?? ""
        let title =
            "\(test["file"]?.stringValue ?? "")/\(test["name"]?.stringValue ?? ""): \(source)"
        let wantsError = test["error"]?.boolValue == true
        do {
            var bindings = Bindings()
            for (key, value) in test["bindings"]?.mapValue?.entries ?? [] {
                bindings[key.stringValue ?? ""] = try typed(value)
            }
            let expression = try Expression(
                parsing: source, container: test["container"]?.stringValue ?? "")
            let result = try expression.evaluate(bindings)
            if wantsError { return "\(title)\n    gave \(result) instead of an error" }
            let wanted = try typed(test["value"] ?? .null)
            return result.resembles(wanted) ? nil : "\(title)\n    gave \(result), not \(wanted)"
        } catch {
            return wantsError ? nil : "\(title)\n    failed: \(error)"
        }
    }

    private struct Unreadable: Error {
        let value: Value
    }

    private func typed(_ value: Value) throws -> Value {
        let entry = try #require(value.mapValue?.entries.first)
        let text = entry.value.stringValue ?? ""
        switch entry.key.stringValue {
        case "null": return .null
        case "bool": return entry.value
        case "int": return .int(try #require(Int64(text)))
        case "uint": return .uint(try #require(UInt64(text)))
        case "double": return .double(try #require(Double(text)))
        case "string": return entry.value
        case "bytes": return .bytes(Array(try #require(Data(base64Encoded: text))))
        case "type": return .type(text)
        case "list": return .list(try entry.value.listValue.map { try $0.map(typed) } ?? [])
        case "map":
            var map = ValueMap()
            for pair in entry.value.listValue ?? [] {
                map[try typed(try #require(pair[0]))] = try typed(try #require(pair[1]))
            }
            return .map(map)
        case "duration":
            let seconds = try #require(entry.value[0]?.intValue)
            let nanoseconds = try #require(entry.value[1]?.intValue)
            return .duration(.seconds(seconds) + .nanoseconds(nanoseconds))
        case "timestamp":
            let seconds = try #require(entry.value[0]?.intValue)
            let nanoseconds = try #require(entry.value[1]?.intValue)
            return .timestamp(Timestamp(seconds: seconds, nanoseconds: Int32(nanoseconds)))
        default: throw Unreadable(value: value)
        }
    }
}

extension Value {
    /// Equal with equal kinds, but 0.0 and -0.0 count as one.
    fileprivate func resembles(_ other: Value) -> Bool {
        if case .double(let a) = self, case .double(let b) = other {
            return a == b || self == other
        }
        return self == other
    }
}
