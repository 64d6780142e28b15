import Access
import ArgumentParser
import Definition
import Engine
import Execution
import Values

/// Why a command did not do what it was asked to, and the status that it exits with.
struct Failure: Error, Hashable {
    let status: Int32
    /// Empty: there is nothing to add to what was printed.
    let message: String
    var fix: String?
    var details: [Problem.Detail] = []
    /// How the command is written, where it was written wrongly.
    var usage: String?

    init(status: Int32, _ message: String = "", fix: String? = nil, details: [Problem.Detail] = [])
    {
        self.status = status
        self.message = message
        self.fix = fix
        self.details = details
    }

    init(_ problem: Problem) {
        self.init(
            status: problem.code.exitStatus, problem.message, fix: problem.fix,
            details: problem.errors)
    }

    /// Nil for what the argument parser words by itself (usage, help).
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let problem as Problem: self.init(problem)
        case let error as StoreError: self.init(.store(error))
        default: return nil
        }
    }

    /// A problem document of the API.
    init(status http: Int, document: Value) {
        let code = document["code"]?.stringValue ?? ""
        let details = (document["errors"]?.listValue ?? []).map {
            Problem.Detail(
                pointer: $0["pointer"]?.shown ?? "", detail: $0["detail"]?.shown ?? "")
        }
        self.init(
            status: Self.exitStatus(code: code, http: http),
            document["detail"]?.shown ?? "the server answered HTTP \(http)",
            fix: document["fix"]?.shown, details: details)
    }

    private static func exitStatus(code: String, http: Int) -> Int32 {
        if let known = Problem.Code(rawValue: code) { return known.exitStatus }
        switch http {
        case 401, 403: return 4
        case 404: return 3
        case 409: return code == "rejected" ? 1 : 5
        case 408, 504: return 7
        case 429, 502, 503: return 8
        default: return 1
        }
    }

    /// `error:`, then one line for each pointer, then `fix:`.
    func text(style: Style) -> String {
        guard !message.isEmpty else { return "" }
        var lines = [style.red("error:") + " " + message]
        lines += details.map { "  \($0.pointer.isEmpty ? "/" : $0.pointer): \($0.detail)" }
        if let fix { lines.append(style.bold("fix:") + " " + fix) }
        if let usage, !usage.isEmpty { lines.append(usage) }
        return lines.joined(separator: "\n") + "\n"
    }
}
