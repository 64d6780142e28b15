import Testing

@testable import CEL
@testable import Values

/// Data that workflows make grows in loops; expressions come from people, patterns and texts from anybody.
@Suite struct ValueLimitTests {
    private func nested(_ levels: Int) -> Value {
        (0..<levels).reduce(Value.int(1)) { value, _ in [value] }
    }

    @Test func aValueIsWeighedUpToItsLimits() {
        let limits = ValueLimits(maximumBytes: 1000, maximumDepth: 5)
        #expect(nested(5).excess(over: limits) == nil)
        #expect(nested(6).excess(over: limits) == .depth(limit: 5))
        #expect(Value.string(String(repeating: "x", count: 998)).excess(over: limits) == nil)
        #expect(
            Value.string(String(repeating: "x", count: 999)).excess(over: limits)
                == .size(limit: 1000))
        #expect(Value.map(["a": nested(4)]).excess(over: limits) == nil)
        #expect(Value.map(["a": nested(5)]).excess(over: limits) == .depth(limit: 5))
        #expect(Excess.size(limit: 1000).description == "larger than 1000 bytes")
    }

    /// Thirty doublings share their parts in memory, and would be a billion elements when written.
    @Test func sharedPartsCostNoMoreThanTheLimit() {
        let shared = (0..<30).reduce(Value.int(1)) { value, _ in [value, value] }
        #expect(shared.excess() == .size(limit: 1 << 20))
        #expect(shared.weight(upTo: 5000) == 5000)
    }

    @Test(arguments: [
        ("${[context]}", 200, "the value is nested deeper than 128 levels"),
        ("a ${context} b", 200, ""),
    ])
    func whatIsTooDeepIsNoValue(text: String, levels: Int, message: String) throws {
        let template = try Template(parsing: .string(text))
        let bindings: Bindings = ["context": nested(levels)]
        guard !message.isEmpty else {
            #expect(try template.evaluate(bindings).stringValue != nil)
            return
        }
        #expect(throws: EvaluationError(kind: .tooLarge, message: message, offset: 0, length: 0)) {
            try template.evaluate(bindings)
        }
    }

    @Test func whatIsTooLargeIsNoValue() throws {
        let megabyte = Value.string(String(repeating: "x", count: 1 << 20))
        let bindings: Bindings = [
            "input": ["half": .string(String(repeating: "x", count: 600_000))]
        ]
        for text in ["${input.half}${input.half}", "${input.half + input.half}"] {
            let error = #expect(throws: EvaluationError.self) {
                try Template(parsing: .string(text)).evaluate(bindings)
            }
            #expect(error?.kind == .tooLarge)
            #expect(error?.message.hasSuffix("larger than 1048576 bytes") == true)
        }
        #expect(throws: EvaluationError.self) {
            try Template(parsing: ["a": megabyte]).evaluate([:])
        }
    }

    @Test func messagesQuoteLittleOfWhatWasSent() throws {
        let long = String(repeating: "9", count: 100_000)
        let bindings: Bindings = ["x": .string(long)]
        for source in ["int(x)", "timestamp(x)", "{}[x]", "bool(x)"] {
            let error = #expect(throws: EvaluationError.self) {
                try Expression(parsing: source).evaluate(bindings)
            }
            #expect((1...500).contains(error?.message.unicodeScalars.count ?? 0), "\(source)")
        }
        #expect("abc".shortened(to: 3) == "abc")
        #expect("abcd".shortened(to: 3) == "ab…")
    }

    /// A set of ten thousand ranges is one instruction of the program, but not one look at a letter.
    @Test func aPatternWithALargeSetCostsWhatItLooksAt() throws {
        let set =
            "[" + (0..<5000).map { "\\x{\(String(0x4E00 + 2 * $0, radix: 16))}" }.joined() + "]"
        let bindings: Bindings = [
            "set": .string(set), "text": .string(String(repeating: "a", count: 100_000)),
        ]
        let error = #expect(throws: EvaluationError.self) {
            try Expression(parsing: "text.matches(set)").evaluate(bindings)
        }
        #expect(error?.kind == .budgetExceeded)
        let schema = try Schema(parsing: ["type": "string", "pattern": .string(set)])
        #expect(
            schema.decode(bindings["text"] ?? .null)
                == .invalid([Violation(pointer: "", detail: "is too long for its pattern")]))
    }

    @Test func aMapOfUnknownNamesIsComparedAHundredTimes() throws {
        let schema = try Schema(parsing: [
            "additionalProperties": false, "properties": ["colour": ["type": "string"]],
        ])
        let names = (0..<100_000).map { ("colou\($0)", Value.int(1)) }
        guard case .invalid(let violations) = schema.decode(.map(ValueMap(names))) else {
            Issue.record("unknown names are allowed")
            return
        }
        #expect(violations.count == Schema.violationLimit)
    }
}
