import Definition
import Execution
import Testing
import Values

@testable import Adapters

@Suite("Mail: the message on the wire")
struct MailTests {
    private func message(
        from: String = "Lab <lab@example.com>", to: [String] = ["ann@example.org"],
        subject: String = "Your kit", text: String = "Hello\nAnn", html: String? = nil
    ) throws -> MailMessage {
        MailMessage(
            from: try #require(MailAddress(from)), to: to.compactMap { MailAddress($0) },
            subject: subject, text: text, html: html,
            messageID: MailMessage.messageID(key: "pawl/order/1009/3", domain: "example.com"),
            date: Timestamp(seconds: 1_767_268_800))
    }

    private func wire(_ message: MailMessage) -> String {
        String(decoding: message.bytes, as: UTF8.self)
    }

    @Test("a plain mail, byte for byte")
    func plain() throws {
        let expected = [
            "From: Lab <lab@example.com>", "To: ann@example.org", "Subject: Your kit",
            "Date: Thu, 01 Jan 2026 12:00:00 +0000",
            "Message-ID: <pawl.pawl=2Forder=2F1009=2F3@example.com>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable", "", "Hello", "Ann", "",
        ].joined(separator: "\r\n")
        #expect(wire(try message()) == expected)
    }

    @Test("a mail with two forms, byte for byte")
    func alternative() throws {
        let mail = try message(
            from: "Prüflabor <lab@example.com>", to: ["ann@example.org", "bob@example.org"],
            subject: "Ihr Prüfsatz für März", text: "Grüße", html: "<p style=\"x\">Grüße</p>")
        let expected = [
            "From: =?utf-8?B?UHLDvGZsYWJvcg==?=", " <lab@example.com>", "To: ann@example.org,",
            " bob@example.org", "Subject: =?utf-8?B?SWhyIFByw7xmc2F0eiBmw7xyIE3DpHJ6?=",
            "Date: Thu, 01 Jan 2026 12:00:00 +0000",
            "Message-ID: <pawl.pawl=2Forder=2F1009=2F3@example.com>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: multipart/alternative; boundary=\"=_pawl_alternative\"", "",
            "--=_pawl_alternative", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable", "", "Gr=C3=BC=C3=9Fe",
            "--=_pawl_alternative", "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable", "",
            "<p style=3D\"x\">Gr=C3=BC=C3=9Fe</p>", "--=_pawl_alternative--", "",
        ].joined(separator: "\r\n")
        #expect(wire(mail) == expected)
    }

    @Test(
        "bodies survive the encoding",
        arguments: [
            ("", [""]), ("a=b", ["a=3Db"]), ("a ", ["a=20"]), ("a\t\nb", ["a=09", "b"]),
            (".", ["=2E"]), ("From here", ["=46rom here"]), ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
            ("--=_pawl_alternative", ["--=3D_pawl_alternative"]), ("\u{0}\u{7F}", ["=00=7F"]),
            (
                String(repeating: "x", count: 77),
                [String(repeating: "x", count: 75) + "=", "xx"]
            ),
            (String(repeating: "x", count: 76), [String(repeating: "x", count: 76)]),
        ])
    func quotedPrintable(text: String, lines: [String]) {
        #expect(QuotedPrintable.lines(text) == lines)
    }

    @Test(
        "no text makes a line longer than 76, and every text comes back", arguments: UInt64(1)...50)
    func quotedPrintableProperty(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("abc =.F\tä€😀xyz")
        let text = String((0..<400).compactMap { _ in alphabet.randomElement(using: &generator) })
        let lines = QuotedPrintable.lines(text)
        #expect(lines.allSatisfy { $0.utf8.count <= 76 }, "seed \(seed)")
        #expect(decoded(lines) == text, "seed \(seed)")
    }

    @Test("long and foreign subjects become encoded words that break between characters")
    func subjects() throws {
        let long = String(repeating: "Prüfung ", count: 30)
        let lines = wire(try message(subject: long)).split(separator: "\r\n")
        let words = lines.filter { $0.contains("=?utf-8?B?") }
        #expect(words.count > 1)
        #expect(words.allSatisfy { $0.utf8.count <= 76 })
        #expect(EncodedWords.header("a =?utf-8?B?eA==?= b", after: 9).hasPrefix("=?utf-8?B?"))
        #expect(EncodedWords.header("plain", after: 9) == "plain")
    }

    @Test(
        "addresses that are none",
        arguments: [
            "", "ann", "@example.org", "ann@", "ann@example.org, bob@example.org",
            "ann@example.org bob@example.org", "ann@example.org>", "<ann@example.org",
            "a b@example.org",
            "ann@@example.org", ".ann@example.org", "an..n@example.org", "ann@exa mple.org",
            "ann@example.org\r\nBcc: x@example.org", "ann\u{0}@example.org", "ännchen@example.org",
            "ann@[127.0.0.1]", "ann@127.0.0.1", "Ann <ann@example.org> <bob@example.org> x",
            "Ann\nBcc: x <ann@example.org>", String(repeating: "a", count: 65) + "@example.org",
        ])
    func badAddresses(text: String) {
        #expect(MailAddress(text) == nil)
    }

