import Testing
import Values

/// Text by its bytes: what looks alike is not the same.
@Suite struct ExactTextTests {
    /// Two spellings of é, the sign of the kelvin and the letter K, two question marks, two orders of accents.
    private static let twins = [
        ("caf\u{E9}", "cafe\u{301}"), ("\u{212A}elvin", "Kelvin"), ("a;b", "a\u{37E}b"),
        ("\u{1E9B}\u{323}", "\u{17F}\u{323}\u{307}"),
    ]

    @Test(arguments: twins) func lookAlikesAreTwo(_ one: String, _ other: String) {
        #expect(one == other, "Swift takes them for one")
        #expect(ExactText(one) != ExactText(other))
        #expect(!sameUTF8(one, other))
        #expect(Set<ExactText>([one, other, one]).count == 2)
        #expect((ExactText(one) < ExactText(other)) != (ExactText(other) < ExactText(one)))
        #expect([one].contains(exactly: one))
        #expect(![one].contains(exactly: other))
        var table: [ExactText: Int] = [:]
        table[one] = 1
        table[other, default: 5] += 1
        #expect(table[one] == 1)
        #expect(table[other] == 6)
        #expect(table.removeValue(forKey: one) == 1)
        #expect(table.sortedTexts.map { Array($0.utf8) } == [Array(other.utf8)])
    }

    @Test func theSameBytesAreOneHoweverTheyAreStored() {
        let long = String(repeating: "caf\u{E9}/", count: 20)
        let pieces = String(long.prefix(50)) + String(long.dropFirst(50))
        #expect(ExactText(long) == ExactText(pieces))
        #expect(ExactText(long).hashValue == ExactText(pieces).hashValue)
        #expect(ExactText("") == ExactText(""))
        #expect(sameUTF8(nil, nil))
        #expect(!sameUTF8(nil, ""))
    }

    @Test func theOrderIsThatOfTheBytes() {
        let texts = ["z", "\u{E9}", "e\u{301}", "e", "Z", "\u{10000}", "\u{FFFD}"]
        let sorted = texts.map { ExactText($0) }.sorted().map { Array($0.text.utf8) }
        #expect(sorted == texts.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
    }

    private struct Named: Hashable {
        @ExactText var name: String
    }

    @Test func aWrappedPropertyMakesItsTypeExact() {
        #expect(Named(name: "caf\u{E9}") != Named(name: "cafe\u{301}"))
        #expect(Set([Named(name: "caf\u{E9}"), Named(name: "cafe\u{301}")]).count == 2)
    }
}
