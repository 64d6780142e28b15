import CEL
import Testing
import Values

/// The names that workflows see.
let order: Bindings = [
    "input": ["orderId": "o-1", "clientId": "c-9", "visitAt": "2026-11-21T09:30:00Z"],
    "context": ["worker": "w-17", "price": 5200, "tags": ["new", "large"], "note": nil],
    "params": ["limit": 5000, "grace": "1h"],
    "now": .timestamp(Timestamp(seconds: 1_795_253_400)),
]

func evaluate(_ source: String, _ bindings: Bindings = order) throws -> Value {
    try Expression(parsing: source).evaluate(bindings)
}

@Suite struct ExpressionTests {
    @Test(
        arguments: [
            ("context.price <= params.limit", Value.bool(false)),
            ("context.worker == 'w-17' && 'new' in context.tags", true),
            ("timestamp(input.visitAt) + duration(params.grace) > now", true),
            ("has(context.worker) && !has(context.cancelled)", true),
            ("context.tags.map(t, t.upperAscii()).join('+')", "NEW+LARGE"),
            ("context.?cancelled.orValue('no')", "no"),
            ("context[?'price'].hasValue()", true),
            ("cel.bind(total, context.price * 2, total + total)", 20800),
            ("1 / 0 == 1 || true", true),
            ("context.missing == 1 && false", false),
            ("1 == 1.0 && 1u == 1 && 1 < 1.5", true),
            ("context.note == null", true),
            ("size('e\u{301}')", 2),
            ("'\u{E9}' == 'e\u{301}'", false),
            ("[3, 1, 2].sort()", [1, 2, 3]),
            ("[{'n': 2}, {'n': 1}].sortBy(x, x.n).map(x, x.n)", [1, 2]),
            ("[1, 1.0, 2u, 2, [1], [1.0]].distinct().size()", 3),
            ("[1, [2, [3]]].flatten()", [1, 2, [3]]),
            ("[1, [2, [3]]].flatten(2)", [1, 2, 3]),
            ("[1, 2, 3].sum() + [].sum()", 6),
            ("{'a': 1, 'b': 1}.merge({'b': 2})", ["a": 1, "b": 2]),
            ("[1, 2, 3].slice(1, 3)", [2, 3]),
            ("[1, 2].last().value()", 2),
            ("type(context.price) == int", true),
            ("now.getHours('Europe/Berlin')", 10),
            ("now.getHours('+02:30')", 12),
            ("math.greatest(1, context.price, 3)", 5200),
        ] as [(String, Value)])
    func says(source: String, value: Value) throws {
        #expect(try evaluate(source) == value)
    }

    @Test(
        arguments: [
            ("9223372036854775807 + 1", EvaluationError.Kind.overflow),
            ("-9223372036854775808 / -1", .overflow), ("1 % 0", .divideByZero),
            ("1 + 1.0", .noSuchOverload), ("context.tags[2]", .indexOutOfRange),
            ("context.tags[-1]", .indexOutOfRange), ("contxt", .unknownIdentifier),
            ("context.workr", .noSuchField), ("context.note.text", .noSuchField),
            ("input.orderId.length", .noSuchOverload), ("{1: 1, 1u: 2}", .duplicateKey),
            ("int('x')", .invalidArgument), ("'a'.matches('(')", .invalidArgument),
            ("'a' < 1", .noSuchOverload), ("'a' && true", .noSuchOverload),
            ("timestamp('2026-02-29T00:00:00Z')", .invalidArgument), ("foo(1)", .unknownFunction),
            ("now.getHours('Mars/Base')", .invalidArgument),
            ("timestamp('9999-12-31T00:00:00Z') + duration('24h')", .overflow),
            ("[1, 'a'].sort()", .noSuchOverload), ("size(1, 2)", .noSuchOverload),
        ] as [(String, EvaluationError.Kind)])
    func fails(source: String, kind: EvaluationError.Kind) throws {
        let expression = try Expression(parsing: source)
        let error = #expect(throws: EvaluationError.self) { try expression.evaluate(order) }
        #expect(error?.kind == kind)
        #expect((error?.length ?? 0) > 0)
    }

