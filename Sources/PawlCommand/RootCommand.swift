import ArgumentParser
import Assembly
import Foundation
import Values

// PawlCommand: the command line as a library.
//
// Theory of operation. Commands that look at instances or move them speak to a server's API (`Client`), or read
// a database file through the same resources (`InstanceSource`), and print what they get (`Output`). Commands that
// serve read a `Project`, check it, and put an engine together as a `Composition`; `Wiring` alone names the sandbox.
// Data goes to stdout, talk to stderr; every failure ends as a `Failure`, which knows its exit status.
// Whose command line it is, a `PawlProgram` says in its `main`; commands find its business in their task (`Wiring`).

package struct RootCommand<Program: PawlProgram>: AsyncParsableCommand {
    package static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Program.name,
            abstract: "Durable state machines for business lifecycles.",
            discussion: """
                Instances are named workflow/key, like loan/7. `\(Program.name) dev` runs everything on this machine; \
                `\(Program.name) why loan/7` says why one does not move and what would move it; `\(Program.name) explain CODE` \
                says what a code means; `\(Program.name) help completions` how to have your shell complete names.

                Exit status: 0 ok, 1 refused or the workflow failed, 3 not found, 4 not allowed, 5 conflict, \
                6 partly failed, 7 timed out waiting, 8 server unreachable, 64 wrong usage.
                """,
            version: Program.version,
            subcommands: [SabotageCommand.self],
            groupedSubcommands: groups)
    }

    private static var groups: [CommandGroup] {
        let others = Program.commands
        return own + (others.isEmpty ? [] : [CommandGroup(name: "Others", subcommands: others)])
    }

    private static var own: [CommandGroup] {
        [
            CommandGroup(
                name: "Serving",
                subcommands: [
                    Init.self, Dev.self, Serve.self, SandboxCommand.self, Import.self,
                ]),
            CommandGroup(
                name: "Looking",
                subcommands: [
                    Top.self, List.self, Get.self, Why.self, DataCommand.self, History.self,
                    Members.self,
                    Events.self, ClockCommand.self,
                    Incidents.self, Alerts.self, Paused.self,
                    Workflows.self, AdapterList.self, Schedules.self, Tasks.self,
                    Substitutes.self, Operations.self, Erasures.self, StatementCommand.self,
                ]),
            CommandGroup(
                name: "Moving",
                subcommands: [
                    Start.self, Send.self, Wait.self, Retry.self, Cancel.self, ScheduleCommand.self,
                    AdapterCommand.self, WorkflowCommand.self, MoneyCommand.self, TaskCommand.self,
                    Decide.self,
                    Substitute.self,
                    Attach.self,
                ]),
            CommandGroup(
                name: "Repairing",
                subcommands: [
                    Complete.self, Fail.self, Assign.self, Move.self, Fire.self, Migrate.self,
                    PauseInstance.self,
                    ResumeInstance.self, Terminate.self, Erase.self,
                ]),
            CommandGroup(
                name: "Keeping",
                subcommands: [
                    Backup.self, Restore.self, Doctor.self, AuditCommand.self, KeysCommand.self,
                    Retention.self,
                    Archive.self,
                ]),
            CommandGroup(
                name: "Access", subcommands: [TokenCommand.self]),
            CommandGroup(
                name: "Command line",
                subcommands: [ContextCommand.self, Completions<Program>.self]),
            CommandGroup(
                name: "Proving",
                subcommands: [
                    Check.self, TestCommand.self, ReplayCommand.self, DiagramCommand.self,
                    Diff.self, Compat.self, Explain.self,
                ]),
        ]
    }

    package init() {}

    static func launch() async {
        // What is written by a name that the user gives: exports, ready files.
        umask(0o077)
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            try checkHelp(words)
            try checkCommands(words)
            var command = try await asyncParseAsRoot(
                words.withWaitAsFlag.withImports(
                    Wiring.business.importers.map { $0.name }))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let failure = Failure(error) ?? usageFailure(error) else {
                exit(withError: error)
            }
            Terminal.say(failure.text(style: Style(isColoured: Terminal.errorsAreColoured)))
            Foundation.exit(failure.status)
        }
    }
}

extension [String] {
    /// `--wait` may stand alone: it means `--wait=terminal`.
    var withWaitAsFlag: [String] { map { $0 == "--wait" ? "--wait=terminal" : $0 } }
}
