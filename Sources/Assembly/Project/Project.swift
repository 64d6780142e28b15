import Definition
import Execution
import Foundation
import Schedule
import Values
import WorkflowLanguage

/// Workflows, adapters and calendars, read and checked.
package struct Project: Sendable {
    package struct Source: Sendable {
        package let path: String
        package let text: String
    }

    package private(set) var workflows: [WorkflowDefinition] = []
    /// Older versions, kept beside them in `versions` for scenarios that migrate: no instance starts on them.
    package private(set) var earlier: [WorkflowDefinition] = []
    package private(set) var adapters: [AdapterManifest] = []
    package private(set) var workflowSources: [Source] = []
    package private(set) var adapterSources: [Source] = []
    package private(set) var calendars = Calendars()
    private var calendarSources: [Source] = []
    package private(set) var diagnostics: [Diagnostic] = []

    package var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }

    /// - Parameters:
    ///   - workflows: a folder with one folder a workflow (`workflow.yaml`); `calendars` lies beside it. nil: there are
    ///     none.
    ///   - adapters: a folder with one folder an adapter (`adapter.yaml`).
    ///   - zone: of calendar durations that name none.
    ///   - now: what calendars know should reach a year beyond; nil: nobody asks.
    package init(
        workflows: String?, adapters: String, zone: String? = nil, now: Timestamp? = nil
    ) throws(Problem) {
        // A project that calls nobody has no adapters; what a wrong folder lacks is missed by the check below.
        let hasAdapters = FileManager.default.fileExists(atPath: adapters)
        self.init(
            workflows: try workflows.map { (folder) throws(Problem) in
                try Self.sources(folder, file: "workflow.yaml")
            } ?? [],
            earlier: try workflows.map(Self.earlierSources) ?? [],
            adapters: hasAdapters ? try Self.sources(adapters, file: "adapter.yaml") : [],
            calendars: try Self.calendars(beside: workflows ?? adapters), zone: zone, now: now)
    }

    /// From text that the program holds, by the paths that it would have in a folder: `workflows/loan/workflow.yaml`.
    /// Other paths are nobody's.
    package init(files: [ExactText: String], zone: String? = nil, now: Timestamp? = nil) {
        func sources(_ folder: String, _ file: String) -> [Source] {
            files.keys.sorted().filter { path in
                let parts = path.text.split(separator: "/", omittingEmptySubsequences: false)
                return parts.count == 3 && parts[0] == folder && parts[2] == file
            }.map { Source(path: $0.text, text: files[$0] ?? "") }
        }
        self.init(
            workflows: sources("workflows", "workflow.yaml"),
            earlier: files.keys.sorted().filter { Self.isEarlierVersion($0.text) }.map {
                Source(path: $0.text, text: files[$0] ?? "")
            },
            adapters: sources("adapters", "adapter.yaml"),
            calendars: files.keys.sorted().filter { Self.calendarName($0.text) != nil }.map {
                Source(path: $0.text, text: files[$0] ?? "")
            }, zone: zone, now: now)
    }

    private init(
        workflows: [Source], earlier: [Source], adapters: [Source], calendars: [Source],
        zone: String?, now: Timestamp?
    ) {
        read(calendars, zone, now)
        for source in adapters {
            let parsed = WorkflowLanguage.parseAdapter(source.text, file: source.path)
            diagnostics += parsed.diagnostics
            if let value = parsed.value {
                self.adapters.append(value)
                adapterSources.append(source)
            }
        }
        for source in workflows {
            let parsed = WorkflowLanguage.parseWorkflow(source.text, file: source.path)
            diagnostics += parsed.diagnostics
            if let value = parsed.value {
                self.workflows.append(value)
                workflowSources.append(source)
            }
        }
        for source in earlier {
            let parsed = WorkflowLanguage.parseStoredWorkflow(source.text, file: source.path)
            // What it was published with, warnings and all, is not to be mended any more.
            diagnostics += parsed.errors
            self.earlier += [parsed.value].compactMap(\.self)
        }
        if errors.isEmpty {
            diagnostics += WorkflowLanguage.check(
                zip(self.workflows, workflowSources).map {
                    SourceFile($0, file: $1.path, text: $1.text)
                },
                adapters: zip(self.adapters, adapterSources).map {
                    SourceFile($0, file: $1.path, text: $1.text)
                }, calendars: self.calendars)
        }
    }

    /// The manifests of a folder, those that can be read; none where there is no such folder.
    package static func adapters(in folder: String) throws(Problem) -> [AdapterManifest] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try sources(folder, file: "adapter.yaml").compactMap {
            WorkflowLanguage.parseAdapter($0.text, file: $0.path).value
        }
    }

    /// What the diagnostics say, with a caret frame each.
    package func rendered(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map { diagnostic in
            let source = (workflowSources + adapterSources + calendarSources).first {
                $0.path == diagnostic.file
            }
            let text =
                source?.text ?? (try? TextFile.read(diagnostic.file))
            return diagnostic.rendered(source: text ?? "")
        }.joined(separator: "\n")
    }

    /// What goes into the store, so that a database explains itself.
    package var definitions: [StoredDefinition] {
        zip(workflows, workflowSources).map {
            StoredDefinition(
                kind: .workflow, name: $0.name, version: $0.version, hash: $0.contentHash,
                source: $1.text)
        }
            + zip(adapters, adapterSources).map {
                StoredDefinition(
                    kind: .adapter, name: $0.name, version: 0,
                    hash: StableHash($1.text).hexadecimal,
                    source: $1.text)
            }
            + calendarSources.compactMap { source in
                Self.calendarName(source.path).flatMap { calendars[$0] }.map {
                    StoredDefinition(
                        kind: .calendar, name: $0.name, version: 0, hash: $0.contentHash,
                        source: source.text)
                }
            }
    }

    // MARK: Calendars

    private mutating func read(_ sources: [Source], _ zone: String?, _ now: Timestamp?) {
        var read: [BusinessCalendar] = []
        for source in sources {
            let parsed = WorkflowLanguage.parseCalendar(
                source.text, name: Self.calendarName(source.path) ?? "", file: source.path, now: now
            )
            diagnostics += parsed.diagnostics
            read += [parsed.value].compactMap(\.self)
        }
        calendarSources = sources
        calendars = Calendars(read, zone: zone)
    }

    /// `company` of `…/calendars/company.yaml`; nil: no calendar's path.
    package static func calendarName(_ path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[parts.count - 2] == "calendars",
            let file = parts.last, file.hasSuffix(".yaml")
        else { return nil }
        return String(file.dropLast(5))
    }

    /// The files of the folder `calendars` that lies beside another one; none where there is no such folder.
    package static func calendarFiles(beside folder: String) -> [String] {
        let home = NSString(string: folder).deletingLastPathComponent
        let path = home.isEmpty ? "calendars" : home + "/calendars"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().map { "\(path)/\($0)" }.filter { calendarName($0) != nil }
    }

    private static func calendars(beside folder: String) throws(Problem) -> [Source] {
        var sources: [Source] = []
        for path in calendarFiles(beside: folder) {
            sources.append(Source(path: path, text: try TextFile.read(path)))
        }
        return sources
    }

    /// `workflows/<name>/versions/<any>.yaml`
    private static func isEarlierVersion(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "workflows" && parts[2] == "versions"
            && path.hasSuffix(".yaml")
    }

    /// `versions/*.yaml` of each folder.
    private static func earlierSources(_ folder: String) throws(Problem) -> [Source] {
        var sources: [Source] = []
        for name in try folders(folder) {
            let versions = "\(folder)/\(name)/versions"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? []
            for file in files.sorted() where file.hasSuffix(".yaml") {
                let path = "\(versions)/\(file)"
                sources.append(Source(path: path, text: try TextFile.read(path)))
            }
        }
        return sources
    }

    private static func sources(_ folder: String, file: String) throws(Problem) -> [Source] {
        var sources: [Source] = []
        for name in try folders(folder) {
            let path = "\(folder)/\(name)/\(file)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            sources.append(Source(path: path, text: try TextFile.read(path)))
        }
        return sources
    }

    private static func folders(_ folder: String) throws(Problem) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw Problem(
                .notFound, "the folder \(folder) cannot be read",
                fix: "run pawl where the project is, or name the folder")
        }
    }
}
