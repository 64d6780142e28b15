import Testing
import Values

@Suite struct JSONTests {
    @Test func keepsOrderAndKinds() throws {
        let text = #"{"b":1,"a":[true,null,-2.5,"x\u00e9\n",1.0,1e3],"c":{}}"#
        let value = try JSON.parse(text)
        #expect(
            JSON.string(value) == "{\"b\":1,\"a\":[true,null,-2.5,\"xé\\n\",1.0,1000.0],\"c\":{}}")
        #expect(value["b"] == .int(1))
        #expect(try JSON.parse(JSON.encode(value)) == value)
    }

    @Test(arguments: [
        ("9223372036854775807", Value.int(.max)), ("-9223372036854775808", .int(.min)),
        ("9223372036854775808.0", .double(9_223_372_036_854_775_808)), ("-0", .int(0)),
        ("1E2", .double(100)), ("0.1", .double(0.1)),
    ])
    func numbersHaveKinds(text: String, value: Value) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test func writtenMemberByMemberIsWhatEncodingTheValueGives() {
        var json = JSONText()
        json.object { json in
            json.member("text", "a\"b\\\u{1}é")
            json.member("least", Int64.min)
            json.member("most", Int64.max)
            json.member("none", optional: nil)
            json.member("some", optional: ["x": 1.0])
            json.member("empty", unlessEmpty: [Int64]()) { $0.value($1) }
            json.member("list", unlessEmpty: [Int64(0), 10, -7]) { $0.value($1) }
            json.name("nested")
            json.list { json in
                json.object { _ in }
                json.list { $0.value(Value.null) }
            }
            json.member("last", Value.uint(.max))
        }
        let value: Value = [
            "text": "a\"b\\\u{1}é", "least": .int(.min), "most": .int(.max), "some": ["x": 1.0],
            "list": [0, 10, -7], "nested": [[:], [nil]], "last": .uint(.max),
        ]
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == String(decoding: JSON.encode(value), as: UTF8.self))
    }

    @Test(arguments: [
        "", " ", "nul", "01", "-", "1.", ".5", "1e", "1e999", "+1", "NaN", "[1,]", "[1",
        "{\"a\":1,}",
        "{a:1}", "{\"a\" 1}", "{\"a\":1,\"a\":2}", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\\ud800\"",
        "\"\\ud800\\u0041\"", "\"a", "\"\u{1}\"", "1 2", "'a'", "// c\n1", "\u{FEFF}1",
        "\"\\u12g4\"",
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(text) }
    }

    @Test(arguments: ["9223372036854775808", "-9223372036854775809", "12345678901234567890123"])
    func anIntegerBeyond64BitsIsAnotherNumberOrAnError(text: String) throws {
        #expect(try JSON.parse(text, limits: .trusted).doubleValue == Double(text))
        #expect(JSON.isIntegerBeyond64Bits(text))
        let error = #expect(throws: JSONError.self) { try JSON.parse("[\(text)]") }
        #expect(error?.message == "the number is beyond 64 bits; send it as a text")
        #expect(error?.column == 2)
        #expect(try JSON.parse(text + ".0").doubleValue == Double(text))
        #expect(try JSON.parse("-9223372036854775808") == .int(.min))
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
    ])
    func refusesInvalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSON.parse(bytes) }
    }

    @Test func limitsDepthAndSize() throws {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: JSONError.self) { try JSON.parse(deep) }
        #expect(try JSON.parse(String(deep.dropFirst().dropLast())).listValue?.count == 1)
        #expect(throws: JSONError.self) {
            try JSON.parse("[1,2]", limits: JSONLimits(maxBytes: 4))
        }
    }

    @Test func errorsKnowTheirPlace() {
        let error = #expect(throws: JSONError.self) { try JSON.parse("{\"ä\": 1,\n \"é\": x}") }
        #expect(error?.line == 2)
        #expect(error?.column == 7)
    }

    @Test func canonicallyEqualKeysAreTwoKeys() throws {
        let value = try JSON.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        #expect(value.mapValue?.count == 2)
        #expect(value["e\u{301}"] == .int(2))
    }

    @Test func surrogatePairsAreOneCharacter() throws {
        #expect(try JSON.parse(#""\ud83d\ude00""#) == .string("\u{1F600}"))
    }

    @Test func prettyIsIndented() throws {
        #expect(
            JSON.pretty(["a": [1, 2], "b": [:]]) == """
                {
                  "a": [
                    1,
                    2
                  ],
                  "b": {}
                }
                """)
    }

    @Test func whatIsEncodedIsPlain() throws {
        let value: Value = .map([
            "t": .timestamp(Timestamp(seconds: 0)), "d": .duration(.seconds(60)),
            "b": .bytes(Array("hello".utf8)), "u": .uint(7), "n": .double(.nan), "y": .type("int"),
        ])
        #expect(try JSON.parse(JSON.string(value)) == value.plain)
        #expect(
            JSON.string(value)
                == #"{"t":"1970-01-01T00:00:00Z","d":"60s","b":"aGVsbG8=","u":7,"n":null,"y":"int"}"#
        )
    }
}

@Suite struct ValueMapTests {
    @Test func behavesAsADictionaryThatKeepsOrder() {
        var map = ValueMap()
        var expected: [(String, Int64)] = []
        var state: UInt64 = 42
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let name = "k\(state >> 40 % 23)"
            let position = expected.firstIndex { $0.0 == name }
            if state >> 50 & 3 == 0 {
                map[name] = nil
                if let position { expected.remove(at: position) }
            } else {
                map[name] = .int(Int64(state >> 44))
                if let position {
                    expected[position].1 = Int64(state >> 44)
                } else {
                    expected.append((name, Int64(state >> 44)))
                }
            }
            #expect(map.entries.map(\.key.stringValue) == expected.map { Optional($0.0) })
            #expect(map[name]?.intValue == expected.first { $0.0 == name }?.1)
        }
    }

    @Test func equalityIgnoresOrder() {
        let a: ValueMap = ["x": 1, "y": 2]
        let b: ValueMap = ["y": 2, "x": 1]
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        #expect(a != ["x": 1, "y": 2.0])
        #expect(Value.int(1) != Value.double(1))
    }
}
