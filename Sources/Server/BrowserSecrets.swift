import Access
import Sabotage
import Values

/// What a browser is known by: 256 random bits, as text.
enum RandomText {
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.urlText
    }

    /// 43 characters of base64url.
    static func isOne(_ text: String) -> Bool {
        text.utf8.count == 43
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension [UInt8] {
    /// Base64 of RFC 4648, 5, without padding.
    fileprivate var urlText: String {
        Base64.encode(self).replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
}

/// What only this process can make, and nobody can keep beyond it.
struct ProcessKey: Sendable {
    private let bytes: [UInt8]

    init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// - Parameter purpose: what is signed for one purpose is worth nothing for another.
    func sign(_ text: String, for purpose: String) -> String {
        SHA256.hmac(of: Array("\(purpose)\n\(text)".utf8), key: bytes).urlText
    }

    func holds(_ signature: String, of text: String, for purpose: String) -> Bool {
        let (given, wanted) = (Array(signature.utf8), Array(sign(text, for: purpose).utf8))
        guard given.count == wanted.count else { return false }
        // In the same time whatever differs.
        return zip(given, wanted).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// What proves that a form is of a page that this server gave to this browser: signed over what only that browser holds, its
/// session or, before there is one, 256 random bits of its own.
struct FormTokens: Sendable {
    private let key: ProcessKey

    init(_ key: ProcessKey) { self.key = key }

    func token(boundTo secret: String) -> String { key.sign(secret, for: "form") }

    func holds(_ token: String?, boundTo secret: String) -> Bool {
        if isMutant(.csrfUnchecked) { return true }
        return token.map { key.holds($0, of: secret, for: "form") } ?? false
    }
}

/// A login on its way, which the browser keeps for us, signed: so nobody fills our memory with logins that never end.
struct PendingLogin: Sendable {
    let provider: String
    let begun: LoginBegun
    /// Where it leads.
    let next: String

    /// How long somebody may take at the issuer's page.
    static let life = Duration.seconds(600)

    func text(at now: Duration, _ key: ProcessKey) -> String {
        let end = (now + Self.life).components.seconds
        let body = JSON.encode([
            "provider": .string(provider), "redirect": .string(begun.redirect),
            "state": .string(begun.state), "nonce": .string(begun.nonce),
            "verifier": .string(begun.verifier), "next": .string(next), "end": .int(end),
        ])
        let text = body.urlText
        return text + "." + key.sign(text, for: "login")
    }

    /// nil: it is not ours, or over.
    init?(_ cookie: String, at now: Duration, _ key: ProcessKey) {
        let parts = cookie.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, key.holds(parts[1], of: parts[0], for: "login") else { return nil }
        let base = parts[0].replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base.utf8.count % 4) % 4)
        guard let bytes = Base64.decode(base + padding), let body = try? JSON.parse(bytes),
            let end = body["end"]?.intValue, now < .seconds(end)
        else { return nil }
        func member(_ name: String) -> String { body[name]?.stringValue ?? "" }
        provider = member("provider")
        next = member("next")
        begun = LoginBegun(
            url: "", redirect: member("redirect"), state: member("state"), nonce: member("nonce"),
            verifier: member("verifier"))
    }

    init(provider: String, begun: LoginBegun, next: String) {
        self.provider = provider
        self.begun = begun
        self.next = next
    }
}
