import Testing

@testable import Access

/// What stands in a text is seen, and does nothing.
@Suite struct PrintableTextTests {
    @Test(arguments: [
        ("a\u{202E}b", "a\\u202eb"), ("\u{200B}", "\\u200b"), ("x\u{FEFF}", "x\\ufeff"),
        ("a\u{AD}b", "a\\u00adb"), ("\u{E0041}", "\\udb40\\udc41"), ("a\nb\u{1B}", "a\\nb\\u001b"),
        ("a\u{200D}b", "a\\u200db"), ("\u{200C}", "\\u200c"), ("é\u{200D}", "é\\u200d"),
        ("👨\u{200D}👩", "👨\u{200D}👩"), ("می\u{200C}خواهم", "می\u{200C}خواهم"),
        ("e\u{301}", "e\u{301}"),
        ("plain", "plain"),
    ])
    func whatNobodySeesIsShown(_ text: String, _ shown: String) {
        #expect(Array(text.printable.utf8) == Array(shown.utf8))
    }
}
