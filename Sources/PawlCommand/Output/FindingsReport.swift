import ArgumentParser
import Assembly
import Definition
import Foundation
import Values
import WorkflowLanguage

/// How findings are printed.
enum FindingsFormat: String, Sendable, Hashable, CaseIterable, ExpressibleByArgument {
    /// With the line and a caret under the place.
    case text
    case json
    /// The Static Analysis Results Interchange Format 2.1.0, for code scanning and editors.
    case sarif
    /// Workflow commands, which GitHub shows as annotations at their lines.
    case github
}

/// The findings of all files that were checked, by file, line and column.
struct FindingsReport {
    private(set) var findings: [Diagnostic] = []
    private(set) var definitions: [WorkflowDefinition] = []
    private(set) var adapterNames: [String] = []
    private var counts = Findings.Counts()
    private var sources: [ExactText: String] = [:]

    mutating func add(_ other: Findings) {
        findings = (findings + other.diagnostics).inOrder
        sources.merge(other.sources) { first, _ in first }
        definitions += other.definitions
        adapterNames += other.adapterNames
        counts.workflows += other.counts.workflows
        counts.adapters += other.counts.adapters
        counts.scenarios += other.counts.scenarios
        counts.exchanges += other.counts.exchanges
    }

    func count(_ severity: Diagnostic.Severity) -> Int {
        findings.count { $0.severity == severity }
    }

    var summary: String {
        let notes = count(.note)
        return "\(counts.workflows) workflows, \(counts.adapters) adapters, "
            + "\(counts.scenarios) scenarios, \(counts.exchanges) exchanges: "
            + "\(count(.error)) errors, \(count(.warning)) warnings"
            + (notes > 0 ? ", \(notes) notes" : "")
    }

    /// Empty where there is nothing to print.
    func text(_ format: FindingsFormat) -> String {
        switch format {
        case .text:
            findings.map { $0.rendered(source: sources[ExactText($0.file)] ?? "") }
                .joined(separator: "\n\n")
        case .json: JSON.pretty(.list(findings.map(\.document)))
        case .sarif: JSON.pretty(SARIF.log(of: findings, version: Composition.version))
        case .github: findings.map { $0.workflowCommand + "\n" }.joined()
        }
    }
}

extension Diagnostic {
    /// Lines and columns count from 1, columns in code points.
    fileprivate var document: Value {
        [
            "file": .string(file), "line": .int(Int64(location.line)),
            "column": .int(Int64(location.column)), "length": .int(Int64(length)),
            "severity": .string(severity.rawValue), "code": .string(code.rawValue),
            "message": .string(message),
        ]
    }

    /// `::error file=…,line=…,col=…,title=…::message`
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).
    var workflowCommand: String {
        let command =
            switch severity {
            case .error: "error"
            case .warning: "warning"
            case .note: "notice"
            }
        let properties = [
            ("file", file), ("line", "\(location.line)"), ("col", "\(location.column)"),
            ("endColumn", "\(location.column + length)"), ("title", code.rawValue),
        ].map { "\($0)=\($1.escapedProperty)" }.joined(separator: ",")
        return "::\(command) \(properties)::\(message.escapedData)"
    }
}

extension String {
    /// By code points: to `Character`s, `\r\n` is one.
    private func escaping(_ replacements: [(scalar: Unicode.Scalar, text: String)]) -> String {
        unicodeScalars.map { scalar in
            replacements.first { $0.scalar == scalar }?.text ?? String(scalar)
        }.joined()
    }

    fileprivate var escapedData: String {
        escaping([("%", "%25"), ("\r", "%0D"), ("\n", "%0A")])
    }

    fileprivate var escapedProperty: String {
        escaping([("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")])
    }
}
