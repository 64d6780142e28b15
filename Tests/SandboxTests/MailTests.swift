import Testing
import Values

@testable import Marketplace
@testable import Sandbox

@Suite("The mail sink")
struct MailTests {
    func mail(_ lines: [String]) -> Mail {
        Mail(from: "a@x", to: ["b@x"], raw: Array(lines.joined(separator: "\r\n").utf8))
    }

    @Test("reads both parts of a multipart/alternative mail")
    func alternative() {
        let mail = mail([
            "Message-ID: <m1@pawl>", "Subject: =?utf-8?B?w4lwb3Bl?= =?UTF-8?Q?e_d'or?= now",
            "MIME-Version: 1.0", "Content-Type: multipart/alternative;", "  boundary=\"b 1\"", "",
            "preamble", "--b 1", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable", "", "Caf=C3=A9 =E2=82=AC5, a very=",
            " long line", "--b 1", "Content-Type: text/html; charset=utf-8",
            "Content-Transfer-Encoding: base64", "", "PGI+aGk8", "L2I+", "--b 1--", "epilogue",
        ])
        #expect(mail.messageID == "<m1@pawl>")
        #expect(mail.subject == "Épopee d'or now")
        #expect(mail.text == "Café €5, a very long line")
        #expect(mail.html == "<b>hi</b>")
    }

    @Test("joins a character that was cut across two encoded words")
    func cutCharacter() {
        #expect(mail(["Subject: =?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "", ""]).subject == "é")
    }

    @Test("reads a plain mail, a nested one and one in Latin-1")
    func plain() {
        #expect(mail(["Subject: a", "\tb", "", "body", ""]).subject == "a b")
        #expect(mail(["Subject: a", "", "body"]).text == "body")
        let nested = mail([
            "Content-Type: multipart/mixed; boundary=o", "", "--o",
            "Content-Type: multipart/alternative; boundary=i", "", "--i", "", "inner", "--i--",
            "--o", "Content-Disposition: attachment", "", "file", "--o--",
        ])
        #expect(nested.text == "inner")
        let latin = mail([
            "Content-Type: text/plain; charset=ISO-8859-1",
            "Content-Transfer-Encoding: quoted-printable", "", "=E9=",
        ])
        #expect(latin.text == "é")
    }

    @Test(
        "shows broken mails as they are",
        arguments: [
            "", "\r\n", "no header", ":\r\n\r\n",
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n",
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x", " \r\n\t\r\n", "Subject: =?x?=",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n=", "Subject: =?a?Q?=?=\r\n\r\n=4",
        ])
    func broken(text: String) {
        let mail = Mail(from: "", to: [], raw: Array(text.utf8))
        #expect(mail.raw.count == text.utf8.count)
        #expect(mail.html.isEmpty)
    }

    @Test("counts a repeated Message-ID instead of keeping it twice")
    func repeats() {
        var sink = MailSink()
        let first = Mail(from: "a", to: ["b"], messageID: "<1>", subject: "s", text: "t")
        let nameless = Mail(from: "a", to: ["b"], messageID: "", subject: "s", text: "t")
        #expect(sink.receive(first, now: dawn) == 1)
        #expect(sink.receive(first, now: dawn) == 1)
        #expect(sink.receive(nameless, now: dawn) == 3)
        #expect(sink.receive(nameless, now: dawn) == 4)
        #expect(sink.mails.map(\.repeats) == [1, 0, 0])
        #expect(sink.received == 4)
    }

    @Test("keeps the newest mails within its limit")
    func limit() {
        var sink = MailSink()
        for index in 0...MailSink.countLimit {
            sink.receive(
                Mail(from: "", to: [], messageID: "<\(index)>", subject: "", text: ""), now: dawn)
        }
        #expect(sink.mails.count <= MailSink.countLimit)
        #expect(sink.mails.last?.mail.messageID == "<\(MailSink.countLimit)>")
        #expect(sink.mail(1) == nil)
        #expect(sink.mail(Int64(MailSink.countLimit)) != nil)
    }

    @Test("shows mails as pages with nothing unescaped, and as JSON")
    func pages() throws {
        var world = SandboxWorld(bank: Bank())
        let evil = "<script>\"&'"
        let mail = Mail(
            from: "a@x", to: ["b@x"], messageID: "<1>", subject: evil, text: evil, html: evil)
        for _ in 0..<2 { _ = world.deliver(mail, now: dawn) }
        for path in ["/", "/mails", "/mails/1"] {
            let page = try world.get(path)
            #expect(page.status == 200)
            #expect(!String(decoding: page.body, as: UTF8.self).contains("<script>"))
            #expect(page.header("content-security-policy")?.hasPrefix("default-src 'none'") == true)
        }
        let list = try world.get("/mails.json").json
        #expect(list[0]?["subject"]?.stringValue == evil)
        #expect(list[0]?["repeats"] == 1)
        #expect(list[0]?["to"]?[0] == "b@x")
        for path in ["/mails/2", "/mails/x", "/mails/-1", "/nothing"] {
            #expect(try world.get(path).status == 404, "\(path)")
        }
    }
}
