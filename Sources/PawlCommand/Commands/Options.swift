import ArgumentParser
import Execution
import Foundation
import Server
import Values

/// Which server, as whom, and how to print.
struct ClientOptions: ParsableArguments {
    @Option(help: "The server; else PAWL_URL, else the context in use, else this machine.")
    var url: String?

    @Option(help: "The server that `pawl context` keeps under this name.", completion: .contexts)
    var context: String?

    @Option(name: .customLong("as"), help: "Who you are: role/subject, or a role for yourself.")
    var actor: String?

    @Option(
        help: "The file of the token that proves it; else PAWL_TOKEN, else PAWL_TOKEN_FILE.",
        completion: .file())
    var tokenFile: String?

    @OptionGroup var trust: TrustOptions

    @OptionGroup var output: OutputOptions

    var client: APIClient {
        get throws(Failure) {
            let choice = try choice
            let trust = trust.trust.falling(backTo: choice.trust)
                .falling(backTo: .said(in: environmentVariable))
            var client = Wiring.client(
                url: choice.url, actor: (actor ?? choice.actor).map(Self.sender), trust: trust)
            client.token = try TokenSource(
                file: tokenFile ?? choice.tokenFile, environment: environmentVariable
            ).token(for: choice.url)
            client.suggestions = suggestions
            client.onChange = choice.context.map { Notice("context \($0): \(choice.url)") }
            return client
        }
    }

    /// What is suggested reaches the same server.
    var suggestions: Suggestions {
        Suggestions(
            words: (url.map { ["--url", $0] } ?? context.map { ["--context", $0] } ?? [])
                + trust.words)
    }

    var choice: ServerChoice {
        get throws(Failure) {
            return try ServerChoice(url: url, context: context, environment: environmentVariable) {
                () throws(Failure) in
                try ContextBook.read(ContextBook.file(in: environmentVariable))
            }
        }
    }

    func validate() throws {
        guard url == nil || context == nil else {
            throw ValidationError("--url and --context exclude each other")
        }
        guard actor?.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) ?? true
        else { throw ValidationError("--as is role/subject, of printable characters") }
        guard let actor, actor.prefix(while: { $0 != "/" }).lowercased() == Actor.system.role else {
            return
        }
        throw ValidationError(
            "nobody can be `system`: that is the engine itself. Say who you are, like operator/olga"
        )
    }

    /// A role alone is played by whoever sits at the keyboard.
    static func sender(_ text: String) -> String {
        guard !text.contains("/") else { return text }
        return text + "/" + (ProcessInfo.processInfo.environment["USER"] ?? "anonymous")
    }
}

/// Whom to trust over https, and what to show.
struct TrustOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Trust this authority over https (PEM); else PAWL_CA, else the system's.",
            valueName: "file"),
        completion: .file())
    var ca: String?

    @Option(
        help: ArgumentHelp(
            "Show this certificate of yours (PEM); else PAWL_CERT.", valueName: "file"),
        completion: .file())
    var cert: String?

    @Option(
        help: ArgumentHelp(
            "Its key (PEM); else PAWL_CERT_KEY, else in the same file.", valueName: "file"),
        completion: .file())
    var certKey: String?

    func validate() throws {
        guard certKey == nil || cert != nil else {
            throw ValidationError("--cert-key is of --cert: say both")
        }
    }

    var trust: ClientTrust { ClientTrust(authorities: ca, certificate: cert, key: certKey) }

    /// As they were typed.
    var words: [String] {
        [("--ca", ca), ("--cert", cert), ("--cert-key", certKey)].flatMap { name, file in
            file.map { [name, $0] } ?? []
        }
    }

    /// With whole paths: they are used in another folder.
    var whole: TrustOptions {
        var options = self
        func path(_ file: String?) -> String? {
            file.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        }
        options.ca = path(ca)
        options.cert = path(cert)
        options.certKey = path(certKey)
        return options
    }
}

struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: "One of \(OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = OutputFormat.table

    func print(_ value: Value, card: (Value) -> String) {
        write(format.text(value, card: card))
    }

    func print(_ values: [Value], table: ([Value]) -> String) {
        let text = format.text(values, table: table)
        if !text.isEmpty { write(text) }
    }

    /// - Parameters:
    ///   - empty: what is said where there is nothing.
    ///   - typed: the command, which what is left out is found by.
    func sight(
        _ listing: Listing, empty: String,
        typed: [String] = Array(CommandLine.arguments.dropFirst()), table: ([Value]) -> String
    ) -> Sight {
        var sight = sight(format.text(listing, table: table), listing.document)
        if listing.rows.isEmpty {
            sight.talk.append(empty + (listing.hint.map { "; \($0)" } ?? ""))
        }
        sight.talk += [listing.rest(after: typed)].compactMap(\.self)
        return sight
    }

    func sight(_ value: Value, card: (Value) -> String) -> Sight {
        sight(format.text(value, card: card), value)
    }

    private func sight(_ text: String, _ document: Value = .null) -> Sight {
        let isExact = format.isExact || (format.isForPipes && !Terminal.isShown)
        // The line ends of CSV are no text from outside.
        return Sight(
            data: isExact ? text : text.replacing("\r\n", with: "\n"), isExact: isExact,
            substance: document.substance)
    }

    private func write(_ text: String) { sight(text).show() }
}

/// For commands that can also read a database file.
struct SourceOptions: ParsableArguments {
    @OptionGroup var server: ClientOptions

    @Option(help: "Read the database in this folder instead of asking a server.")
    var data: String?

    @OptionGroup var keys: KeyOptions

    func source() throws -> any InstanceSource {
        guard let data else { return try server.client }
        var file = try Wiring.file(data, config: keys.config)
        file.suggestions = suggestions
        return file
    }

    var suggestions: Suggestions {
        data.map { Suggestions(words: ["--data", $0]) } ?? server.suggestions
    }
}

/// For commands that read a database file, which may be sealed.
struct KeyOptions: ParsableArguments {
    @Option(help: "The pawl.yaml that names the keys of a sealed database; by default ./pawl.yaml.")
    var config: String?
}

/// For commands that show data.
struct RevealOption: ParsableArguments {
    @Flag(help: "Show what the workflow marks x-sensitive, too, in place of •••.")
    var reveal = false
}

extension InstanceName: ExpressibleByArgument {
    package init?(argument: String) { self.init(parsing: argument) }
}

/// `30s`, `5m`, `1h30m`.
struct Span: ExpressibleByArgument, Hashable {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Duration(parsing: argument), duration >= .zero else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { duration.shortText }
}

/// What to wait for.
struct Goal: ExpressibleByArgument, Hashable {
    let text: String

    static let terminal = Goal(text: "terminal")

    private init(text: String) { self.text = text }

    init?(argument: String) {
        guard argument == "terminal" || (argument.hasPrefix("state:") && argument.count > 6) else {
            return nil
        }
        text = argument
    }

    var defaultValueDescription: String { text }
}
