import Values

/// What a browser asks, understood as far as every page needs it.
package struct ConsoleRequest: Sendable {
    package let method: String
    /// Of the path, decoded.
    package let segments: [String]
    package let query: [(name: String, value: String)]
    /// The fields of a form that was sent.
    package let form: [(name: String, value: String)]
    /// Path and query as they came.
    package let target: String
    /// As which the browser addressed this server.
    package let host: String?
    private let cookies: [(name: String, value: String)]

    /// - Parameters:
    ///   - form: the body of a `POST`, `application/x-www-form-urlencoded`.
    ///   - cookie: the header.
    package init(
        method: String, target: String, segments: [String],
        query: [(name: String, value: String)], form: [UInt8], cookie: String?,
        host: String? = nil
    ) {
        self.method = method
        self.target = target
        self.segments = segments
        self.query = query
        self.host = host
        self.form = FormText.pairs(String(decoding: form, as: UTF8.self))
        cookies = (cookie ?? "").split(separator: ";").compactMap { part in
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { return nil }
            let name = sides[0].drop { $0 == " " }
            return (String(name), FormText.decoded(sides[1]))
        }
    }

    /// The first parameter of the query with this name.
    package func option(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The first field of the form with this name.
    package func field(_ name: String) -> String? { form.first { $0.name == name }?.value }

    /// Two of one name are none: nobody may choose which one counts.
    package func cookie(_ name: String) -> String? {
        let all = cookies.filter { $0.name == name }
        return all.count == 1 ? all[0].value : nil
    }

    /// What the form proves itself with.
    package var formToken: String? { field(FormText.token) }

    /// Who visits says so with this cookie: `operator/olga`.
    package static func actor(inCookie header: String?) -> String? {
        ConsoleRequest(
            method: "GET", target: "/", segments: [], query: [], form: [], cookie: header
        ).cookie(Cookie.actor)
    }
}

enum Cookie {
    static let actor = "pawl-actor"
    static let theme = "pawl-theme"

    /// Read by the server alone, sent by its own pages alone.
    static func header(_ name: String, _ value: String) -> (name: String, value: String) {
        let age = value.isEmpty ? 0 : 31_536_000
        return (
            "Set-Cookie",
            "\(name)=\(value.urlEncoded); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict"
        )
    }
}

/// `application/x-www-form-urlencoded`.
enum FormText {
    /// The field that every form of a page has.
    static let token = "form-token"

    static func pairs(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { part in
            let sides = part.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(sides[0]), sides.count > 1 ? decoded(sides[1]) : "")
        }
    }

    static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    /// As a segment of a path or a value of a query: all but unreserved characters (RFC 3986, 2.3) are escaped.
    package var urlEncoded: String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let code = String(byte, radix: 16, uppercase: true)
                text += "%" + (code.count == 1 ? "0" : "") + code
            }
        }
        return text
    }
}
