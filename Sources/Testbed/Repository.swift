import Definition
import Execution
import Foundation
import Guest
import Marketplace
import Values
import WorkflowLanguage

/// The workflows and adapters of this repository, for tests that run the real ones.
package enum Repository {
    package static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Folders below `path`, in order of name.
    package static func folders(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: path).path)
            .filter { !$0.hasPrefix(".") }.sorted()
    }

    /// Beyond every one that a workflow has.
    package static let nextVersion = 1_000

    package static func workflow(
        _ name: String, failingUntil end: Timestamp? = nil, isNext: Bool = false
    ) throws -> WorkflowDefinition {
        let path = "workflows/\(name)/workflow.yaml"
        var text = try text(path)
        if isNext {
            let current = try value(WorkflowLanguage.parseWorkflow(text, file: path)).version
            text = text.replacing("\nversion: \(current)", with: "\nversion: \(nextVersion)")
        }
        if let end { text = FaultyExpressions.spoil(text, until: end) }
        return try value(WorkflowLanguage.parseWorkflow(text, file: path))
    }

    package static func adapters() throws -> [AdapterManifest] {
        try folders("adapters").map { name in
            let path = "adapters/\(name)/adapter.yaml"
            return try value(WorkflowLanguage.parseAdapter(try text(path), file: path))
        }
    }

    /// - Parameters:
    ///   - end: until then expressions of the workflows fail now and then.
    ///   - next: of these workflows `nextVersion` is known as well, which is the same by another number.
    package static func catalog(
        params: [ExactText: ValueMap] = [:], failingUntil end: Timestamp? = nil,
        next: [String] = []
    ) throws -> Catalog {
        Catalog(
            workflows: try folders("workflows").map { try workflow($0, failingUntil: end) },
            kept: try next.map { try workflow($0, failingUntil: end, isNext: true) },
            adapters: try adapters(),
            local: OperationTable(Marketplace()), params: params, calendars: try calendars())
    }

    package static func calendars() throws -> Calendars {
        Calendars(
            try folders("calendars").map { name in
                let path = "calendars/\(name)"
                return try value(
                    WorkflowLanguage.parseCalendar(
                        try text(path), name: String(name.dropLast(5)), file: path))
            })
    }

    /// A workflow and adapters that a test writes inline.
    package static func catalog(
        workflows: [String], adapters: [String] = [],
        local: any LocalPerformer = OperationTable(Marketplace())
    ) throws -> Catalog {
        Catalog(
            workflows: try workflows.map {
                try value(WorkflowLanguage.parseWorkflow($0, file: "test.yaml"))
            },
            adapters: try adapters.map {
                try value(WorkflowLanguage.parseAdapter($0, file: "adapter.yaml"))
            }, local: local)
    }

    package static func workers() throws -> [RecordWrite] {
        var importer = WorkersCSV()
        let session = RecordSession.empty()
        var records = Records(session)
        for (index, line) in try text("samples/workers.csv").split(separator: "\n").enumerated() {
            _ = try importer.take(String(line), number: index + 1, into: &records)
        }
        return try session.writes()
    }

    private static func value<T>(_ parsed: Parsed<T>) throws -> T {
        guard let value = parsed.value else {
            throw Failure(
                description: parsed.errors.map(\.headline).joined(separator: "\n"))
        }
        return value
    }
}
