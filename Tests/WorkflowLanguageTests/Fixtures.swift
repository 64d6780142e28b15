import Foundation
import Testing

@testable import WorkflowLanguage

/// The YAML files beside the tests, and their goldens.
enum Fixtures {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures")

    /// Names without their extension, sorted.
    static func names(in folder: String) -> [String] {
        let all = try? FileManager.default.contentsOfDirectory(
            atPath: root.appending(path: folder).path)
        return (all ?? []).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// `REWRITE=1` writes what came out; read the difference before it is committed.
    static func expectGolden(_ actual: String, _ path: String) throws {
        let file = root.appending(path: path)
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try actual.write(to: file, atomically: true, encoding: .utf8)
        }
        let wanted = (try? String(contentsOf: file, encoding: .utf8)) ?? "(no golden file)"
        #expect(actual == wanted, "\(path); REWRITE=1 rewrites it")
    }
}

/// All diagnostics as a terminal shows them.
func rendered(_ diagnostics: [Diagnostic], _ source: String) -> String {
    diagnostics.map { $0.rendered(source: source) + "\n" }.joined(separator: "\n")
}

/// The smallest workflow with a state `a`, an event `go` and an end.
func workflow(_ state: String, head: String = "") -> String {
    """
    workflow: w
    version: 1
    events: {go: {}}
    \(head)
    initial: a
    states:
      a: \(state)
      end: {type: final}
    """
}

func codes(_ text: String) -> [Diagnostic.Code] {
    WorkflowLanguage.parseWorkflow(text, file: "w.yaml").diagnostics.map(\.code)
}