    @Test(
        "domains in any letters are written as the wire knows them",
        arguments: [
            ("ann@münchen.example", "ann@xn--mnchen-3ya.example"),
            ("ann@MÜNCHEN.example", "ann@xn--mnchen-3ya.example"),
            ("ann@mu\u{308}nchen.example", "ann@xn--mnchen-3ya.example"),
            ("ann@例え.テスト", "ann@xn--r8jz45g.xn--zckzah"),
            ("Ann <ann@bücher.example>", "ann@xn--bcher-kva.example"),
            ("ann@ליהמהלאמדבריםעברית.example", "ann@xn--4dbcagda7afbvdqgd8dzee1b.example"),
        ])
    func domains(text: String, address: String) {
        #expect(MailAddress(text)?.address == address)
        for wrong in [
            "ann@mün\u{202E}chen.example", "ann@mün chen.example", "ann@ü..example",
            "ann@a\u{3002}ü",
        ] {
            #expect(MailAddress(wrong) == nil)
        }
    }

    @Test("names are written so that they cannot be read as addresses")
    func names() throws {
        #expect(
            try #require(MailAddress("Ann Lee <ann@example.org>")).headerText
                == "Ann Lee <ann@example.org>")
        let quoted = try #require(MailAddress(#""Ann \"A\" Lee" <ann@example.org>"#))
        #expect(quoted.name == #"Ann "A" Lee"#)
        #expect(
            MailAddress(#""Ann Lee" <ann@example.org>"#)?.headerText == "Ann Lee <ann@example.org>")
        let odd = try #require(MailAddress("a@b.example, Ann <ann@example.org>"))
        #expect(odd.headerText == "=?utf-8?B?YUBiLmV4YW1wbGUsIEFubg==?=\r\n <ann@example.org>")
    }

    @Test("identifications are stable and differ when keys do")
    func identification() {
        let keys =
            ["a/b", "a=2Fb", "a_b", "ä", String(repeating: "k", count: 200)]
            + [String(repeating: "k", count: 201)]
        let ids = keys.map { MailMessage.messageID(key: $0, domain: "example.com") }
        #expect(Set(ids).count == keys.count)
        #expect(ids == keys.map { MailMessage.messageID(key: $0, domain: "example.com") })
        #expect(
            ids.allSatisfy { $0.utf8.count < 400 && $0.utf8.allSatisfy { $0 > 32 && $0 < 127 } })
    }

    @Test("a mail is built from its templates; a repeat is the same mail")
    func built() throws {
        let row = Fixture.row(
            adapter: "mail", operation: "send",
            input: ["to": ["ann@example.org", "bob@example.org"], "subject": "S", "text": "T"])
        func request(_ row: CallRow) throws -> MailRequest {
            guard
                case .mail(let mail) = try Fixture.request(
                    Fixture.sendMail(), row: row,
                    manifest: Fixture.mailServer(url: "smtp://localhost:2525"))
            else { throw Missing("a mail") }
            return mail
        }
        let mail = try request(row)
        #expect(mail.message.to.map(\.address) == ["ann@example.org", "bob@example.org"])
        #expect(mail.port == 2525 && mail.encryption == .opportunistic)
        #expect(try request(row).message.bytes == mail.message.bytes)
    }

    @Test(
        "data cannot add headers or recipients",
        arguments: [
            ["to": "ann@example.org\r\nBcc: x@example.org", "subject": "S", "text": "T"],
            ["to": "ann@example.org,x@example.org", "subject": "S", "text": "T"],
            ["to": "ann@example.org", "subject": "S\r\nBcc: x@example.org", "text": "T"],
            ["to": [], "subject": "S", "text": "T"], ["to": "", "subject": "S", "text": "T"],
        ] as [Value])
    func injection(input: Value) throws {
        let unsent = #expect(throws: UnsentCall.self) {
            try Fixture.request(
                Fixture.sendMail(), row: Fixture.row(operation: "send", input: input),
                manifest: Fixture.mailServer(url: "smtp://localhost"))
        }
        #expect(unsent?.error.name == "invalid-input")
    }

    @Test(
        "how far a connection must be encrypted",
        arguments: [
            (
                "smtps://mail.example.com", TLSPolicy.optional, false,
                MailRequest.Encryption.immediate
            ),
            ("smtp://mail.example.com", .required, false, .required),
            ("smtp://mail.example.com", .optional, false, .opportunistic),
            ("smtp://mail.example.com", .optional, true, .required),
            ("smtp://localhost", .required, true, .opportunistic),
        ])
    func encryption(
        url: String, tls: TLSPolicy, hasSecret: Bool, encryption: MailRequest.Encryption
    ) throws {
        let manifest = try Fixture.mailServer(
            url: url,
            authentication: hasSecret
                ? .basic(user: .literal("u"), password: .literal("p")) : .none, tls: tls)
        let row = Fixture.row(
            operation: "send", input: ["to": "ann@example.org", "subject": "S", "text": "T"])
        let exchange = try Fixture.exchange(Fixture.sendMail(), row: row, manifest: manifest)
        let rules = try AddressRules(allowedHosts: ["localhost", "mail.example.com"])
        guard
            case .mail(let mail) = try exchange.request(
                settings: Fixture.noSettings, rules: rules)
        else { throw Missing("a mail") }
        #expect(mail.encryption == encryption)
    }

    /// RFC 2045, section 6.7, read backwards.
    private func decoded(_ lines: [String]) -> String {
        var bytes: [UInt8] = []
        for line in lines.joined(separator: "\n").replacing("=\n", with: "").split(
            separator: "=", omittingEmptySubsequences: false
        ).enumerated() {
            guard line.offset > 0 else {
                bytes += Array(line.element.utf8)
                continue
            }
            bytes += [UInt8(line.element.prefix(2), radix: 16) ?? 0]
            bytes += Array(line.element.dropFirst(2).utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
