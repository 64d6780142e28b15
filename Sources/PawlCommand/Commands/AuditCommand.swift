import ArgumentParser
import Assembly
import Encryption
import Execution
import Foundation
import Resources
import Values

/// Who did what, and whether that is as it was written.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List who did what; verify that nobody has changed the list.",
        discussion: """
            pawl audit -f 'actor:operator/olga since:7d'
            pawl audit verify --data ./pawl-data --anchors anchors.jsonl --public-key audit.pub
            """,
        subcommands: [Show.self, Verify.self, Key.self], defaultSubcommand: Show.self)

    struct Show: Looking {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List who did what, newest first.",
            discussion: """
                Terms, all of which must hold: actor:operator/olga, principal:ordering, deed:task.decide or deed:task, \
                target:loan/7, request:ID, since:7d, until:2026-11-01.
                """)

        @Option(name: [.customShort("f"), .long], help: "Terms that all must hold.")
        var filter = ""

        @OptionGroup var page: PageOptions

        @OptionGroup var watching: WatchOptions

        @OptionGroup var options: ClientOptions

        func look() async throws -> Sight {
            let listing = try await options.list(
                "/v1/audit", "rows", page, filter.isEmpty ? [] : [("filter", filter)])
            return options.output.sight(listing, empty: "nobody has done such a thing") {
                AuditText.table($0, style: .standard)
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Walk the whole chain, and name the first link that does not hold.",
            discussion: """
                With --data it reads the database itself, without a server and whether one runs or not. Anchors prove \
                what the chain alone cannot: that its tail was not cut, and that it was not written anew from some row on.
                """)

        @Option(help: "Read the database in this folder instead of asking a server.")
        var data: String?

        @Option(
            help: "A file of anchors, one a line, as `audit.anchor` of pawl.yaml has it written.")
        var anchors: String?

        @Option(help: "The public key that the anchors are to be signed by.")
        var publicKey: String?

        @Option(help: "Only anchors of this namespace, where the file has several.")
        var namespace: String?

        @OptionGroup var options: ClientOptions

        func validate() throws {
            guard publicKey == nil || anchors != nil else {
                throw ValidationError("--public-key is for --anchors")
            }
        }

        func run() async throws {
            let (known, forged) = try read()
            var verifier = AuditVerifier(anchors: known)
            try await walk(&verifier)
            let fault = verifier.verdict() ?? forged
            let doubts = AuditText.doubts(
                areAnchored: anchors != nil, isSigned: publicKey != nil,
                verifier.last?.sequence ?? 0, known.map(\.sequence).max() ?? 0)
            options.output.print(AuditText.document(verifier, fault, doubts)) {
                AuditText.verdict($0)
            }
            guard let fault else { return }
            throw Failure(
                status: 1, "the audit is not as it was written: \(fault.message)",
                fix: "keep this database as it is; a backup and the anchors say what stood there")
        }

        /// The anchors that hold, and the first that does not.
        private func read() throws -> ([AuditAnchor], AuditFault?) {
            guard let anchors else { return ([], nil) }
            let key = try publicKey.map { path in
                guard let key = VerifyingKey(try Self.text(path)) else {
                    throw Failure(
                        status: 64, "\(path) holds no public key",
                        fix: "`pawl audit key` makes a pair")
                }
                return key
            }
            var (found, fault) = AnchorLine.read(try Self.text(anchors), key)
            if let namespace { found.removeAll { !sameUTF8($0.namespace, namespace) } }
            let namespaces = Set<ExactText>(found.map { ExactText($0.namespace) })
            guard namespaces.count < 2 else {
                throw Failure(
                    status: 64,
                    "the anchors are of \(namespaces.sorted().map(\.text).joined(separator: ", "))",
                    fix: "say which: --namespace NAME")
            }
            return (found, fault)
        }

        private static func text(_ path: String) throws -> String {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw Failure(status: 3, "\(path) cannot be read", fix: "name a file")
            }
            return text
        }

        private func walk(_ verifier: inout AuditVerifier) async throws {
            var after = Int64(0)
            let store = try data.map { try Wiring.readOnly($0) }
            // Of a file also what stands before the first number.
            if store != nil { after = .min }
            while !verifier.isSettled {
                let rows: [AuditRow]
                if let store {
                    do throws(StoreError) {
                        rows = try store.audit(after: after, count: Self.page)
                    } catch {
                        throw Wiring.failure(error, in: data ?? "")
                    }
                } else {
                    rows = try await ask(after)
                }
                verifier.take(rows)
                guard rows.count == Self.page, let last = rows.last else { return }
                after = last.sequence
            }
        }

        private static let page = 1_000

        private func ask(_ after: Int64) async throws -> [AuditRow] {
            let answer = try await options.client.get(
                "/v1/audit", [("after", String(after)), ("count", String(Self.page))])
            let rows = answer["rows"]?.listValue ?? []
            let read = rows.compactMap { AuditRow(document: $0) }
            guard read.count == rows.count else {
                throw Failure(
                    status: 1, "a row behind \(after) does not say what its hash is over",
                    fix: "verify the database itself: --data DIR")
            }
            return read
        }
    }

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a pair of keys for anchors: FILE, which signs, and FILE.pub.",
            discussion: """
                Give the private one to the server (`audit.anchor.key` in pawl.yaml), and the public one to whoever verifies.
                """)

        @Argument(help: "The file of the private key; it must not exist.")
        var file: String

        func run() async throws {
            let key = SigningKey()
            for (path, text) in [(file, key.text), (file + ".pub", key.verifying.text)] {
                do {
                    try Data(text.utf8).write(
                        to: URL(fileURLWithPath: path), options: .withoutOverwriting)
                } catch {
                    throw Failure(
                        status: 1, "\(path) cannot be made, or exists already",
                        fix: "name another file; a key that signs is never written over")
                }
            }
            Terminal.say("\(file) signs, and is for the server alone; \(file).pub verifies")
        }
    }
}
