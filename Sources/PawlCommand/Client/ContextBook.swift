import Foundation
import Values

/// Servers by name, kept in a file of the user's own: `contexts.json` in the folder of their settings.
struct ContextBook: Equatable {
    struct Entry: Equatable {
        let name: String
        let url: String
        /// Who they are there, unless `--as` says.
        var actor: String?
        /// The path of what proves who they are there.
        var tokenFile: String?
        /// Unless `--ca`, `--cert` and `--cert-key` say.
        var trust = ClientTrust()
    }

    private(set) var entries: [Entry] = []
    /// The one that is used where nothing else is said.
    private(set) var current: String?

    static let limit = 200
    private static let maximumBytes = 1 << 20

    /// Of XDG: nil where there is no home.
    static func file(in environment: (String) -> String?) -> String? {
        let folder =
            environment("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? environment("HOME").flatMap { $0.isEmpty ? nil : $0 + "/.config" }
        return folder.map { $0 + "/pawl/contexts.json" }
    }

    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "-_.".utf8.contains(byte)
                }
            }
    }

    static func isURL(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text) else { return false }
        return ["http", "https"].contains(parts.scheme) && !(parts.host ?? "").isEmpty
    }

    func entry(_ name: String) throws(Failure) -> Entry {
        if let found = entries.first(where: { sameUTF8($0.name, name) }) { return found }
        throw Failure(
            status: 3, "there is no context `\(name.printable)`",
            fix: nearestName(to: name, among: entries.map(\.name)).map { "did you mean \($0)?" }
                ?? (entries.isEmpty
                    ? "`pawl context add \(Self.isName(name) ? name : "NAME") --url URL` makes one"
                    : "`pawl context ls` lists them"))
    }

    // MARK: Changing

    /// - Returns: whether there was one of that name.
    mutating func set(_ entry: Entry) throws(Failure) -> Bool {
        if let index = entries.firstIndex(where: { sameUTF8($0.name, entry.name) }) {
            entries[index] = entry
            return true
        }
        guard entries.count < Self.limit else {
            throw Failure(
                status: 1, "\(Self.limit) contexts are kept already",
                fix: "`pawl context rm NAME` takes one away")
        }
        entries.append(entry)
        return false
    }

    mutating func use(_ name: String?) throws(Failure) {
        if let name { _ = try entry(name) }
        current = name
    }

    mutating func remove(_ name: String) throws(Failure) {
        _ = try entry(name)
        entries.removeAll { sameUTF8($0.name, name) }
        if let current, sameUTF8(current, name) { self.current = nil }
    }

    // MARK: The file

    /// Where there is none, nothing was kept yet.
    static func read(_ file: String?) throws(Failure) -> ContextBook {
        guard let file, let data = FileManager.default.contents(atPath: file) else {
            return ContextBook()
        }
        guard data.count <= maximumBytes, let document = try? JSON.parse(Array(data)),
            let book = ContextBook(document)
        else {
            throw Failure(
                status: 1, "\(file) is not what `pawl context` writes",
                fix: "mend it or remove it; --url and PAWL_URL work without it")
        }
        return book
    }

    private init?(_ document: Value) {
        for value in document["contexts"]?.listValue ?? [] {
            guard let name = value["name"]?.stringValue, let url = value["url"]?.stringValue,
                Self.isName(name), Self.isURL(url)
            else { return nil }
            let trust = ClientTrust(
                authorities: value["ca"]?.stringValue, certificate: value["cert"]?.stringValue,
                key: value["certKey"]?.stringValue)
            entries.append(
                Entry(
                    name: name, url: url, actor: value["as"]?.stringValue,
                    tokenFile: value["tokenFile"]?.stringValue, trust: trust))
        }
        guard document["contexts"]?.listValue != nil, entries.count <= Self.limit else {
            return nil
        }
        current = document["current"]?.stringValue
    }

    init() {}

    var document: Value {
        [
            "current": current.map(Value.string) ?? .null,
            "contexts": .list(
                entries.map { entry in
                    var map: ValueMap = ["name": .string(entry.name), "url": .string(entry.url)]
                    map.set("as", entry.actor.map(Value.string))
                    map.set("tokenFile", entry.tokenFile.map(Value.string))
                    map.set("ca", entry.trust.authorities.map(Value.string))
                    map.set("cert", entry.trust.certificate.map(Value.string))
                    map.set("certKey", entry.trust.key.map(Value.string))
                    return .map(map)
                }),
        ]
    }

    /// For nobody else's eyes: an address may be a secret.
    func write(_ file: String?) throws(Failure) {
        guard let file else {
            throw Failure(
                status: 1, "there is no folder for settings",
                fix: "set HOME, or XDG_CONFIG_HOME to an absolute path")
        }
        let manager = FileManager.default
        do {
            try manager.createDirectory(
                at: URL(filePath: file).deletingLastPathComponent(),
                withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // Written beside it first: whoever reads it meanwhile finds all of the old one.
            let beside = file + ".new"
            guard
                manager.createFile(
                    atPath: beside, contents: Data(JSON.pretty(document).utf8),
                    attributes: [.posixPermissions: 0o600])
            else { throw CocoaError(.fileWriteUnknown) }
            guard rename(beside, file) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            throw Failure(
                status: 1, "\(file) cannot be written", fix: "is its folder yours?")
        }
    }
}

/// The server that a command speaks to, and what chose it.
struct ServerChoice: Equatable {
    let url: String
    var actor: String?
    /// The path of what proves who they are.
    var tokenFile: String?
    /// The name of the context that it came from.
    var context: String?
    var trust = ClientTrust()

    static let usual = "http://127.0.0.1:8087"

    /// `--url`, then `--context`, then PAWL_URL, then the context in use, then this machine.
    init(
        url: String?, context: String?, environment: (String) -> String?,
        book: () throws(Failure) -> ContextBook
    ) throws(Failure) {
        if let url {
            self.init(url: url)
        } else if let context {
            self.init(try book().entry(context))
        } else if let url = environment("PAWL_URL"), !url.isEmpty {
            self.init(url: url)
        } else {
            let book = try book()
            if let current = book.current {
                self.init(try book.entry(current))
            } else {
                self.init(url: Self.usual)
            }
        }
    }

    private init(url: String) { self.url = url }

    private init(_ entry: ContextBook.Entry) {
        url = entry.url
        actor = entry.actor
        tokenFile = entry.tokenFile
        context = entry.name
        trust = entry.trust
    }
}

/// What the shell gave the program.
func environmentVariable(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name]
}
