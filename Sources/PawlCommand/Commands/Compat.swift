import ArgumentParser
import Assembly
import Definition
import Engine
import Execution
import Values
import WorkflowLanguage

struct Compat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compat",
        abstract: "Say what of an older version a newer one could not take over.",
        discussion: """
            pawl compat old/workflow.yaml new/workflow.yaml names every state, and every call of a state, that has no place \
            in the newer version, by its `migrate` or by name. With --data every live instance in that database is held \
            against it as it stands, and those that could not come are named with the reason.

            Exits with 1 when there is any.
            """)

    @Argument(help: "The file of the older version.")
    var old: String

    @Argument(help: "The file of the newer one; it need not be published.")
    var new: String

    @Option(help: "The folder of a database, whose live instances are looked at, too.")
    var data: String?

    func run() throws {
        let (old, new) = (try Diff.definition(old), try Diff.definition(new))
        guard sameUTF8(old.name, new.name) else {
            throw Problem(
                .invalid, "\(old.name) and \(new.name) are two workflows",
                fix: "name two versions of one")
        }
        guard old.version != new.version else {
            throw Problem(
                .invalid, "both are version \(old.version)",
                fix: "raise `version` in the newer one")
        }
        let gaps = VersionMap(from: old, to: new).gaps
        for gap in gaps { Terminal.print("\(gap.state): \(gap.reason)".printable) }
        let stranded = try data.map { try live(in: $0, old, new) } ?? 0
        if gaps.isEmpty {
            Terminal.say("every state and call of version \(old.version) has a place")
        }
        if !gaps.isEmpty || stranded > 0 { throw Failure(status: 1) }
    }

    /// - Returns: how many could not come.
    private func live(
        in folder: String, _ old: WorkflowDefinition, _ new: WorkflowDefinition
    ) throws -> Int {
        let (checked, stranded) = try Wiring.file(folder).inspector.stranded(from: old, to: new)
        for instance in stranded {
            let states = instance.states.joined(separator: ", ")
            let reasons = instance.reasons.map(\.sentence).joined(separator: "; ")
            Terminal.print("\(instance.name) in \(states): \(reasons)".printable)
        }
        Terminal.say(
            "\(checked) live instances of version \(old.version): \(checked - stranded.count) could come, "
                + "\(stranded.count) could not")
        return stranded.count
    }
}
