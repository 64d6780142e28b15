import ArgumentParser
import Assembly
import Encryption
import Values

// What is stored sealed, and with which key. They work on the folder, with or without a server.

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Which keys what is stored is sealed with, and how much with each.",
        discussion: """
            Keys are named in pawl.yaml (`encryption`). A server seals what it writes with the current one, and by itself \
            everything else anew, a little at a time: after `current` was changed and the server started again, look here until \
            the old key has 0 values, then take it out of pawl.yaml.
            """,
        subcommands: [Show.self, Rotate.self], defaultSubcommand: Show.self)

    struct Place: ParsableArguments {
        @Option(help: "The folder of the database.")
        var data = "./pawl-data"

        @OptionGroup var keys: KeyOptions
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keys by name, and how many values each has sealed; every row is looked at.")

        @OptionGroup var place: Place

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let counts = try Wiring.sealedCounts(place.data, config: place.keys.config)
            output.print(counts.document) { _ in counts.text }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal everything with the current key, where no server does it.",
            discussion:
                "Stopped or killed in between it goes on where it was when it is started again.")

        @OptionGroup var place: Place

        @OptionGroup var output: OutputOptions

        func run() async throws {
            let (done, counts) = try await Wiring.reseal(place.data, config: place.keys.config)
            Terminal.say("\(done) values are sealed anew")
            output.print(counts.document) { _ in counts.text }
        }
    }
}

extension SealedCounts {
    fileprivate var document: Value {
        let rows = counts.map { count -> Value in
            [
                "key": count.key.map(Value.string) ?? .null, "values": .int(count.values),
                "current": .bool(count.key == current),
            ]
        }
        return ["keys": .list(rows), "left": .int(left)]
    }

    fileprivate var text: String {
        let rows = counts.map { count -> String in
            let name = count.key ?? EncryptionConfiguration.none
            let mark = count.key == current ? "  seals what is written now" : ""
            return "\(name.padding(32))  \(count.values)\(mark)\n"
        }
        let rest = left == 0 ? "" : "\(left) values are to be sealed anew\n"
        return rows.joined() + rest
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
