import ArgumentParser
import Definition
import Foundation
import Values

struct Import: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            abstract: "Bring data into a database that no server uses; what is there is replaced.",
            discussion: Wiring.business.importers.map { "\($0.name)  \($0.abstract)" }
                .joined(separator: "\n"))
    }

    @Argument(help: "What the file holds.")
    var kind: String

    @Argument(help: "The file.")
    var file: String

    @Option(help: "The folder of the database.")
    var data = "./pawl-data"

    func run() throws {
        let plan = ImportPlan(importer: kind, file: file)
        _ = try Wiring.importer(kind)
        let count = try Wiring.bring(plan, into: try Wiring.store(data)) ?? 0
        Terminal.say("\(count) \(kind) imported")
    }
}

/// Files that are brought in before anything else.
struct ImportOptions: ParsableArguments {
    @Option(
        name: .customLong("import"),
        help: ArgumentHelp(
            "Import this file when it has changed; `--KIND FILE` is short for it.",
            valueName: "kind=file"))
    var files: [String] = []

    /// - Parameter folder: a project whose samples are taken for what is not named; nil: nothing is.
    func plans(samplesIn folder: String?) throws -> [ImportPlan] {
        var plans: [ImportPlan] = []
        for text in files {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw ValidationError("--import is a kind and a file, like members=members.csv")
            }
            let plan = ImportPlan(importer: String(parts[0]), file: String(parts[1]))
            _ = try Wiring.importer(plan.importer)
            plans.append(plan)
        }
        guard let folder else { return plans }
        for importer in Wiring.business.importers
        where !plans.contains(where: { $0.importer == importer.name }) {
            guard let sample = importer.sample.map({ "\(folder)/\($0)" }),
                FileManager.default.fileExists(atPath: sample)
            else { continue }
            plans.append(ImportPlan(importer: importer.name, file: sample))
        }
        return plans
    }
}

extension [String] {
    /// `--NAME FILE` of an importer means `--import NAME=FILE`.
    func withImports(_ names: [String]) -> [String] {
        var result: [String] = []
        var rest = self[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return result + [argument] + rest }
            let parts = argument.split(separator: "=", maxSplits: 1)
            guard argument.hasPrefix("--"), let word = parts.first?.dropFirst(2),
                names.contains(String(word))
            else {
                result.append(argument)
                continue
            }
            if parts.count == 2 {
                result += ["--import", "\(word)=\(parts[1])"]
            } else if let file = rest.popFirst() {
                result += ["--import", "\(word)=\(file)"]
            } else {
                result.append(argument)
            }
        }
        return result
    }
}
