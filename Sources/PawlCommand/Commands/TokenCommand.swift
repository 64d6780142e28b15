import Access
import ArgumentParser
import Assembly
import Definition
import Engine
import Execution
import Foundation
import Resources
import Values

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "What programs and people prove with who they are: make, list and revoke tokens.",
        discussion: """
            A token is shown once, when it is made, and kept as a hash. Commands take it from PAWL_TOKEN or a file \
            (--token-file, PAWL_TOKEN_FILE). The first one is made beside the database, while no server runs:
            pawl token create --data ./pawl-data --subject ana --role admin
            """,
        subcommands: [Create.self, Ls.self, Revoke.self, Whoami.self, Logout.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token; its text is the only thing on standard output.")

        @Option(
            help: "Who bears it: a name like `ordering`, as workflows and the history know them.")
        var subject: String

        @Option(
            name: .customLong("role"),
            help: "What they are: viewer, operator, author, admin, auditor, or a role of pawl.yaml."
        )
        var roles: [String]

        @Option(
            name: .customLong("may"),
            help: "Only this, of all that the roles allow: read, start, send, ….")
        var permissions: [String] = []

        @Option(
            name: .customLong("workflow"), help: "Only about this workflow.",
            completion: .workflows)
        var workflows: [String] = []

        @Option(help: "Until when: a span like 90d, or a moment; a year at most.")
        var expires = "90d"

        @Option(help: "What it is for.")
        var note: String?

        @Option(help: "Make it in the database of this folder, which no server uses.")
        var data: String?

        @Option(help: "With --data: the pawl.yaml that has the roles.")
        var config: String?

        @OptionGroup var options: ClientOptions

        func run() async throws {
            let document: Value
            if let data {
                document = try Wiring.issueToken(order, in: data, config: config)
            } else {
                document = try await options.client.post("/v1/tokens", .map(order))
            }
            guard options.output.format == .table else {
                return options.output.print(document) { _ in "" }
            }
            // For `TOKEN=$(pawl token create …)`; what is said about it goes beside.
            Terminal.say(
                "token \(document["id"]?.shown ?? "") of \(document["subject"]?.shown ?? ""), until "
                    + "\(document["expiresAt"]?.shown ?? ""); it is shown this once")
            options.output.print(document) { ($0["token"]?.stringValue ?? "") + "\n" }
        }

        private var order: ValueMap {
            func list(_ texts: [String]) -> Value? {
                texts.isEmpty ? nil : .list(texts.map(Value.string))
            }
            var map: ValueMap = [
                "subject": .string(subject), "roles": .list(roles.map(Value.string)),
                "expires": .string(expires),
            ]
            map.set("permissions", list(permissions))
            map.set("workflows", list(workflows))
            map.set("note", note.map(Value.string))
            return map
        }
    }

    struct Ls: Looking {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Tokens, the newest first.", aliases: ["ls"])

        @OptionGroup var watching: WatchOptions

        @OptionGroup var options: ClientOptions

        func look() async throws -> Sight {
            let answer = try await options.client.get("/v1/tokens")
            return options.output.sight(
                Listing(Listing.Page(answer, "tokens"), "tokens"), empty: "there are no tokens"
            ) { rows in
                var table = TextTable(
                    header: ["ID", "STATUS", "SUBJECT", "ROLES", "EXPIRES", "MADE BY", "NOTE"])
                table.rows = rows.map { row -> [String] in
                    let shown = { (name: String) -> String in row[name]?.shown ?? "" }
                    return [
                        shown("id"), shown("status"), shown("subject"), names(row["roles"]),
                        shown("expiresAt"), shown("createdBy"), shown("note"),
                    ]
                }
                return table.text(width: Terminal.width, style: .standard)
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token: from now on whoever brings it is not let in.")

        @Argument(help: "The token's id, which `pawl token list` shows.")
        var id: String

        @OptionGroup var options: ClientOptions

        func run() async throws {
            let answer = try await options.client.post(
                "/v1/tokens/\(id.percentEncoded)/revoke", [:])
            options.output.print(answer) {
                "revoked: \($0["id"]?.shown ?? "") of \($0["subject"]?.shown ?? "")\n"
            }
        }
    }

    struct Whoami: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who the server takes you for, and what you may.")

        @OptionGroup var options: ClientOptions

        func run() async throws {
            let answer = try await options.client.get("/v1/whoami")
            options.output.print(answer) { TokenCommand.text($0) }
        }
    }

    struct Logout: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Log somebody out of every browser; their tokens go on.")

        @Argument(help: "Who: the subject, as `pawl token list` and the history have it.")
        var subject: String

        @OptionGroup var options: ClientOptions

        func run() async throws {
            let answer = try await options.client.post(
                "/v1/sessions/end", ["subject": .string(subject)])
            options.output.print(answer) {
                "\($0["ended"]?.shown ?? "0") sessions of \($0["subject"]?.shown ?? "") ended\n"
            }
        }
    }

    private static func names(_ list: Value?) -> String {
        (list?.listValue ?? []).compactMap(\.stringValue).joined(separator: ", ")
    }

    private static func text(_ answer: Value) -> String {
        guard answer["isControlled"] == true else {
            return "\(answer["actor"]?.shown ?? ""): this server has no access control, "
                + "and whoever may speak to it may do everything\n"
        }
        var lines = [
            "\(answer["subject"]?.shown ?? "") by \(answer["proof"]?.shown ?? "")",
            "roles  " + names(answer["roles"]),
        ]
        for (name, places) in answer["permissions"]?.mapValue?.entries ?? [] {
            let places = names(places)
            lines.append(
                "may \(name.stringValue ?? "")  \(places == "*" ? "everywhere" : places)")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
