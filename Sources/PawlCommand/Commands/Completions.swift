import ArgumentParser
import Foundation
import Values

struct Completions<Program: PawlProgram>: ParsableCommand {
    static var configuration: CommandConfiguration {
        let name = Program.name
        return CommandConfiguration(
            commandName: "completions",
            abstract: "Print a script that completes commands, options and names in your shell.",
            discussion: """
                bash  \(name) completions bash > ~/.local/share/bash-completion/completions/\(name)
                zsh   \(name) completions zsh > ~/.zsh/_\(name)
                      with `fpath=(~/.zsh $fpath); autoload -U compinit; compinit` in ~/.zshrc
                fish  \(name) completions fish > ~/.config/fish/completions/\(name).fish

                Instances, workflows and adapters are completed from the server that the line names, if it answers \
                within half a second.
                """)
    }

    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        guard let shell = CompletionShell(rawValue: shell.rawValue) else { return }
        Terminal.printExactly(RootCommand<Program>.completionScript(for: shell))
    }
}

extension CompletionKind {
    /// `workflow/key`, once there is a `workflow/`; else workflows.
    static let instances = custom { words, _, prefix in
        await Completing.offer(words) { client in
            guard prefix.contains("/") else {
                let fitting = await Completing.names(client, "/v1/workflows", "workflows").filter {
                    $0.hasPrefix(prefix)
                }
                guard let only = fitting.first, fitting.count == 1 else {
                    return fitting.map { $0 + "/" }
                }
                // A shell sets a space behind what stands alone, where a key belongs.
                let own = await Completing.names(
                    client, "/v1/instances", "instances",
                    [("filter", "workflow:\(only)"), ("count", "50")])
                return own.isEmpty ? [only + "/"] : own
            }
            let parts = prefix.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let filter = "workflow:\(parts[0]) key:\(parts[1])*"
            return await Completing.names(
                client, "/v1/instances", "instances", [("filter", filter), ("count", "50")])
        }
    }

    static let workflows = custom { words, _, _ in
        await Completing.offer(words) { await Completing.names($0, "/v1/workflows", "workflows") }
    }

    static let adapters = custom { words, _, _ in
        await Completing.offer(words) { await Completing.names($0, "/v1/adapters", "adapters") }
    }

    static let contexts = custom { (_, _, _) -> [String] in
        let file = ContextBook.file(in: environmentVariable)
        return (try? ContextBook.read(file).entries.map(\.name)) ?? []
    }
}

/// What a shell asks while somebody types: quickly, a few, and nothing at all where something is wrong.
enum Completing {
    private static let patience = Duration.milliseconds(500)

    /// - Parameter words: what stands on the line already.
    static func offer(
        _ words: [String], _ ask: @escaping @Sendable (APIClient) async -> [String]
    ) async -> [String] {
        let choice = try? ServerChoice(
            url: words.value(of: "--url"), context: words.value(of: "--context"),
            environment: environmentVariable,
            book: { () throws(Failure) in
                try ContextBook.read(ContextBook.file(in: environmentVariable))
            })
        guard let choice else { return [] }
        let said = ClientTrust(
            authorities: words.value(of: "--ca"), certificate: words.value(of: "--cert"),
            key: words.value(of: "--cert-key"))
        var client = Wiring.client(
            url: choice.url, actor: nil,
            trust: said.falling(backTo: choice.trust)
                .falling(backTo: .said(in: environmentVariable)))
        client.timeout = patience
        return await ask(client)
    }

    static func names(
        _ client: APIClient, _ path: String, _ member: String, _ query: [(String, String)] = []
    ) async -> [String] {
        let answer = try? await client.get(path, query)
        return (answer?[member]?.listValue ?? []).compactMap { $0["name"]?.stringValue }
            // A name that a shell or terminal would take for something else is not offered.
            .filter { name in name.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
    }
}

extension [String] {
    /// `--name value` or `--name=value`.
    func value(of option: String) -> String? {
        for (index, word) in enumerated() {
            if word == option, index + 1 < count { return self[index + 1] }
            if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
        }
        return nil
    }
}
