import Access
import Adapters
import Definition
import Encryption
import Foundation
import Glibc
import Values

/// `encryption` in `pawl.yaml`: which keys there are, where each is kept, and which one seals what is written now.
package struct EncryptionConfiguration: Sendable, Hashable {
    package static let members = ["keys", "current"]
    /// As `current`: nothing is sealed, and what is becomes plain again.
    package static let none = "none"
    private static let example =
        "encryption: {keys: {k1: {file: /etc/pawl/k1.key}}, current: k1}"

    struct Reference: Sendable, Hashable {
        let name: String
        let setting: Setting
    }

    private(set) var keys: [Reference] = []
    /// nil: nothing is sealed.
    private(set) var current: String?

    package init() {}

    package var isOn: Bool { !keys.isEmpty }

    init(_ value: Value, in file: String) throws(Problem) {
        let map = try PawlConfiguration.section(
            value, "encryption", members: Self.members, example: Self.example, in: file)
        for entry in map["keys"]?.mapValue?.entries ?? [] {
            guard let name = entry.key.stringValue, name != Self.none,
                let setting = Self.setting(entry.value)
            else {
                throw Problem(
                    .invalid,
                    "\(file): `encryption.keys` gives each key a name and where it is kept, which is a file, a "
                        + "variable or a command; a key is never written down here",
                    fix: "write `\(Self.example)`")
            }
            keys.append(Reference(name: name, setting: setting))
        }
        guard let current = map["current"]?.stringValue, !keys.isEmpty,
            current == Self.none || keys.contains(where: { sameUTF8($0.name, current) })
        else {
            throw Problem(
                .invalid,
                "\(file): `encryption.current` is one of the names under `encryption.keys`, or none",
                fix: "write `\(Self.example)`")
        }
        self.current = current == Self.none ? nil : current
    }

    private static func setting(_ value: Value) -> Setting? {
        guard let map = value.mapValue, map.count == 1 else { return nil }
        if let path = map["file"]?.stringValue, !path.isEmpty { return .file(path) }
        if let name = map["env"]?.stringValue, !name.isEmpty { return .environment(name) }
        guard let words = map["command"]?.listValue else { return nil }
        let arguments = words.compactMap(\.stringValue)
        guard arguments.count == words.count, arguments.first?.hasPrefix("/") == true else {
            return nil
        }
        return .command(SettingCommand(arguments: arguments))
    }

    // MARK: The keys

    /// Reads every key. What is wrong names the key and where it is kept, and never a byte of it.
    package func ring() throws(Problem) -> KeyRing {
        guard isOn else { return .none }
        var read: [KeyRing.Key] = []
        for key in keys {
            do throws(KeyProblem) {
                read.append(try KeyRing.Key(key.name, try Self.bytes(of: key.setting)))
            } catch {
                throw Problem(
                    .invalid, "encryption key \(key.name) (\(key.setting.place)): \(error)",
                    fix: "a key is 32 random bytes, as they are, in base64 or in hexadecimal: "
                        + "`(umask 077; openssl rand -base64 32 > NEWFILE)` makes a new one; never write "
                        + "over one that something is sealed with, and `chmod 600` one that is open"
                )
            }
        }
        do throws(KeyProblem) {
            return try KeyRing(read, current: current)
        } catch {
            throw Problem(.invalid, "encryption: \(error)")
        }
    }

    private static func bytes(of setting: Setting) throws(KeyProblem) -> [UInt8] {
        switch setting {
        case .literal: throw KeyProblem("it is written down")
        case .environment(let name):
            guard let text = ProcessInfo.processInfo.environment[name] else {
                throw KeyProblem("the variable is not set")
            }
            return try decoded(Array(text.utf8))
        case .file(let path): return try decoded(try contents(of: path))
        case .command(let command):
            let text: String
            do throws(CommandRun.Problem) {
                text = try CommandRun.output(of: command.arguments)
            } catch {
                throw KeyProblem("\(error)")
            }
            return try decoded(Array(text.utf8))
        }
    }

    private static func contents(of path: String) throws(KeyProblem) -> [UInt8] {
        let file = Descriptor(open(path, O_RDONLY | O_CLOEXEC))
        guard file.isOpen else {
            throw KeyProblem("it cannot be read: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw KeyProblem("it is no file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeyProblem("other users may open it: `chmod 600` it")
        }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(file.number, &bytes, bytes.count)
        guard count >= 0 else { throw KeyProblem("it cannot be read") }
        return Array(bytes.prefix(count))
    }

    /// 32 bytes as they are, 64 hexadecimal digits, or base64.
    private static func decoded(_ bytes: [UInt8]) throws(KeyProblem) -> [UInt8] {
        if bytes.count == KeyRing.keyLength { return bytes }
        let text = String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        if text.utf8.count == 2 * KeyRing.keyLength {
            let pairs = stride(from: 0, to: 64, by: 2).map { Array(text.utf8)[$0..<($0 + 2)] }
            let hex = pairs.compactMap { UInt8(String(decoding: $0, as: UTF8.self), radix: 16) }
            if hex.count == KeyRing.keyLength { return hex }
        }
        guard let data = Data(base64Encoded: text) else {
            throw KeyProblem("it is neither 32 bytes nor base64 or hexadecimal of them")
        }
        return Array(data)
    }
}

extension Setting {
    /// Where it is kept.
    fileprivate var place: String {
        switch self {
        case .literal: "here"
        case .environment(let name): "variable \(name)"
        case .file(let path): "file \(path)"
        case .command(let command): command.label
        }
    }
}
