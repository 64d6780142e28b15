import CEL
import Testing

@Suite struct RegexTests {
    func matches(_ text: String, _ pattern: String) throws -> Bool? {
        let expression = try Expression(parsing: "text.matches(pattern)")
        return try expression.evaluate(["text": .string(text), "pattern": .string(pattern)])
            .boolValue
    }

    @Test(arguments: [
        ("grey", "gr(a|e)y"), ("", "^$"), ("ab12", "^[a-z]+\\d{2}$"), ("a\nb", "(?m)^b$"),
        ("a\nb", "(?s)a.b"), ("STRASSE", "(?i)strasse"), ("Ünal", "^\\p{Lu}\\p{Ll}+$"),
        ("a.b", "a\\.b"), ("x]", "^[]x]+$"), ("a-b", "^[a-]+b$"), ("foo bar", "\\bbar\\b"),
        ("aaa", "^a{3}$"), ("aaaa", "^a{2,}$"), ("a{x", "a{x"), ("tab\t", "\\t$"), ("é", "^.$"),
        ("[[", "^[[]+$"), ("abc9", "^[[:alpha:]]+[^[:alpha:]]$"), ("a*b", "\\Qa*b\\E"),
        ("\u{1F600}", "^\\x{1F600}$"), ("ac", "^a(?:b|c)?$"), ("zz", "(?P<n>z)z"),
        ("ABc", "^(?i:ab)c$"), ("foobar", "^foo.*?bar$"),
    ])
    func finds(text: String, pattern: String) throws {
        #expect(try matches(text, pattern) == true)
    }

    @Test(arguments: [
        ("gray", "^e"), ("a\nb", "a.b"), ("a\nb", "^b"), ("ABC", "(?i:ab)c"), ("foobar", "\\bbar"),
        ("aa", "^a{3}$"), ("Ü", "\\w"), ("b", "[^b]"), ("", "."), ("aB", "^[[:lower:]]+$"),
    ])
    func doesNotFind(text: String, pattern: String) throws {
        #expect(try matches(text, pattern) == false)
    }

    @Test(arguments: [
        "(", ")", "a**", "*a", "[b-a]", "[", "a{2,1}", "a{1001}", "\\1", "(?=a)", "(?<!a)", "\\",
        "(?<n", "\\p{Klingon}", "[[:nope:]]", "((a{100}){100}){100}", "((){1000}){1000}", "\\xg",
        "(?z)", "\\y",
    ])
    func refuses(pattern: String) {
        #expect(throws: EvaluationError.self) { try matches("a", pattern) }
    }

    /// Takes exponential time where matching goes back.
    @Test func staysLinear() throws {
        let text = String(repeating: "a", count: 2000) + "b"
        #expect(try matches(text, "^(a+)+$") == false)
        #expect(try matches(text, "^(a|aa)*$") == false)
        #expect(try matches(text, "^(a?){40}a{40}") == true)
    }

    @Test func agreesWithTheStandardLibrary() throws {
        var state: UInt64 = 5
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        func pattern(_ depth: Int) -> String {
            switch depth == 0 ? next(4) : next(9) {
            case 0, 1: return "a"
            case 2: return "b"
            case 3: return "[^a]"
            case 4: return "(?:\(pattern(depth - 1))|\(pattern(depth - 1)))"
            case 5: return "(?:\(pattern(depth - 1)))*"
            case 6: return "(?:\(pattern(depth - 1)))?"
            case 7: return "(?:\(pattern(depth - 1))){1,2}"
            default: return pattern(depth - 1) + pattern(depth - 1)
            }
        }
        for _ in 0..<300 {
            let source = "^\(pattern(3))$"
            let reference = try Regex(source)
            for _ in 0..<6 {
                let text = String((0..<next(6)).map { _ in Array("abc")[next(3)] })
                #expect(
                    try matches(text, source) == (text.firstMatch(of: reference) != nil),
                    "\(source) on \(text)")
            }
        }
    }
}
