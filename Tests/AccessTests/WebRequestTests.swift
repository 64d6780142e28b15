import Testing

@testable import Access

@Suite struct WebRequestTests {
    private func isForeign(
        _ method: String = "POST", host: String? = "127.0.0.1:8087", origin: String? = nil,
        site: String? = nil
    ) -> Bool {
        WebRequest.isForeign(method: method, host: host, origin: origin, fetchSite: site)
    }

    @Test func aProgramSaysNothingOfASite() {
        #expect(!isForeign())
        #expect(!isForeign(host: nil))
    }

    @Test(arguments: ["cross-site", "same-site", "", "same-origin, cross-site", "Same-Origin"])
    func whatABrowserSaysOfAnotherSiteIsBelieved(site: String) {
        #expect(isForeign(site: site))
        #expect(isForeign("PUT", origin: "http://127.0.0.1:8087", site: site))
        #expect(!isForeign("GET", site: site))
    }

    @Test(arguments: ["same-origin", "none"])
    func aPageOfThisServerAndATypedAddressAreItsOwn(site: String) {
        #expect(!isForeign(site: site))
    }

    @Test(arguments: [
        "http://evil.example", "null", "", "http://127.0.0.1:3000", "http://localhost:8087",
        "http://127.0.0.1", "chrome-extension://abc", "127.0.0.1:8087",
    ])
    func anotherOriginIsForeign(origin: String) {
        #expect(isForeign(origin: origin))
        #expect(isForeign("DELETE", origin: origin))
        #expect(!isForeign("HEAD", origin: origin))
    }

    @Test func theServersOwnOriginIsNot() {
        #expect(!isForeign(origin: "http://127.0.0.1:8087"))
        #expect(!isForeign(host: "Jobs.example", origin: "https://jobs.example"))
        #expect(isForeign(host: nil, origin: "http://127.0.0.1:8087"))
    }

    @Test func aListenerOnLoopbackAnswersToItsOwnNamesOnly() {
        for host in ["127.0.0.1:8087", "localhost", "LOCALHOST:1", "[::1]:8087", "127.0.0.2"] {
            #expect(WebRequest.foreignName(host: host, at: "127.0.0.1") == nil)
        }
        for host in ["evil.example:8087", "127.0.0.1.evil.example", "0.0.0.0:8087", "[::2]:1", ""] {
            #expect(WebRequest.foreignName(host: host, at: "127.0.0.1") != nil)
        }
        #expect(WebRequest.foreignName(host: "pawl.example", at: "0.0.0.0") == nil)
        #expect(WebRequest.foreignName(host: nil, at: "127.0.0.1") == nil)
    }
}

@Suite struct PrintableTests {
    @Test func plainTextOfAnyLanguageStaysAsItIs() {
        let text = "Ключ é ö 漢字 👩‍👩‍👧 «a» \\n"
        #expect(text.printable == text)
    }

    @Test func whatATerminalObeysIsWrittenOut() {
        #expect("\u{1B}[2J".printable == #"\u001b[2J"#)
        #expect("a\r\nb\tc".printable == #"a\r\nb\tc"#)
        #expect("a\r\nb\tc".printableLines == "a\\r\nb\tc")
        #expect("\u{0}\u{7F}\u{9B}".printable == #"\u0000\u007f\u009b"#)
    }

    @Test(
        arguments: [0x61C, 0x200E, 0x200F, 0x2028, 0x2029] + Array(0x202A...0x202E)
            + Array(0x2066...0x2069))
    func whatTurnsTextAroundIsWrittenOut(scalar: UInt32) throws {
        let character = try #require(Unicode.Scalar(scalar))
        #expect(
            String(character).printable == "\\u" + (scalar < 0x1000 ? "0" : "")
                + String(scalar, radix: 16))
    }
}
