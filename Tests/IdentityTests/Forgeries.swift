import Crypto
import Values

@testable import Identity

/// A token that must not be taken, and what is wrong with it.
struct Forgery: Sendable, CustomStringConvertible {
    let name: String
    let algorithm: TokenAlgorithm
    let fault: TokenFault
    let token: @Sendable () throws -> String

    var description: String { "\(algorithm.rawValue): \(name)" }
}

/// Forges tokens of one key. Each is right but for one thing, and signed unless the signature is that thing.
struct Forger: Sendable {
    let key: TestKey
    /// Another key of the issuer's, another algorithm's.
    let other: TestKey
    /// Somebody else's, under the same name.
    let foreign: TestKey
    let issuer = TestIssuer()

    static let all = (0..<TestKey.algorithms.count).flatMap { index in
        Forger(
            key: TestKey.first[index], other: TestKey.first[(index + 1) % TestKey.first.count],
            foreign: TestKey.foreign[index]
        ).forgeries
    }

    var forgeries: [Forgery] {
        headers + sharedSecrets + types + names + parts + encodings + times + audiences + issuers
            + subjects + purposes + texts + signatures + signaturesOfItsKind
    }

    func forgery(
        _ name: String, _ fault: TokenFault, _ token: @escaping @Sendable () throws -> String
    ) -> Forgery {
        Forgery(name: name, algorithm: key.algorithm, fault: fault, token: token)
    }

    private func header(_ name: String, _ fault: TokenFault, _ changes: Value) -> Forgery {
        forgery("header \(name)", fault) { try key.token(key.header(changes), issuer.claims()) }
    }

    private func claim(_ fault: TokenFault, _ changes: Value) -> Forgery {
        let name = JSON.string(changes)
        return forgery("claims \(name.prefix(70))", fault) {
            try key.token(key.header(), issuer.claims(changes))
        }
    }

    private func without(_ name: String, _ fault: TokenFault) -> Forgery {
        forgery("no \(name)", fault) {
            var claims = issuer.claims()
            claims[name] = .none
            return try key.token(key.header(), claims)
        }
    }

    func valid() throws -> String { try key.token(key.header(), issuer.claims()) }

    // MARK: The header