    @Test(arguments: [
        "", "1 +", "(1", "[1", "{1", "a.", "a..b", "1 2", "'a", "'a\nb'", "'\\q'", "'\\ud800'",
        "0x", "1.5.6", "99999999999999999999", "9223372036854775808", "a = b", "if", "a.all(1, 2)",
        "a.map(x)", "has(a)", "has(a.b, c)", "a ? b", "#", "1a", "b'\\u00e9'", "a.`b c", "in",
        "[1].transformList(x, x, x)", "cel.bind(1, 2, 3)",
    ])
    func doesNotParse(source: String) {
        let error = #expect(throws: ParseError.self) { try Expression(parsing: source) }
        #expect((error?.offset ?? -1) >= 0)
        #expect((error?.offset ?? 0) <= source.utf8.count)
    }

    @Test func messagesNameThePathAndTheNearestKey() throws {
        let source = "input.clientID == 'c-9'"
        let error = #expect(throws: EvaluationError.self) { try evaluate(source) }
        #expect(error?.message == "no such key 'clientID' in input; did you mean 'clientId'?")
        #expect(
            error?.caretFrame(source: source) == """
                input.clientID == 'c-9'
                ^~~~~~~~~~~~~~ no such key 'clientID' in input; did you mean 'clientId'?
                """)
        let unknown = #expect(throws: EvaluationError.self) { try evaluate("contex.price") }
        #expect(unknown?.message == "unknown name 'contex'; did you mean 'context'?")
    }

    @Test func caretStandsUnderCodePointsOfTheRightLine() {
        let source = "'é' ==\n'ü' +"
        let error = #expect(throws: ParseError.self) { try Expression(parsing: source) }
        #expect(
            error?.caretFrame(source: source)
                == "'ü' +\n     ^ a value is expected, not the end")
    }

    @Test func issuesAreKnownBeforeEvaluation() throws {
        #expect(
            try Expression(parsing: "sise(input)").issues.map(\.message) == [
                "unknown function 'sise'; did you mean 'size'?"
            ])
        #expect(try Expression(parsing: "input.a.startsWith()").issues.count == 1)
        #expect(try Expression(parsing: "input.a.matches('[')").issues.count == 1)
        #expect(try Expression(parsing: "size(input) > 0").issues.isEmpty)
    }

    @Test func referencesLeaveOutVariablesOfMacros() throws {
        let source =
            "input.items.all(i, i.price < params.limit) && has(context.worker.name) && x[0]['k']"
        let references = try Expression(parsing: source).references
        #expect(
            references.map(\.path) == [
                ["input", "items"], ["params", "limit"], ["context", "worker", "name"], ["x"],
            ])
        #expect(references.map(\.isOptional) == [false, false, true, false])
        #expect(references[1].offset == 29)
        #expect(references[1].length == 12)
        #expect(
            try Expression(parsing: "event['data'].?id").references.map(\.path) == [
                ["event", "data", "id"]
            ])
    }

    @Test func explainsWhyAGuardIsFalse() throws {
        let guardExpression = try Expression(
            parsing: "context.price <= params.limit && context.worker.startsWith('x') || ghost")
        let parts = guardExpression.explain(order)
        #expect(parts.map(\.text) == ["context.price", "params.limit", "context.worker", "ghost"])
        #expect(parts.map(\.value) == [.int(5200), .int(5000), .string("w-17"), .none])
    }

    @Test func budgetEndsWhatWouldRunForEver() throws {
        let nested = "[1,2,3,4,5,6,7,8,9,10]"
        let loops = (0..<8).reduce("true") { body, n in "\(nested).all(x\(n), \(body))" }
        let error = #expect(throws: EvaluationError.self) { try evaluate(loops) }
        #expect(error?.kind == .budgetExceeded)
        let absorbed = #expect(throws: EvaluationError.self) { try evaluate("\(loops) || true") }
        #expect(absorbed?.kind == .budgetExceeded)
    }

    @Test(arguments: ["x + x", "[x, x]", "{'a': x, 'b': x}"])
    func budgetEndsWhatDoublesItself(step: String) throws {
        let doubled = (0..<40).reduce("x") { body, _ in "cel.bind(x, \(step), \(body))" }
        let error = #expect(throws: EvaluationError.self) {
            try evaluate(doubled, ["x": "0123456789abcdef"])
        }
        #expect(error?.kind == .budgetExceeded)
        let compared = #expect(throws: EvaluationError.self) {
            try evaluate("cel.bind(y, \(doubled), y == y)", ["x": "0123456789abcdef"])
        }
        #expect(compared?.kind == .budgetExceeded)
    }

    @Test(arguments: [
        "lists.range(5000).map(n, text).join(text)", "text.replace('', text)",
        "text.replace('a', text)",
        "'%s'.format([lists.range(5000).map(n, text)])", "lists.range(5000).map(n, text)",
        "lists.range(5000).map(n, text).distinct().size() == 1", "lists.range(9223372036854775807)",
        "lists.range(5000).all(n, text == other)", "text.matches('(a?){500}b$')",
        "lists.range(5000).map(n, text).sort().size() > 0",
        "lists.range(5000).all(n, text <= other)",
    ])
    func budgetIsPaidBeforeTheWork(source: String) throws {
        let text = String(repeating: "a", count: 1 << 16)
        let bindings: Bindings = ["text": .string(text), "other": .string(text + "")]
        let error = #expect(throws: EvaluationError.self) { try evaluate(source, bindings) }
        #expect(error?.kind == .budgetExceeded)
    }

    @Test func searchIsLinear() throws {
        let text = String(repeating: "a", count: 1 << 16)
        let bindings: Bindings = [
            "text": .string(text), "part": .string(text.dropFirst(1 << 15) + "b"),
        ]
        #expect(try evaluate("text.contains(part) || text.indexOf(part) >= 0", bindings) == false)
        #expect(try evaluate("text.lastIndexOf(part)", bindings) == -1)
        #expect(try evaluate("text.split(part).size()", bindings) == 1)
        #expect(try evaluate("'abababc'.indexOf('ababc') + 'ababa'.lastIndexOf('aba', 1)") == 2)
    }

    @Test func depthIsLimitedInEveryDirection() throws {
        let many = 5000
        let shapes = [
            String(repeating: "(", count: many) + "1" + String(repeating: ")", count: many),
            String(repeating: "!", count: many) + "true",
            String(repeating: "[", count: many) + String(repeating: "]", count: many),
            "1" + String(repeating: " + 1", count: many),
            "a" + String(repeating: ".a", count: many),
            String(repeating: "true ? 1 : ", count: many) + "1",
            "a" + String(repeating: "[0]", count: many),
        ]
        for shape in shapes {
            #expect(throws: ParseError.self) { try Expression(parsing: shape) }
        }
        #expect(try evaluate("1" + String(repeating: " + 1", count: 198)) == 199)
        #expect(try evaluate("true" + String(repeating: " && true", count: 5000)) == true)
        let deep = String(repeating: "[", count: 90) + String(repeating: "]", count: 90)
        #expect(try evaluate("size(\(deep))") == 1)
    }

    @Test func integersAgreeWithWiderOnes() throws {
        var state: UInt64 = 7
        func next() -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(bitPattern: state) >> Int64(state >> 58)
        }
        for _ in 0..<500 {
            let (a, b) = (next(), next())
            let wide: [(String, Int128?)] = [
                ("+", Int128(a) + Int128(b)), ("-", Int128(a) - Int128(b)),
                ("*", Int128(a) * Int128(b)), ("/", b == 0 ? nil : Int128(a) / Int128(b)),
                ("%", b == 0 ? nil : Int128(a) % Int128(b)),
            ]
            for (operation, exact) in wide {
                let result = try? evaluate("a \(operation) b", ["a": .int(a), "b": .int(b)])
                #expect(
                    result?.intValue == exact.flatMap { Int64(exactly: $0) },
                    "\(a) \(operation) \(b)")
            }
        }
    }

    @Test func noTextTrapsTheParser() {
        let seeds = [
            "context.price <= params.limit && has(a.b)",
            "[1, 2.5e3].map(x, x * 2u)[?0].orValue('é')",
            "{'a': b'\\xff', r\"\\n\": \"\"\"x\"\"\"}.all(k, v, k != v ? true : !false)",
            "'a'.matches('(a|b)*[^c-d]{2,3}\\\\d') || timestamp('2026-01-01T00:00:00Z').getMonth()",
        ]
        var state: UInt64 = 11
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for round in 0..<4000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0...next(4) {
                let place = next(bytes.count)
                switch next(3) {
                case 0: bytes.remove(at: place)
                case 1: bytes.insert(UInt8(32 + next(95)), at: place)
                default: bytes[place] = bytes[next(bytes.count)]
                }
            }
            let source = String(decoding: bytes, as: UTF8.self)
            guard let expression = try? Expression(parsing: source) else { continue }
            #expect(expression.source == source)
            _ = try? expression.evaluate(order, budget: 10_000)
            #expect(expression.explain(order).count <= source.utf8.count)
        }
    }
}
