import Pages
import Testing

@testable import CEL
@testable import Values

/// `docs/reference/expressions.md` says what is so: every example on it is evaluated, and every function, macro and operator is on
/// it.
@Suite struct ReferenceTests {
    private let page: Tables

    init() throws { page = try Tables("expressions.md") }

    private func bindings() throws -> Bindings {
        let begin = try #require(
            page.text.firstRange(of: "<!-- names of the examples -->\n```json\n"))
        let rest = page.text[begin.upperBound...]
        let end = try #require(rest.firstRange(of: "\n```")).lowerBound
        var bindings: Bindings = ["now": .timestamp(Timestamp(seconds: 1_767_603_600))]
        for (name, value) in try JSON.parse(String(rest[..<end])).mapValue?.entries ?? [] {
            bindings[name.stringValue ?? ""] = value
        }
        return bindings
    }

    @Test func everyExampleGivesItsResult() throws {
        let bindings = try bindings()
        let examples = page.rows.filter { $0["expression"] != nil }
        #expect(examples.count > 100)
        for row in examples {
            let source = row["expression"].code
            do {
                let value = try Expression(parsing: source).evaluate(bindings)
                let wanted = try Expression(parsing: row["result"].code).evaluate(bindings)
                #expect(value == wanted, "\(source)")
                #expect(value.typeName == wanted.typeName, "\(source)")
            } catch let error as EvaluationError {
                let wanted = try #require(row["result"])
                #expect("error: \(error.message)".hasPrefix(wanted), "\(source): \(error.message)")
            }
        }
    }

    @Test func everyTemplateGivesItsResult() throws {
        let bindings = try bindings()
        let examples = page.rows.filter { $0["template"] != nil }
        #expect(!examples.isEmpty)
        for row in examples {
            let template = try Template(parsing: JSON.parse(row["template"].code))
            let wanted = try Expression(parsing: row["gives"].code).evaluate(bindings)
            #expect(try template.evaluate(bindings) == wanted)
        }
    }

    @Test func everyKeywordOfSchemasStandsThere() throws {
        let rows = try Tables("language.md").rows.compactMap { $0["keyword"] }
        let shown = rows.flatMap { row in
            row.split(separator: "`").enumerated().filter { $0.offset.isMultiple(of: 2) }
                .map { String($0.element) }
        }
        #expect(Set(shown) == Set(Schema.keywords))
        let formats = try Tables("language.md").rows.first { $0["keyword"] == "`format`" }
        for format in Schema.Format.allCases {
            #expect(formats?.values.contains { $0.contains("`\(format.rawValue)`") } == true)
        }
    }

    @Test func everyFunctionStandsThereWithItsArguments() throws {
        let signatures = page.rows.compactMap { $0["function"].map { Signature($0.code) } }
        for style in [Function.Style.global, .receiver] {
            let shown = signatures.filter { $0.style == style }
            let names = Function.names(style)
            #expect(Set(shown.map(\.name)) == Set(names))
            for signature in shown {
                let function = try #require(Function.find(signature.name, style))
                #expect(
                    signature.arity.lowerBound == function.arity.lowerBound, "\(signature.name)")
                #expect(
                    signature.isOpen || signature.arity == function.arity, "\(signature.name)")
            }
        }
        for row in page.rows where row["function"] != nil {
            let name = try #require(Signature(row["function"].code).name.split(separator: ".").last)
            #expect(row["expression"].code.contains("\(name)("), "the example of \(name)")
        }
    }

    @Test func everyMacroStandsThere() throws {
        let shown = page.rows.compactMap { $0["macro"]?.code.prefix { $0 != "(" } }.map(String.init)
        #expect(
            Set(shown)
                == Set(Comprehension.Kind.allCases.map(\.rawValue)).union([
                    "has", "exists_one", "optMap", "optFlatMap", "cel.bind",
                ]))
    }

    @Test func everyOperatorStandsThere() {
        let shown = page.rows.compactMap { $0["operator"] }.joined()
        for symbol in Symbol.allCases
        where ![.comma, .openParenthesis, .closeParenthesis].contains(symbol) {
            #expect(shown.contains(symbol.rawValue), "\(symbol.rawValue)")
        }
    }
}

/// `s.split(separator[, parts])`, as the page writes it.
private struct Signature {
    var name: String
    let style: Function.Style
    let arity: ClosedRange<Int>
    /// It ends in `…`.
    let isOpen: Bool

    init(_ text: String) {
        let head = text.prefix { $0 != "(" }
        let arguments = text.dropFirst(head.count + 1).dropLast()
        let parts = arguments.split { $0 == "[" || $0 == "]" }
        let isBare = head.wholeMatch(of: /[a-z0-9]+\..*/) == nil
        let isNamespaced = Function.find(String(head), .global) != nil
        style = isBare || isNamespaced ? .global : .receiver
        name = String(style == .global ? head : head.drop { $0 != "." }.dropFirst())
        isOpen = arguments.contains("…")
        func count(_ text: Substring) -> Int {
            text.split(separator: ",").filter { !$0.allSatisfy { $0 == " " || $0 == "…" } }.count
        }
        let hasOptional = arguments.contains("[")
        let fixed = arguments.hasPrefix("[") ? 0 : count(parts.first ?? "")
        let optional = hasOptional ? count(parts.last ?? "") : 0
        let receiver = style == .receiver ? 1 : 0
        arity = (fixed + receiver)...(fixed + optional + receiver)
    }
}

extension String {
    /// What stands in its first backticks.
    var code: String {
        let parts = split(separator: "`", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : ""
    }
}

extension String? {
    fileprivate var code: String { self?.code ?? "" }
}