    private var headers: [Forgery] {
        let none = ["none", "None", "NONE", "nOnE", "noNe", "none ", "\u{0}none"]
        let names = [
            "HS256", "RS1", "ES256K", "Ed25519", "RSA-OAEP", "dir", "A128KW", "", "RS384", "PS256",
            "ES384", "*", key.algorithm.rawValue.lowercased() + " ",
            key.algorithm.rawValue + "\u{0}", " " + key.algorithm.rawValue,
        ]
        let wrong: [Value] = [.null, 1, true, [.string(key.algorithm.rawValue)], ["a": 1]]
        let own: [Value] = [
            ["jwk": foreign.jwk], ["jwk": .null], ["jku": "https://evil.test/keys"],
            ["jku": .string(issuer.url + "/keys")], ["x5u": "https://evil.test/chain"],
            ["x5c": ["MIIB"]], ["x5c": []],
        ]
        let critical: [Value] = [
            ["crit": ["exp"]], ["crit": []], ["crit": "exp"], ["crit": .null],
            ["crit": ["b64"], "b64": false], ["b64": false], ["zip": "DEF"],
        ]
        return (none + names).map { header("alg \($0)", .algorithm, ["alg": .string($0)]) }
            + wrong.map { header("alg \($0)", .algorithm, ["alg": $0]) }
            + own.map { header("\(JSON.string($0).prefix(40))", .ownKey, $0) }
            + critical.map { header("\(JSON.string($0))", .critical, $0) }
            + [
                forgery("no alg", .algorithm) {
                    try key.token(["kid": .string(key.id)], issuer.claims())
                },
                forgery("none and no signature", .shape) {
                    let parts = try valid().split(separator: ".")
                    let header = Base64URL.encode(Array(#"{"alg":"none"}"#.utf8))
                    return "\(header).\(parts[1])."
                },
                forgery("its own key, signed by that", .ownKey) {
                    let header = foreign.header(["jwk": foreign.jwk])
                    return try foreign.token(header, issuer.claims())
                },
                header("another family", .key, ["alg": .string(other.algorithm.rawValue)]),
            ]
    }

    /// A public key that is taken for a shared secret: anybody has it.
    private var sharedSecrets: [Forgery] {
        key.publicForms.flatMap { form in
            ["HS256", "HS384", "HS512"].map { name in
                forgery("\(name) with the \(form.name)", .algorithm) {
                    let header = key.header(["alg": .string(name)])
                    let signed =
                        "\(Base64URL.encode(JSON.encode(header))).\(Base64URL.encode(JSON.encode(issuer.claims())))"
                    let secret = SymmetricKey(data: form.bytes)
                    let bytes = Array(signed.utf8)
                    let code: [UInt8] =
                        switch name {
                        case "HS256":
                            Array(HMAC<Crypto.SHA256>.authenticationCode(for: bytes, using: secret))
                        case "HS384":
                            Array(HMAC<SHA384>.authenticationCode(for: bytes, using: secret))
                        default:
                            Array(HMAC<SHA512>.authenticationCode(for: bytes, using: secret))
                        }
                    return "\(signed).\(Base64URL.encode(code))"
                }
            }
        }
    }

    private var types: [Forgery] {
        let types: [Value] = [
            "id+jwt", "dpop+jwt", "logout+jwt", "secevent+jwt", "JOSE", "", "jwt ", 1, .null,
            ["JWT"], "J\u{FF37}T",
        ]
        return types.map { header("typ \($0)", .type, ["typ": $0]) }
            + (["JWT", "json", .null] as [Value]).map { header("cty \($0)", .type, ["cty": $0]) }
    }

    private var names: [Forgery] {
        let names: [Value] = [
            "", "unknown", .string(other.id), .string(key.id + " "), .string(key.id.uppercased()),
            .string(key.id + "\u{0}"), "../../../../dev/null", "' OR 1=1 --", "*", "0",
            "https://evil.test/keys", "file:///dev/null", "$(id)", 1, .null, [.string(key.id)],
            .string(String(repeating: "k", count: 5_00)),
        ]
        return names.map { header("kid \("\($0)".prefix(30))", .key, ["kid": $0]) } + [
            forgery("no kid where there are several keys", .key) {
                try key.token(["alg": .string(key.algorithm.rawValue)], issuer.claims())
            }
        ]
    }

    // MARK: The text

    private var parts: [Forgery] {
        func changed(
            _ name: String, _ fault: TokenFault, _ change: @escaping @Sendable (String) -> String
        ) -> Forgery {
            forgery(name, fault) { change(try valid()) }
        }
        @Sendable func at(_ index: Int, _ text: String, _ part: String) -> String {
            var parts = text.split(separator: ".").map(String.init)
            parts[index] = part
            return parts.joined(separator: ".")
        }
        return [
            changed("nothing but dots", .shape) { _ in ".." },
            changed("four parts", .shape) { $0 + ".AAAA" },
            changed("five parts", .shape) { $0 + ".AAAA.AAAA" },
            changed("two parts", .shape) { $0.split(separator: ".")[..<2].joined(separator: ".") },
            changed("one part", .shape) { String($0.split(separator: ".")[0]) },
            changed("a dot before", .shape) { "." + $0 },
            changed("a dot behind", .shape) { $0 + "." },
            changed("no claims", .shape) { at(1, $0, "") },
            changed("no signature", .shape) { at(2, $0, "") },
            changed("no header", .shape) { at(0, $0, "") },
            changed("dots of full width", .shape) { $0.replacing(".", with: "\u{FF0E}") },
            changed("ideographic stops", .shape) { $0.replacing(".", with: "\u{3002}") },
            changed("accents on its dots", .encoding) { $0.replacing(".", with: ".\u{301}") },
            changed("escaped dots", .shape) { $0.replacing(".", with: "%2E") },
            changed("as a JSON object", .encoding) { #"{"payload":""# + $0 + #""}"# },
            changed("half of it", .shape) { String($0.prefix($0.count / 3)) },
            changed("twice", .shape) { $0 + $0 },
            changed("too long", .size) { $0 + String(repeating: "A", count: 17_000) },
            changed("too long a header", .json) {
                let header = #"{"alg":"\#(String(repeating: "a", count: 5_000))"}"#
                return at(0, $0, Base64URL.encode(Array(header.utf8)))
            },
        ]
    }

    private var encodings: [Forgery] {
        func encoded(_ name: String, _ change: @escaping @Sendable (String) -> String) -> [Forgery]
        {
            (0..<3).map { part in
                forgery("\(name) in part \(part)", .encoding) {
                    var parts = try valid().split(separator: ".").map(String.init)
                    parts[part] = change(parts[part])
                    return parts.joined(separator: ".")
                }
            }
        }
        return encoded("padding") { $0 + "=" } + encoded("more padding") { $0 + "==" }
            + encoded("a space") { $0.prefix(4) + " " + $0.dropFirst(4) }
            + encoded("a tab") { $0.prefix(4) + "\t" + $0.dropFirst(4) }
            + encoded("a line's end") { $0.prefix(4) + "\n" + $0.dropFirst(4) }
            + encoded("a NUL") { $0.prefix(4) + "\u{0}" + $0.dropFirst(4) }
            + encoded("what nobody sees") { $0.prefix(4) + "\u{200B}" + $0.dropFirst(4) }
            + encoded("a plus") { "+" + $0.dropFirst() }
            + encoded("a slash") { "/" + $0.dropFirst() }
            + encoded("a letter of another script") { "\u{0410}" + $0.dropFirst() }
            + encoded("one digit too many") { text in
                text + String(repeating: "A", count: (5 - text.utf8.count % 4) % 4)
            }
            + encoded("bits to spare") { text in
                // After a full group a byte more is begun; else the last digit has room.
                guard text.utf8.count % 4 != 0, let last = text.utf8.last else {
                    return text + "AB"
                }
                return text.dropLast() + String(UnicodeScalar(last + 1))
            }
    }

    // MARK: Claims

    private var times: [Forgery] {
        let now = TestIssuer.start.seconds
        let expiries: [Value] = [
            .string("\(now + 600)"), .double(Double(now + 600)), -1, .int(.min),
            253_402_300_800, .int(.max), .double(1e30), .null, true, [.int(now + 600)], ["a": 1],
            "never", "",
        ]
        let raw = [
            "NaN", "Infinity", "-Infinity", "1e400", "0x7fffffff", "+9999999999", "01", "1_0",
        ]
        return expiries.map { claim(.expiry, ["exp": $0]) }
            + ([0, 1, .int(now - 60), .int(now - 3_600)] as [Value]).map {
                claim(.expired, ["exp": $0])
            }
            + raw.map { text in
                forgery("exp \(text)", .json) {
                    try key.token(
                        text: JSON.string(key.header()),
                        #"{"iss":"\#(issuer.url)","aud":"pawl","sub":"ana","exp":\#(text)}"#)
                }
            }
            + ([.int(now + 61), "soon", -1, .double(Double(now)), .null] as [Value]).map {
                claim(.early, ["nbf": $0])
            }
            + ([.int(now + 61), .string("\(now)"), -1, .double(Double(now)), .null, [.int(now)]]
            as [Value]).map { claim(.issued, ["iat": $0]) }
            + [without("exp", .expiry)]
    }

    private var audiences: [Forgery] {
        let wrong: [Value] = [
            "other", "Pawl", "PAWL", "pawl ", " pawl", "paw", "pawl2", "pawl/", "*", "", .null, 1,
            true, [], ["other"], [["pawl"]], ["a": "pawl"], ["pawl", 1], [.null, "pawl"],
            "p\u{430}wl", "pawl,other", "other pawl", ["other", "another"],
        ]
        let parties: [Value] = [
            [:], ["azp": "other"], ["azp": 1], ["azp": .null], ["azp": ["pawl"]], ["azp": "Pawl"],
            ["client_id": "other"], ["azp": "other", "client_id": "pawl"],
        ]
        return wrong.map { claim(.audience, ["aud": $0]) }
            + parties.map { changes in
                var claims = changes
                claims["aud"] = ["other", "pawl"]
                return claim(.party, claims)
            } + [without("aud", .audience)]
    }

    private var issuers: [Forgery] {
        let wrong: [Value] = [
            .string(issuer.url + "/"), "https://LOGIN.acme.example", "http://login.acme.example",
            "https://login.acme.example:443", "https://login.acme.example.evil.test",
            "https://login.acme.example@evil.test", "https://login.\u{430}cme.example", "acme",
            "https://login.acme.example/../", "https://login.acme.example ", "", .null, 1,
            [.string(issuer.url)], .string(issuer.url + "#"), .string(issuer.url + "?a"),
            "https://accounts.google.com", "https://login.acm\u{65}\u{301}.example",
        ]
        return wrong.map { claim(.issuer, ["iss": $0]) } + [without("iss", .issuer)]
    }

    private var subjects: [Forgery] {
        let wrong: [Value] = [
            "", " ", " ana", "ana ", "ana\u{0}", "\u{0}", "a\na", "a\ta", "ana\u{202E}", "\u{200B}",
            "a\u{7F}", "\u{FEFF}ana", .string(String(repeating: "a", count: 256)), .null, 1, true,
            ["ana"], ["a": "ana"], "ana\u{A0}", "a\u{2028}a", "\u{E0041}",
        ]
        return wrong.map { claim(.subject, ["sub": $0]) } + [without("sub", .subject)]
    }

    private var purposes: [Forgery] {
        let wrong: [Value] = [
            ["nonce": "abc"], ["nonce": .null], ["at_hash": "abc"], ["c_hash": "abc"],
            ["s_hash": "abc"], ["typ": "ID"], ["typ": "Refresh"], ["typ": "Logout"], ["typ": 1],
            ["typ": .null], ["token_use": "id"], ["token_use": 1], ["events": [:]],
            ["cnf": ["jkt": "abc"]], ["cnf": ["x5t#S256": "abc"]], ["cnf": .null], ["cnf": [:]],
        ]
        return wrong.map { claim(.purpose, $0) }
    }

    /// What readers of JSON read differently.
    private var texts: [Forgery] {
        let good = JSON.string(issuer.claims())
        let inside = String(good.dropFirst().dropLast())
        let claims = [
            "", " ", "null", "1", "\"\(issuer.url)\"", "[\(good)]", "\(good)\(good)", "\(good),",
            "\(good)x", "{\(inside),}", "{\(inside)", "\u{FEFF}\(good)", "{'sub':'ana'}",
            "{\(inside),\"sub\":\"eve\"}", "{\"exp\":1,\(inside)}", "{\(inside),\"aud\":\"other\"}",
            "{\(inside),\"s\\u0075b\":\"eve\"}", "{\(inside),\"a\":\"\\ud800\"}",
            "{\(inside)//\n}", "{\(inside),\"a\":\(String(repeating: "[", count: 40))",
            "{\(inside),\"a\":\(String(repeating: "[", count: 13))"
                + "\(String(repeating: "]", count: 13))}", "{\(inside),\"a\":\"\n\"}",
            "{\(inside),\"__proto__\":{},\"__proto__\":{}}",
        ]
        let headers = [
            "[]", "\"\"", "{}{}", "{\"alg\":\"none\",", "{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}",
            "{\"kid\":\"a\",\"kid\":\"b\"}",
        ]
        return claims.enumerated().compactMap { index, text in
            text.isEmpty
                ? nil
                : forgery("claims text \(index) \(text.suffix(20).debugDescription)", .json) {
                    try key.token(text: JSON.string(key.header()), text)
                }
        }
            + headers.map { text in
                forgery("header text \(text)", .json) { try key.token(text: text, good) }
            }
            + [
                forgery("alg twice", .json) {
                    try key.token(
                        text:
                            #"{"alg":"none","alg":"\#(key.algorithm.rawValue)","kid":"\#(key.id)"}"#,
                        good)
                },
                forgery("claims that are no UTF-8", .json) {
                    try key.token(
                        bytes: JSON.encode(key.header()),
                        Array("{\(inside),\"a\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8))
                },
                forgery("claims as UTF-16", .json) {
                    try key.token(
                        bytes: JSON.encode(key.header()),
                        good.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
                },
            ]
    }
}
