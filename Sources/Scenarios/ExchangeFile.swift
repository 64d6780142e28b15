import Assembly
import Definition
import Execution
import Foundation
import Values

/// One recorded exchange with a remote (`adapters/<name>/exchanges/*.http`): what was asked for, the request
/// that must come of it, the answer, and what the engine must make of that.
///
///     ### title
///     # operation: charge            # purpose: ask    # key: …    # input: {…}    # expect: succeeded {…}
///
///     POST /v1/charges HTTP/1.1      the request: headers and body that must be there
///
///     HTTP/1.1 201 Created           the answer
package struct ExchangeFile: Hashable {
    package struct Message: Hashable {
        /// The request line or the status line.
        package let line: String
        package let headers: [Header]
        package let body: String
    }

    package struct Header: Hashable {
        package let name: String
        package let value: String
    }

    package let path: String
    package let adapter: String
    package let title: String
    package let operation: String
    package let isAsk: Bool
    package let key: String
    package let input: Value
    /// `succeeded {…}`, `failed <name> final|retryable`, `unknown`, `undecided`, `notApplied`.
    package let expectation: String
    package let request: Message
    package let response: Message

    package init(path: String, adapter: String, text: String) throws(Problem) {
        self.path = path
        self.adapter = adapter
        let lines = text.lines.map { String($0) }
        let head = lines.prefix { $0.hasPrefix("#") }
        var fields: [String: String] = [:]
        for line in head where line.hasPrefix("# ") {
            let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        title = head.first?.trimmingCharacters(in: CharacterSet(charactersIn: "# ")) ?? path
        guard let operation = fields["operation"], let expectation = fields["expect"] else {
            throw Problem(
                .malformed, "\(path) names no operation or no expectation",
                fix: "write `# operation: …` and `# expect: …` below the title")
        }
        self.operation = operation
        self.expectation = expectation
        isAsk = fields["purpose"] == "ask"
        key = fields["key"] ?? "pawl/test/1/1"
        do throws(JSONError) {
            input = try JSON.parse(fields["input"] ?? "{}")
        } catch {
            throw Problem(.malformed, "\(path): the input is no JSON: \(error.message)")
        }
        let rest = Array(lines.dropFirst(head.count))
        guard let start = rest.firstIndex(where: { $0.hasPrefix("HTTP/") }) else {
            throw Problem(
                .malformed, "\(path) holds no answer", fix: "begin it with HTTP/1.1 200 OK")
        }
        request = Message(lines: rest[..<start])
        response = Message(lines: rest[start...])
    }

    /// Every exchange of every adapter, in order of path.
    package static func all(below folder: String) throws(Problem) -> [ExchangeFile] {
        let manager = FileManager.default
        var files: [ExchangeFile] = []
        for adapter in ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).sorted() {
            let directory = "\(folder)/\(adapter)/exchanges"
            let names = ((try? manager.contentsOfDirectory(atPath: directory)) ?? []).sorted()
            for name in names where name.hasSuffix(".http") {
                let path = "\(directory)/\(name)"
                let text = try TextFile.read(path)
                files.append(try ExchangeFile(path: path, adapter: adapter, text: text))
            }
        }
        return files
    }

    package var status: Int {
        Int(response.line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }
}

extension ExchangeFile.Message {
    package init(lines: ArraySlice<String>) {
        let lines = Array(lines.drop { $0.isEmpty })
        line = lines.first ?? ""
        let headerLines = lines.dropFirst().prefix { !$0.isEmpty }
        headers = headerLines.compactMap { header in
            let parts = header.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return ExchangeFile.Header(
                name: String(parts[0]), value: parts[1].trimmingCharacters(in: .whitespaces))
        }
        body = lines.dropFirst(1 + headerLines.count).joined(separator: "\n")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
