/// What a browser gets.
package struct ConsoleResponse: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    func adding(_ more: [(name: String, value: String)]) -> ConsoleResponse {
        ConsoleResponse(status: status, headers: headers + more, body: body)
    }

    static func html(_ text: String, status: Int = 200) -> ConsoleResponse {
        ConsoleResponse(
            status: status,
            headers: [
                ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                ("Content-Security-Policy", policy),
            ], body: Array(text.utf8))
    }

    /// After a form: the browser asks for a page, and going back sends nothing again.
    package static func seeOther(
        _ path: String, _ headers: [(name: String, value: String)] = []
    ) -> ConsoleResponse {
        ConsoleResponse(
            status: 303, headers: [("Location", path), ("Cache-Control", "no-store")] + headers,
            body: [])
    }

    /// Nothing inline, nothing of others.
    private static let policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}
