import Foundation
import Values

/// The project that `pawl init` makes: a parcel that is handed to a courier. It is here as text, so that one file is
/// enough to begin with.
struct StarterProject {
    struct File: Hashable {
        /// Below the project's folder.
        let path: String
        let text: String
    }

    let name: String

    /// - Parameter name: lower case letters, digits and hyphens, a letter first.
    init?(name: String) {
        guard let first = name.utf8.first, (0x61...0x7A).contains(first), name.utf8.count <= 40,
            name.utf8.allSatisfy({
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            })
        else { return nil }
        self.name = name
    }

    /// What a folder's name makes for a project's.
    static func name(of folder: String) -> String {
        let letters = folder.lowercased().unicodeScalars.map { scalar -> Character in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) ? Character(scalar) : "-"
        }
        let words = String(letters).split(separator: "-").joined(separator: "-")
        let name = String(words.drop { !$0.isLetter }.prefix(40))
        return StarterProject(name: name)?.name ?? "my-project"
    }

    var files: [File] {
        [
            ("README.md", Self.readme), ("pawl.yaml", Self.configuration),
            (".gitignore", Self.ignored),
            ("workflows/delivery/workflow.yaml", Self.workflow),
            ("workflows/delivery/scenarios/late.yaml", Self.late),
            ("adapters/courier/adapter.yaml", Self.courier),
            ("adapters/courier/exchanges/booked.http", Self.booked),
            ("adapters/courier/exchanges/account-blocked.http", Self.accountBlocked),
            ("adapters/courier/exchanges/unknown-address.http", Self.unknownAddress),
            ("adapters/courier/exchanges/busy.http", Self.busy),
            ("adapters/mail/adapter.yaml", Self.mail),
        ].map { File(path: $0, text: $1.replacing("NAME", with: name)) }
    }

    /// Writes all of it, or nothing where one of the files is there already.
    func write(to folder: String) throws(Failure) {
        let manager = FileManager.default
        let standing = files.map(\.path).filter { manager.fileExists(atPath: "\(folder)/\($0)") }
        guard standing.isEmpty else {
            let more = standing.count > 3 ? " and \(standing.count - 3) more" : ""
            throw Failure(
                status: 1,
                "\(folder) holds \(standing.prefix(3).joined(separator: ", "))\(more) already; "
                    + "nothing was written",
                fix: "name another folder: `pawl init DIR`")
        }
        for file in files {
            let path = "\(folder)/\(file.path)"
            do {
                try manager.createDirectory(
                    at: URL(filePath: path).deletingLastPathComponent(),
                    withIntermediateDirectories: true)
                try file.text.write(toFile: path, atomically: true, encoding: .utf8)
            } catch {
                throw Failure(
                    status: 1, "\(path) cannot be written", fix: "name a folder that you may write")
            }
        }
    }
}
