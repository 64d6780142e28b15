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

    @Test func typeDeduction() throws {
        try check(["type_deduction"], named: "type deduction", total: 26)
    }

    /// What runs is of the deduced type; nothing that the suite checks and runs is refused.
    @Test func typesOfAll() throws {
        let all = Self.coreFiles.union(Self.extensionFiles).union(["type_deduction"])
        try check(all, named: "checked", total: 1649, by: typeFailure)
    }

    private func check(
        _ files: Set<String>, named name: String, total: Int, by look: ((Value) -> String?)? = nil
    ) throws {
        guard let shared = ProcessInfo.processInfo.environment["PAWL_SHARED"] else {
            print("CEL \(name): skipped, PAWL_SHARED is not set")
            return
        }
        let path = shared + "/conformance/cel/tests.json"
        let bytes = try #require(FileManager.default.contents(atPath: path), "\(path) is missing")
        let cases = try #require(try JSON.parse(Array(bytes), limits: .trusted).listValue)
        let chosen = cases.filter { files.contains($0["file"]?.stringValue ?? "") }
        let failures = chosen.compactMap(look ?? failure)
        print("CEL \(name): \(chosen.count - failures.count)/\(chosen.count)")
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        #expect(chosen.count == total)
    }

    // MARK: Types

    private func typeFailure(_ test: Value) -> String? {
        let source = test["expr"]?.stringValue ?? ""
        let title =
            "\(test["file"]?.stringValue ?? "")/\(test["name"]?.stringValue ?? ""): \(source)"
        do {
            let expression = try Expression(
                parsing: source, container: test["container"]?.stringValue ?? "")
            let checked = expression.typed(in: try environment(of: test))
            if let wanted = test["deducedType"]?.stringValue, checked.type.description != wanted {
                return "\(title)\n    is \(checked.type), not \(wanted)"
            }
            // Whoever switches the check off says that it would refuse it.
            guard test["disable_check"]?.boolValue != true else { return nil }
            if let finding = checked.findings.first(where: { $0.kind != .mayBeNull }) {
                return "\(title)\n    refused: \(finding.message)"
            }
            guard let given = test["value"], !checked.type.admits(try typed(given)) else {
                return nil
            }
            return "\(title)\n    gives \(given), which is no \(checked.type)"
        } catch {
            return test["error"]?.boolValue == true ? nil : "\(title)\n    failed: \(error)"
        }
    }

    private func environment(of test: Value) throws -> TypeEnvironment {
        var environment = TypeEnvironment()
        for (key, value) in test["bindings"]?.mapValue?.entries ?? [] {
            environment[key.stringValue ?? ""] = CELType(of: try typed(value))
        }
        for entry in test["typeEnv"]?.listValue ?? [] {
            let overloads = (entry["overloads"]?.listValue ?? []).map { overload in
                TypeEnvironment.Overload(
                    (overload["params"]?.listValue ?? []).map { type($0.stringValue ?? "") },
                    type(overload["result"]?.stringValue ?? ""))
            }
            environment.declare(function: entry["name"]?.stringValue ?? "", overloads)
        }
        return environment
    }

    /// `tuple(T, U, V)`, `string`.
    private func type(_ text: String) -> CELType {
        let parts = text.split(separator: "(", maxSplits: 1)
        if parts.count == 2 {
            return .abstract(
                ExactText(String(parts[0])),
                parts[1].dropLast().split(separator: ",").map {
                    type($0.trimmingCharacters(in: .whitespaces))
                })
        }
        switch text {
        case "string": return .string
        case "int": return .int
        default: return .parameter(["T", "U", "V"].firstIndex(of: text) ?? 0)
        }
    }

    /// What is wrong with one case, or nil.
    private func failure(_ test: Value) -> String? {
        if test["deducedType"] != nil, let failure = typeFailure(test) { return failure }
        guard test["check_only"]?.boolValue != true else { return nil }
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

extension CELType {
    fileprivate func admits(_ value: Value) -> Bool {
        switch (self, value) {
        case (.dyn, _), (.nullable, .null): true
        case (.nullable(let inner), _): inner.admits(value)
        case (.list(let element), .list(let list)): list.allSatisfy(element.admits)
        case (.map(let key, let inner), .map(let map)):
            map.entries.allSatisfy { key.admits($0.key) && inner.admits($0.value) }
        case (.choice(let texts), .string(let text)): texts.contains(ExactText(text))
        case (.optional(let inner), .optional(let value)): value.map(inner.admits) ?? true
        case (.type, .type): true
        default: self == CELType(of: value)
        }
    }
}
