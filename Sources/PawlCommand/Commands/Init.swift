import ArgumentParser
import Execution
import Foundation
import Values

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a project: a workflow, its scenario, an HTTP adapter and one for mail.",
        discussion: "pawl init parcels && cd parcels && pawl check && pawl test && pawl dev")

    @Argument(help: "The folder to make it in; nothing in it is overwritten.")
    var directory = "."

    @Option(help: "What it is called; else as the folder is.")
    var name: String?

    func run() throws {
        let folder = URL(filePath: directory).standardizedFileURL
        let wanted = name ?? StarterProject.name(of: folder.lastPathComponent)
        guard let project = StarterProject(name: wanted) else {
            throw Failure(
                status: 64, "`\(wanted.printable)` is no name of a project",
                fix: "lower case letters, digits and hyphens: --name parcels")
        }
        try project.write(to: folder.path)
        for file in project.files { Terminal.print(file.path) }
        let there = directory == "." ? "" : "cd \(CommandLineText.quoted(directory)) && "
        Terminal.say(
            "the project `\(project.name)` is made; next: \(there)pawl check && pawl test && pawl dev"
        )
    }
}
