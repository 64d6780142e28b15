import Definition
import Execution
import Testing
import Values

@testable import Adapters

/// A remote that says our own token back does not get it into the history.
@Suite struct EchoedSecretsTests {
    private static let token = #"sk_live/9+"ü&x"#
    private static let request = OutgoingRequest.http(
        HTTPRequest(
            method: "POST", url: "https://bank.example.com/",
            headers: [
                HTTPHeader("Authorization", "Bearer \(token)")
            ], body: nil, timeout: .seconds(1), maximumResponseBytes: 1000, isQuestion: false))

    private static func basic(_ user: String, _ password: String) -> OutgoingRequest {
        let pair = Base64.encode(Array("\(user):\(password)".utf8))
        return .http(
            HTTPRequest(
                method: "POST", url: "https://bank.example.com/",
                headers: [HTTPHeader("authorization", "Basic \(pair)")], body: nil,
                timeout: .seconds(1), maximumResponseBytes: 1000, isQuestion: false))
    }

    /// Each way in which somebody writes the token into an answer, between `a` and `z`.
    @Test(arguments: [
        token, #"sk_live\/9+\"ü&x"#, #"sk_live/9+\"\u00fc&x"#,
        #"\u0073k_live/9+\u0022\u00FC\u0026x"#,
        "sk_live%2F9%2B%22%C3%BC%26x", "sk_live%2f9%2b%22%c3%bc%26x", "sk_live/9+&quot;ü&amp;x",
        "sk_live/9+&#34;&#xFC;&#x26;x", "%73%6B_live/9+%22ü&x",
        "736b5f6c6976652f392b22c3bc2678", "736B5F6C6976652F392B22C3BC2678",
    ])
    func everyWayOfWritingItIsFound(_ echo: String) {
        let secrets = EchoedSecrets(of: Self.request)
        #expect(secrets.removed(from: "a\(echo)z\(echo)") == "a[secret]z[secret]")
    }

    @Test(arguments: ["", "a", "ab", "abc", "Bearer ", "{\"authorization\": \""])
    func inBase64ItIsFoundWhateverStandsAround(_ before: String) {
        let secrets = EchoedSecrets(of: Self.request)
        let text = Base64.encode(Array("\(before)\(Self.token)\", and so on".utf8))
        for echo in [text, text.replacing("+", with: "-").replacing("/", with: "_")] {
            let rest = secrets.removed(from: "seen: \(echo).")
            #expect(rest.contains("[secret]"), "\(rest)")
            // What is left of it tells less than a byte at each end.
            for part in rest.split(separator: "[secret]") {
                let bytes = Base64.decode(String(part.drop { $0 != " " }.dropFirst())) ?? []
                #expect(!String(decoding: bytes, as: UTF8.self).contains("sk_"))
            }
        }
    }

    @Test func inUTF16ItIsFound() {
        let secrets = EchoedSecrets(of: Self.request)
        let units = "a\(Self.token)z".utf16
        let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let mark = Array(EchoedSecrets.mark.utf8)
        #expect(secrets.removed(from: big) == [0, 0x61] + mark + [0, 0x7A])
        // All high bytes are zero: it is found a byte early.
        #expect(secrets.removed(from: little) == [0x61] + mark + [0, 0x7A, 0])
    }

    /// One that begins as an escape does is found as it is and escaped.
    @Test(arguments: [#"%41\u0042&amp;x"#, "%2541%5Cu0042%26amp%3Bx", #"%41\\u0042&amp;x"#])
    func aSecretMayLookLikeAnEscape(_ echo: String) {
        let secrets = EchoedSecrets(texts: [#"%41\u0042&amp;x"#])
        #expect(secrets.removed(from: "<\(echo)>") == "<[secret]>")
    }

    @Test func thePairOfBasicIsASecretAndSoIsItsPassword() {
        let secrets = EchoedSecrets(of: Self.basic("shop", "correct horse"))
        let echo = "Basic c2hvcDpjb3JyZWN0IGhvcnNl is wrong: correct+horse, correct%20horse of shop"
        #expect(
            secrets.removed(from: echo) == "Basic [secret] is wrong: [secret], [secret] of shop")
    }

    /// As Stripe has it.
    @Test func aUserWithoutAPasswordIsTheSecret() {
        let secrets = EchoedSecrets(of: Self.basic("sk_test_4eC39", ""))
        let echo = #"{"message": "Invalid API Key provided: sk_test_4eC39 (c2tfdGVzdF80ZUMzOTo=)"}"#
        #expect(
            secrets.removed(from: echo)
                == #"{"message": "Invalid API Key provided: [secret] ([secret])"}"#)
    }

    /// `pw` is in many a word.
    @Test func aShortPasswordIsLeftButForItsPair() {
        let secrets = EchoedSecrets(of: Self.basic("shop", "pw"))
        #expect(secrets.removed(from: "c2hvcDpwdw== is pw") == "[secret] is pw")
    }

    @Test func whatHoldsNoneIsUntouched() {
        let secrets = EchoedSecrets(of: Self.request)
        let body = [UInt8]((0...255).map { UInt8($0) }) + Array("sk_live/9+%\\u00&#".utf8)
        #expect(secrets.removed(from: body) == body)
        #expect(EchoedSecrets(texts: []).removed(from: body) == body)
    }

    @Test func headersRepliesAndFailuresAreReadTheSameWay() {
        let secrets = EchoedSecrets(of: Self.request)
        let answer = Answer.http(
            HTTPResponse(
                status: 401, headers: [HTTPHeader("WWW-Authenticate", "no \(Self.token)")],
                body: Array(Self.token.utf8)))
        #expect(
            secrets.removed(from: .success(answer))
                == .success(
                    .http(
                        HTTPResponse(
                            status: 401, headers: [HTTPHeader("WWW-Authenticate", "no [secret]")],
                            body: Array("[secret]".utf8)))))
        let failure = TransportFailure(.lost, wasSent: true, message: "broke at \(Self.token)")
        #expect(
            secrets.removed(from: .failure(failure))
                == .failure(
                    TransportFailure(.lost, wasSent: true, message: "broke at [secret]")))
    }

    /// A mail server is told `AUTH PLAIN` and may say it back.
    @Test func whatAMailServerSaysBackIsHidden() {
        let message = MailMessage(
            from: MailAddress("a@example.com")!, to: [], subject: "", text: "", html: nil,
            messageID: "<1@example.com>", date: Timestamp(seconds: 0))
        let secrets = EchoedSecrets(
            of: .mail(
                MailRequest(
                    host: .name("mail.example.com"), port: 25, encryption: .required,
                    credentials: Credentials(user: "shop", password: "mail-s3cret"),
                    message: message, timeout: .seconds(1))))
        let reply = MailReply(code: 535, text: "AHNob3AAbWFpbC1zM2NyZXQ= (mail-s3cret) is wrong")
        #expect(
            secrets.removed(from: .success(.mail(reply)))
                == .success(.mail(MailReply(code: 535, text: "[secret] ([secret]) is wrong"))))
    }
}
