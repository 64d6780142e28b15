import Testing

@testable import Sandbox

@Suite("An SMTP conversation")
struct SMTPSessionTests {
    /// Feeds bytes and keeps every action; a mail is accepted as soon as it comes.
    static func talk(
        _ text: String, credentials: SMTPSession.Credentials? = nil, cut: Int = .max,
        reply: MailReply = .accept(after: .zero)
    ) -> (codes: [String], mails: [Mail], isClosed: Bool) {
        var session = SMTPSession(credentials: credentials)
        var (codes, mails, isClosed): ([String], [Mail], Bool) = ([], [], false)
        var rest = Array(text.utf8)[...]
        repeat {
            session.receive(rest.prefix(cut))
            rest = rest.dropFirst(cut)
            while let action = session.next() {
                switch action {
                case .reply(let line):
                    codes.append(String(line.prefix(3)))
                case .deliver(let mail):
                    mails.append(mail)
                    session.answer(reply)
                case .close:
                    isClosed = true
                }
            }
        } while !rest.isEmpty
        return (codes, mails, isClosed)
    }

    static let envelope = "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"
    static let ehlo = ["220", "250", "250", "250", "250"]

    @Test("takes a pipelined mail, cut anywhere", arguments: [1, 2, 3, 7, 1000])
    func pipelined(cut: Int) {
        let text = Self.envelope + "Subject: s\r\n\r\n..dot\r\nend\r\n.\r\nNOOP\r\nQUIT\r\n"
        let (codes, mails, isClosed) = Self.talk(text, cut: cut)
        #expect(codes == Self.ehlo + ["250", "250", "354", "250", "250", "221"])
        #expect(mails.map(\.text) == [".dot\nend\n"])
        #expect(mails.map(\.from) == ["a@x"])
        #expect(mails.map(\.to) == [["b@x"]])
        #expect(isClosed)
    }

    @Test("does not take a bare line feed for the end of a mail")
    func smuggling() {
        let text = Self.envelope + "a\n.\nMAIL FROM:<evil@x>\r\n.\r\n"
        let (_, mails, _) = Self.talk(text)
        #expect(mails.count == 1)
        #expect(mails.first?.from == "a@x")
    }

    @Test(
        "refuses what is out of order or malformed",
        arguments: [
            ("MAIL FROM:<a@x>\r\n", "503"), ("EHLO\r\n", "501"), ("FLY\r\n", "500"),
            ("STARTTLS\r\n", "502"), ("EHLO me\r\nRCPT TO:<b@x>\r\n", "503"),
            ("EHLO me\r\nDATA\r\n", "503"), ("EHLO me\r\nMAIL FROM:a@x\r\n", "501"),
            ("EHLO me\r\nMAIL FROM:<a@x> SIZE=9999999\r\n", "552"),
            ("EHLO me\r\nMAIL FROM:<a@x> SMTPUTF8\r\n", "555"),
            ("EHLO me\r\nMAIL FROM:<\u{e9}@x>\r\n", "501"),
            ("EHLO me\r\nMAIL FROM:<a@x>\r\nMAIL FROM:<a@x>\r\n", "503"),
            ("EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<>\r\n", "501"),
            ("EHLO me\r\nAUTH PLAIN AGEAYg==\r\n", "502"),
        ])
    func refuses(text: String, code: String) {
        #expect(Self.talk(text).codes.last == code)
    }

    @Test("limits lines, sizes, recipients and errors")
    func limits() {
        let long = String(repeating: "x", count: 1001)
        #expect(Self.talk(Self.envelope + long + "\r\n.\r\n").codes.last == "500")
        #expect(
            Self.talk(long + String(repeating: "y", count: 20_000) + "\r\n").codes.last == "500")
        let line = String(repeating: "x", count: 900) + "\r\n"
        let big = String(repeating: line, count: Mail.sizeLimit / 900 + 1)
        let (codes, mails, _) = Self.talk(Self.envelope + big + ".\r\nNOOP\r\n", cut: 4096)
        #expect(codes.suffix(2) == ["552", "250"])
        #expect(mails.isEmpty)
        let many = String(repeating: "RCPT TO:<b@x>\r\n", count: SMTPSession.recipientLimit + 1)
        #expect(Self.talk("EHLO me\r\nMAIL FROM:<a@x>\r\n" + many).codes.last == "452")
        #expect(Self.talk(String(repeating: "FLY\r\n", count: 60)).isClosed)
    }

    @Test("takes no commands out of the body of a page's request")
    func page() {
        let talk = Self.talk("POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO me\r\nMAIL FROM:<a@x>\r\n")
        #expect(talk.codes == ["220", "221"])
        #expect(talk.isClosed)
    }

    @Test(
        "accepts PLAIN and LOGIN",
        arguments: [
            "AUTH PLAIN AHUAcA==\r\n", "AUTH PLAIN\r\nAHUAcA==\r\n",
            "AUTH LOGIN\r\ndQ==\r\ncA==\r\n", "AUTH LOGIN dQ==\r\ncA==\r\n",
        ])
    func auth(text: String) {
        let credentials = SMTPSession.Credentials(user: "u", password: "p")
        let right = Self.talk(
            "EHLO me\r\n" + text + "MAIL FROM:<a@x>\r\n", credentials: credentials)
        #expect(right.codes.suffix(2) == ["235", "250"])
        let other = SMTPSession.Credentials(user: "u", password: "q")
        let wrong = Self.talk("EHLO me\r\n" + text + "MAIL FROM:<a@x>\r\n", credentials: other)
        #expect(wrong.codes.suffix(2) == ["535", "530"])
    }

    @Test("passes the sink's refusal on and goes on")
    func refusal() {
        let text = Self.envelope + "x\r\n.\r\nNOOP\r\n"
        let (codes, _, isClosed) = Self.talk(text, reply: .reject(code: 550))
        #expect(codes.suffix(2) == ["550", "250"])
        #expect(!isClosed)
    }
}
