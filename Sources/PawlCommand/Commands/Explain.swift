import ArgumentParser
import Values

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Say what a code means that stands in a message, a blocker, a finding or a status.",
        discussion: "pawl explain call.unknown\npawl explain stuck-state\npawl explain 5")

    @Argument(
        help: "The code; without it all of them are listed.",
        completion: .custom { _, _, _ in CodeExplanation.all.map(\.code).distinct })
    var code: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let code else { return list() }
        let found = try CodeExplanation.of(code)
        output.print(found.map(\.document)) { _ in
            found.map { $0.text(width: Terminal.width, style: .standard) }.joined(separator: "\n")
        }
    }

    private func list() {
        output.print(CodeExplanation.all.map(\.document)) { _ in
            var table = TextTable(header: ["CODE", "KIND", "MEANS"])
            table.elastic = 2
            table.yields = [.drop(1)]
            table.rows = CodeExplanation.all.map {
                [$0.code, $0.subject.rawValue, $0.meaning.withoutLinks]
            }
            return table.text(width: Terminal.width, style: .standard)
        }
    }
}
