import Definition
import Foundation
import Testing
import WorkflowLanguage

@testable import Diagram

/// The shipped workflows, the golden files beside the tests, and small charts.
enum Drawn {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    private static let root = folder.deletingLastPathComponent().deletingLastPathComponent()

    /// Of all workflows of this repository, sorted.
    static let names: [String] = {
        let all = try? FileManager.default.contentsOfDirectory(
            atPath: root.appending(path: "workflows").path)
        return (all ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }()

    /// A file of this repository.
    static func source(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func chart(of workflow: String) throws -> Chart {
        let path = root.appending(path: "workflows/\(workflow)/workflow.yaml")
        return try chart(from: String(contentsOf: path, encoding: .utf8))
    }

    static func chart(from yaml: String) throws -> Chart {
        let parsed = WorkflowLanguage.parseWorkflow(yaml, file: "workflow.yaml")
        return Chart(try #require(parsed.value, "\(parsed.errors.map(\.message))"))
    }

    /// `REWRITE=1` writes what came out; read the difference before it is committed.
    static func expectGolden(_ actual: String, _ name: String) throws {
        let file = folder.appending(path: "Goldens/\(name)")
        if ProcessInfo.processInfo.environment["REWRITE"] == "1" {
            try actual.write(to: file, atomically: true, encoding: .utf8)
        }
        let wanted = (try? String(contentsOf: file, encoding: .utf8)) ?? "(no golden file)"
        #expect(actual == wanted, "\(name); REWRITE=1 rewrites it")
    }
}
