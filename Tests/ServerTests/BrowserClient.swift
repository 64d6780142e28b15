import Foundation
import Testing
import Values

/// A browser, as far as the server sees one: it keeps what it is given, follows nothing, and says whose page is behind a
/// request.
final class BrowserClient: @unchecked Sendable {
    struct Reply {
        let status: Int
        let headers: [(name: String, value: String)]
        let text: String

        func all(_ name: String) -> [String] {
            headers.filter { $0.name == name.lowercased() }.map(\.value)
        }
        func header(_ name: String) -> String? { all(name).first }
        var location: String? { header("Location") }
        /// What the page's forms prove themselves with.
        var token: String {
            String(text.firstMatch(of: #/name="form-token" value="([^"]*)"/#)?.output.1 ?? "")
        }
        /// Where the page goes by itself.
        var onward: String? {
            text.firstMatch(of: #/http-equiv="refresh" content="0;url=([^"]*)"/#).map {
                String($0.output.1).replacing("&amp;", with: "&")
            }
        }
    }

    let port: Int
    /// Used by one test at a time.
    var jar: [(name: String, value: String)] = []

    init(port: Int) { self.port = port }

    func cookie(_ name: String) -> String? { jar.first { $0.name == name }?.value }

    func get(_ path: String, _ headers: [(String, String)] = [("Sec-Fetch-Site", "same-origin")])
        async throws -> Reply
    {
        try await ask("GET", path, headers)
    }

    /// From a form that stands at `page`.
    func post(
        _ path: String, from page: String, _ fields: [(String, String)],
        _ headers: [(String, String)] = [("Sec-Fetch-Site", "same-origin")]
    ) async throws -> Reply {
        let token = try await get(page).token
        return try await post(path, fields + [("form-token", token)], headers)
    }

    func post(
        _ path: String, _ fields: [(String, String)],
        _ headers: [(String, String)] = [("Sec-Fetch-Site", "same-origin")]
    ) async throws -> Reply {
        let body = fields.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
        let form = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Length", "\(body.utf8.count)"),
        ]
        return try await ask("POST", path, form + headers, body)
    }

    func ask(
        _ method: String, _ path: String, _ headers: [(String, String)], _ body: String = "",
        host: [String] = ["127.0.0.1"]
    ) async throws -> Reply {
        var lines = ["\(method) \(path) HTTP/1.1"] + host.map { "Host: \($0)" }
        lines += headers.map { "\($0.0): \($0.1)" } + ["Connection: close"]
        let cookies = jar.map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
        if !cookies.isEmpty { lines.append("Cookie: \(cookies)") }
        let text = (lines + ["", body]).joined(separator: "\r\n")
        let bytes = try await RawConnection.exchange(Array(text.utf8), port: port)
        let reply = try Self.reply(bytes)
        keep(reply)
        return reply
    }

    private func keep(_ reply: Reply) {
        for line in reply.all("Set-Cookie") {
            let pair = line.prefix { $0 != ";" }.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false
            ).map(String.init)
            jar.removeAll { $0.name == pair[0] }
            if !line.contains("Max-Age=0") { jar.append((pair[0], pair[1])) }
        }
    }

    private static func reply(_ bytes: [UInt8]) throws -> Reply {
        let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)), "no answer")
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let status = try #require(
            lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) })
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let sides = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (
                sides[0].lowercased(), (sides.last ?? "").trimmingCharacters(in: .whitespaces)
            )
        }
        return Reply(
            status: status, headers: headers,
            text: String(decoding: bytes[end.upperBound...], as: UTF8.self))
    }

    func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
