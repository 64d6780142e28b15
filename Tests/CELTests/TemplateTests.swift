import CEL
import Testing
import Values

@Suite struct TemplateTests {
    @Test(
        arguments: [
            ("${context.price}", Value.int(5200)), ("plain", "plain"), ("${input.orderId}", "o-1"),
            ("Order ${input.orderId} costs ${context.price}", "Order o-1 costs 5200"),
            ("$${context.price}", "${context.price}"), ("$ {a} $", "$ {a} $"), ("", ""),
            ("${ {'a': '}'}.a }", "}"), ("${{'n': {'m': 1}}.n}", ["m": 1]),
            ("note: ${context.note}", "note: "), ("${context.note}", nil),
            ("${context.tags} at ${now}", "[\"new\",\"large\"] at 2026-11-21T09:30:00Z"),
            ("${1.5}/${2.0}/${duration('90s')}", "1.5/2/90s"),
            ("cost $5, ${'$' + '{'}", "cost $5, ${"), ("${'a'}${'b'}", "ab"),
        ] as [(String, Value)])
    func strings(text: String, value: Value) throws {
        #expect(try Template(parsing: .string(text)).evaluate(order) == value)
    }

    @Test func structureIsDataAndLeavesAreExpressions() throws {
        let template = try Template(parsing: [
            "order": "${input.orderId}", "lines": [["price": "${context.price}"], 7],
            "fixed": ["a", 1],
        ])
        #expect(
            try template.evaluate(order) == [
                "order": "o-1", "lines": [["price": 5200], 7], "fixed": ["a", 1],
            ])
        #expect(template.expressions.map(\.source) == ["input.orderId", "context.price"])
        #expect(!template.isConstant)
        #expect(try Template(parsing: ["a": ["b", 1]]).isConstant)
        #expect(try Template(parsing: ["$${x}"]).constant == ["${x}"])
        #expect(try Template.literal("${not parsed").evaluate(order) == "${not parsed")
    }

    @Test func errorsPointIntoTheTemplate() {
        let error = #expect(throws: TemplateError.self) {
            try Template(parsing: ["a/b": [1, "x ${1 +} y"]])
        }
        #expect(error?.pointer == "/a~1b/1")
        #expect(error?.offset == 7)
        let open = #expect(throws: TemplateError.self) { try Template(parsing: "${ 'a}' ") }
        #expect(open?.message == "'${' without its '}'")
    }

    @Test func evaluationFailsWithItsExpression() throws {
        let template = try Template(parsing: "${context.prise}")
        let error = #expect(throws: EvaluationError.self) { try template.evaluate(order) }
        #expect(error?.kind == .noSuchField)
    }
}
