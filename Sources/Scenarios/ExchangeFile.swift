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
        /// Where that stands in the file, from 1.
        package let number: Int
        package let headers: [Header]
        package let body: String
    }

    package struct Header: Hashable {
        /// The line of the file, from 1.
        package let number: Int
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
    /// The lines of the words at the top, from 1.
    private let places: [ExactText: Int]

    package init(path: String, adapter: String, text: String) throws(Problem) {
        self.path = path
        self.adapter = adapter
        let lines = text.lines.map { String($0) }
        let head = lines.prefix { $0.hasPrefix("#") }
        var fields: [ExactText: String] = [:]
        var places: [ExactText: Int] = [:]
        for (index, line) in head.enumerated() where line.hasPrefix("# ") {
            let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let word = ExactText(String(parts[0]))
            fields[word] = parts[1].trimmingCharacters(in: .whitespaces)
            places[word] = index + 1
        }
        self.places = places
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
            throw Problem(
                .malformed, "\(path): the input is no JSON: \(error.message)",
                fix: "write it as in `# input: {\"id\": 1}`")
        }
        let rest = Array(lines.dropFirst(head.count))
        guard let start = rest.firstIndex(where: { $0.hasPrefix("HTTP/") }) else {
            throw Problem(
                .malformed, "\(path) holds no answer", fix: "begin it with HTTP/1.1 200 OK")
        }
        request = Message(lines: rest[..<start], above: head.count)
        response = Message(lines: rest[start...], above: head.count)
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

    /// Where a word stands, from 1; the first line where it is left out.
    func place(of word: String) -> Int { places[ExactText(word)] ?? 1 }

    package var status: Int {
        Int(response.line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }
}

extension ExchangeFile.Message {
    /// - Parameter above: how many lines of the file stand before the array that this is a slice of.
    fileprivate init(lines slice: ArraySlice<String>, above: Int) {
        let lines = slice.drop { $0.isEmpty }
        line = lines.first ?? ""
        number = above + lines.startIndex + 1
        let headerLines = lines.dropFirst().prefix { !$0.isEmpty }
        headers = zip(headerLines.indices, headerLines).compactMap { index, header in
            let parts = header.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            return ExchangeFile.Header(
                number: above + index + 1, name: String(parts[0]),
                value: parts[1].trimmingCharacters(in: .whitespaces))
        }
        body = lines.dropFirst(1 + headerLines.count).joined(separator: "\n")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
