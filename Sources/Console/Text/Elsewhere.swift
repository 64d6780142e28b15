import Execution
import Values

/// The same in a terminal: a line that does there what the page does here, to the same server and as the same visitor.
extension Visit {
    private static let usual = ["http://127.0.0.1:8087", "http://localhost:8087"]

    /// Where the browser found this server.
    private var base: String { "http://\(request.host ?? "127.0.0.1:8087")" }

    /// A line that changes nothing.
    func line(_ words: [String]) -> String { aimed(CommandLineText(words).text) }

    /// A line that does something, and is kept under a name.
    func act(_ words: [String]) -> String { signed(CommandLineText(words).text) }

    /// The same of a line that the API has made.
    func signed(_ line: String) -> String {
        let isOfNobody = api.actor == api.anonymous || line.contains(" --as ")
        return aimed(
            isOfNobody || isOfTheServer(line)
                ? line : line + " --as \(CommandLineText.quoted(api.actor))")
    }

    private func aimed(_ line: String) -> String {
        Self.usual.contains(base) || isOfTheServer(line)
            ? line : line + " --url \(CommandLineText.quoted(base))"
    }

    /// It is typed where the server is to run.
    private func isOfTheServer(_ line: String) -> Bool { line.hasPrefix("pawl serve") }

    func curl(_ call: APICall) -> String {
        let actor = call.actor ?? (api.actor == api.anonymous ? nil : api.actor)
        var line =
            "curl -X \(call.method) \(CommandLineText.quoted(base + call.target))"
            + " -H 'Content-Type: application/json'"
        if let actor { line += " -H \(CommandLineText.quoted("Pawl-Actor: \(actor)"))" }
        guard let body = call.body else { return line }
        return line + " -d "
            + CommandLineText.quoted(String(decoding: JSON.encode(body), as: UTF8.self))
    }
}
