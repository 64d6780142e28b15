import Assembly
import Definition
import Foundation
import Scenarios
import Values

/// Files of one project that are looked at together: those that somebody asked about, and the others of their project,
/// which may be called, started and written to by them.
struct CheckedProject: Hashable {
    /// Where `workflows`, `adapters`, `calendars` and `pawl.yaml` lie: absolute, or empty for files of no project.
    let root: String
    /// What was asked about: each finding in it is said.
    private(set) var asked: [String]
    /// Only what keeps it from being read is said.
    private(set) var beside: [String] = []

    /// All files at or below the paths, each once, by the project in which it stands.
    static func all(at paths: [String]) throws(Problem) -> [CheckedProject] {
        var projects: [CheckedProject] = []
        var seen: Set<ExactText> = []
        for path in paths {
            guard FileManager.default.fileExists(atPath: path) else {
                throw Problem(
                    .notFound, "there is nothing at \(path)", fix: "name a file or folder")
            }
            for file in files(path) where seen.insert(ExactText(absolute(file))).inserted {
                let root = home(of: file)
                if let index = projects.firstIndex(where: { sameUTF8($0.root, root) }) {
                    projects[index].asked.append(file)
                } else {
                    projects.append(CheckedProject(root: root, asked: [file]))
                }
            }
        }
        for index in projects.indices { projects[index].lookAround() }
        return projects
    }

    /// Its settings, else those of the folder in which the command runs.
    var settings: String {
        let own = Self.shown(root + "/pawl.yaml")
        return FileManager.default.fileExists(atPath: own) ? own : "pawl.yaml"
    }

    /// Folders of workflows may be called otherwise, so they are those in which something stands.
    private mutating func lookAround() {
        let known = Set<ExactText>(asked.map { ExactText(Self.absolute($0)) })
        var folders = [root + "/workflows", root + "/adapters"]
        for file in asked {
            let folder = Self.folder(of: file)
            if let folder, !folders.contains(exactly: folder) { folders.append(folder) }
        }
        if !Self.isThere(folders[1]) { folders.append(Self.absolute("adapters")) }
        var found: [String] = []
        for folder in folders {
            for name in Self.names(in: folder) {
                found += ["workflow.yaml", "adapter.yaml"].map { "\(folder)/\(name)/\($0)" }
            }
        }
        found += Project.calendarFiles(beside: root + "/workflows")
        beside = found.filter { !known.contains(ExactText($0)) && Self.isThere($0) }.distinct
            .map(Self.shown)
    }

    // MARK: Places

    /// The folder of the workflows or of the adapters to which the file belongs; nil: it belongs to none.
    private static func folder(of file: String) -> String? {
        let owned = OwnedFile(file)
        switch owned.folder {
        case "scenarios", "exchanges", "versions": return above(file, 3)
        case "calendars": return nil
        default: break
        }
        return ["workflow.yaml", "adapter.yaml"].contains(owned.name) ? above(file, 2) : nil
    }

    private static func home(of file: String) -> String {
        if OwnedFile(file).folder == "calendars" { return above(file, 2) }
        return folder(of: file).map { above($0, 1) } ?? absolute(".")
    }

    private static func above(_ path: String, _ levels: Int) -> String {
        var url = URL(fileURLWithPath: absolute(path))
        for _ in 0..<levels { url.deleteLastPathComponent() }
        return url.standardizedFileURL.path
    }

    private static func absolute(_ path: String) -> String {
        URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// Seen from where the command runs.
    private static func shown(_ path: String) -> String {
        let here = absolute(".") + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }

    private static func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// The files of definitions at or below a path, in order.
    private static func files(_ path: String) -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
            isDirectory.boolValue
        else { return [path] }
        let below = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        let start = path == "." ? "" : path.hasSuffix("/") ? path : path + "/"
        return below.sorted().filter { !isHidden($0) }.map { start + $0 }.filter(isRead)
    }

    /// What tools keep beside a project.
    private static func isHidden(_ path: String) -> Bool {
        path.split(separator: "/").contains { $0.hasPrefix(".") }
    }

    private static func isRead(_ path: String) -> Bool {
        let file = OwnedFile(path)
        return switch file.folder {
        case "scenarios": file.name.hasSuffix(".yaml") || file.name.hasSuffix(".yml")
        case "exchanges": file.name.hasSuffix(".http")
        case "calendars", "versions": file.name.hasSuffix(".yaml")
        default: file.name == "workflow.yaml" || file.name == "adapter.yaml"
        }
    }
}
