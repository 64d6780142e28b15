import Server
import Values
import WorkflowLanguage

/// Findings as a log of the Static Analysis Results Interchange Format
/// (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
enum SARIF {
    static let schema =
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

    /// One run, with a rule for each code that was found.
    static func log(of findings: [Diagnostic], version: String) -> Value {
        let codes = Diagnostic.Code.allCases.filter { code in
            findings.contains { $0.code == code }
        }
        let driver: Value = [
            "name": "pawl", "version": .string(version), "rules": .list(codes.map(rule)),
        ]
        let run: Value = [
            "tool": ["driver": driver],
            // Columns count code points.
            "columnKind": "unicodeCodePoints",
            "results": .list(findings.map { result($0, codes) }),
        ]
        return ["$schema": .string(schema), "version": "2.1.0", "runs": [run]]
    }

    private static func rule(_ code: Diagnostic.Code) -> Value {
        let explanation = code.explanation
        return [
            "id": .string(code.rawValue),
            "shortDescription": ["text": .string(explanation.meaning.withoutLinks)],
            "fullDescription": [
                "text": .string("\(explanation.meaning) \(explanation.when)".withoutLinks)
            ],
            "help": ["text": .string(explanation.advice.withoutLinks)],
        ]
    }

    private static func result(_ finding: Diagnostic, _ codes: [Diagnostic.Code]) -> Value {
        let column = finding.location.column
        let region: Value = [
            "startLine": .int(Int64(finding.location.line)), "startColumn": .int(Int64(column)),
            "endColumn": .int(Int64(column + finding.length)),
        ]
        let place: Value = [
            "artifactLocation": ["uri": .string(address(of: finding.file))], "region": region,
        ]
        return [
            "ruleId": .string(finding.code.rawValue),
            "ruleIndex": .int(Int64(codes.firstIndex(of: finding.code) ?? 0)),
            "level": .string(finding.severity.rawValue),
            "message": ["text": .string(finding.message)],
            "locations": [["physicalLocation": place]],
        ]
    }

    /// A URI reference: relative to the folder in which the command ran, else of a file.
    private static func address(of file: String) -> String {
        let plain = file.split(separator: "/", omittingEmptySubsequences: false)
            .map { String($0).percentEncoded }.joined(separator: "/")
        return file.hasPrefix("/") ? "file://" + plain : plain
    }
}
