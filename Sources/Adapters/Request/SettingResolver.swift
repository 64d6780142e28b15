import Definition
import Foundation

/// Turns references into values, at send time only: what it returns goes into a request and nowhere else.
package struct SettingResolver: Sendable {
    /// Bytes of a settings file.
    private static let maximumLength = 64 << 10

    private let environment: @Sendable (String) -> String?
    private let file: @Sendable (String) -> String?
    private let commands: SecretCommands

    /// - Parameters:
    ///   - environment: a variable's value; nil: not set.
    ///   - file: a file's text; nil: not there, not readable, too long or no UTF-8.
    package init(
        environment: @escaping @Sendable (String) -> String?,
        file: @escaping @Sendable (String) -> String?,
        commands: SecretCommands = SecretCommands()
    ) {
        self.environment = environment
        self.file = file
        self.commands = commands
    }

    /// Whether the values are there without a command that has to run first.
    func isKnown(_ settings: [Setting]) -> Bool {
        settings.allSatisfy { setting in
            if case .command(let command) = setting { commands.isKnown(command) } else { true }
        }
    }

    /// A remote has refused them: commands are asked again.
    func refused(_ settings: [Setting]) {
        for case .command(let command) in settings { commands.refused(command) }
    }

    /// The process's environment and files.
    package static let process = SettingResolver(
        environment: { ProcessInfo.processInfo.environment[$0] },
        file: { path in
            guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
            defer { try? handle.close() }
            guard let data = try? handle.read(upToCount: maximumLength + 1),
                data.count <= maximumLength
            else { return nil }
            return String(data: data, encoding: .utf8)
        })

    /// nil: it is not there, or cannot stand in one line.
    package func value(of setting: Setting) -> String? {
        try? resolve(setting, for: "")
    }

    /// As it stands, in however many lines; nil: it is not there.
    package func text(of setting: Setting) -> String? {
        switch setting {
        case .literal(let text): text
        case .environment(let variable): environment(variable)
        case .file(let path): file(path)
        case .command(let command): try? commands.value(of: command)
        }
    }

    /// One that is set and empty is a value: some services take a user name and no password.
    /// - Parameter role: what the setting is for, for the message (`address`, `token`).
    func resolve(_ setting: Setting, for role: String) throws(Refusal) -> String {
        let (name, found): (String, String?) =
            switch setting {
            case .literal(let text): ("the value in the manifest", text)
            case .environment(let variable): ("the variable \(variable)", environment(variable))
            case .file(let path): ("the file \(path)", file(path).map(Self.withoutLineEnd))
            case .command(let command): (command.label, try value(of: command, for: role))
            }
        guard let value = found else {
            throw .unready("\(name) for the adapter's \(role) is not set")
        }
        guard !value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw .unready("\(name) for the adapter's \(role) holds a control character")
        }
        return value
    }

    private func value(
        of command: SettingCommand, for role: String
    ) throws(Refusal) -> String {
        do throws(CommandRun.Problem) {
            return try commands.value(of: command)
        } catch {
            throw .unready("the adapter's \(role): \(error)")
        }
    }

    private static func withoutLineEnd(_ text: String) -> String {
        var scalars = Substring(text).unicodeScalars
        while let last = scalars.last, last == "\n" || last == "\r" { scalars.removeLast() }
        return String(scalars)
    }
}
