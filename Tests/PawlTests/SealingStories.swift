import Foundation
import Testing
import Values

@testable import Assembly
@testable import PawlCommand

/// A server whose database is sealed, with the program as a shell sees it.
@Suite(.serialized) struct SealingStories {
    private static let marker = "Maria-Musterfrau-1977"
    /// Who holds something says why, which the log tells.
    private static let reason = "she-asked-for-it-by-phone"

    private static func key(_ seed: String) -> String {
        Data(SHA256.digest(of: Array(seed.utf8))).base64EncodedString() + "\n"
    }

    private static func configure(_ folder: String, _ current: String?) throws {
        let text =
            current.map {
                "encryption:\n  keys: {k1: {file: k1.key}, k2: {command: [/bin/cat, \(folder)/k2.key]}}\n"
                    + "  current: \($0)\n"
            } ?? ""
        try write(text + "namespace: lamps\n", folder + "/pawl.yaml")
    }

    private static func files(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            guard name != "note.txt",
                let data = FileManager.default.contents(atPath: "\(folder)/\(name)")
            else { return false }
            // A reason is in the audit, which is read without a key.
            return data.range(of: Data(marker.utf8)) != nil
        }.sorted()
    }

    private static let person = """
        workflow: person
        version: 1
        description: Somebody.
        start: {on: person.came, key: event.data.id}
        input: {type: object, properties: {id: {type: string}, name: {type: string}}}
        events: {person.moved: {early: reject}}
        initial: here
        states:
          here: {on: {person.moved: gone}}
          gone: {type: final}
        """

    private struct Server {
        let process: RunningPawl
        let address: String

        init(in folder: String) throws {
            process = try RunningPawl(["serve", "--port", "0", "--log-level", "info"], in: folder)
            let url = try process.line(after: "pawl serves ") ?? ""
            address = String(url.prefix { $0 != " " })
        }
    }

    private func start(
        _ numbers: ClosedRange<Int>, _ server: Server, in folder: String
    ) throws {
        for number in numbers {
            let done = try RunningPawl(
                [
                    "start", "person", "--key", "\(number)", "id=\(number)",
                    "name=\(Self.marker)-\(number)",
                ], in: folder, url: server.address
            ).finish()
            #expect(done.status == 0, "\(done.errors)")
        }
    }

    private func check(_ number: Int, in folder: String) throws {
        let card = try RunningPawl(
            ["get", "person/\(number)", "--data", "pawl-data", "-o", "json"], in: folder
        ).finish()
        #expect(card.output.contains("\(Self.marker)-\(number)"), "\(card.errors)")
    }

    /// none → k1 → k2, killed in between → none → k1, and everything is read as it was written.
    @Test func aServerGoesThroughEveryKeyUnderLoad() async throws {
        try await withFolder { folder in
            try write(Self.person, folder + "/workflows/person/workflow.yaml")
            try write("", folder + "/adapters/none")
            try write("Dear \(Self.marker)\n", folder + "/note.txt")
            for name in ["k1", "k2"] {
                try write(Self.key(name), "\(folder)/\(name).key")
                chmod("\(folder)/\(name).key", 0o600)
            }
            var last = 0
            for (turn, current) in ([nil, "k1", "k2", "k2", "none", "k1"] as [String?]).enumerated()
            {
                try Self.configure(folder, current)
                let server = try Server(in: folder)
                try start((last + 1)...(last + 8), server, in: folder)
                last += 8
                for words in [
                    ["pause", "person/\(last)", "--reason", Self.reason],
                    ["send", "person/\(last)", "person.moved", "to=\(Self.marker)"],
                    ["send", "person/nobody", "person.moved", "to=\(Self.marker)"],
                    ["attach", "note.txt"],
                ] {
                    let done = try RunningPawl(words, in: folder, url: server.address).finish()
                    #expect(done.status != 64, "\(done.errors)")
                }
                if turn == 2 { server.process.kill() } else { server.process.terminate() }
                let end = try server.process.finish()
                #expect(turn == 2 || end.status == 0)
                #expect(!end.errors.contains(Self.marker))
                // What the server did not come to, where no server runs.
                let rotated = try RunningPawl(["keys", "rotate"], in: folder).finish()
                #expect(rotated.status == 0, "\(rotated.errors)")
                #expect(!rotated.output.contains("are to be sealed anew"))
                for number in [1, last / 2, last] { try check(number, in: folder) }
                let isSealed = current != nil && current != "none"
                #expect(try Self.files(in: folder).isEmpty == isSealed, "\(current ?? "off")")
                let counts = try RunningPawl(["keys", "-o", "json"], in: folder).finish().output
                #expect(
                    counts.contains("\"left\":0") || counts.contains("\"left\": 0"), "\(counts)")
            }
            let backup = try RunningPawl(["backup", "copy.db"], in: folder).finish()
            #expect(backup.status == 0, "\(backup.errors)")
            #expect(try Self.files(in: folder) == [])
            let restored = try RunningPawl(["restore", "copy.db", "--data", "again"], in: folder)
                .finish()
            #expect(restored.status == 0, "\(restored.errors)")
            let doctor = try RunningPawl(["doctor", "--data", "again", "--deep"], in: folder)
                .finish()
            #expect(doctor.output.hasSuffix("nothing wrong\n"), "\(doctor.output) \(doctor.errors)")
            try refusals(in: folder)
        }
    }

    private func refusals(in folder: String) throws {
        func serve() throws -> Finished {
            try RunningPawl(["serve", "--port", "0"], in: folder).finish()
        }
        // Without the section, with another key, with one that others may read, and with none.
        try Self.configure(folder, nil)
        var end = try serve()
        #expect(end.status == 1 && end.errors.contains("is sealed with key k1, which is not given"))
        try Self.configure(folder, "k1")
        try write(Self.key("another"), folder + "/k1.key")
        chmod(folder + "/k1.key", 0o600)
        end = try serve()
        #expect(end.status == 1 && end.errors.contains("key k1 is another one"), "\(end.errors)")
        chmod(folder + "/k1.key", 0o644)
        end = try serve()
        #expect(end.status == 1 && end.errors.contains("other users may open it"))
        try write("short\n", folder + "/k1.key")
        chmod(folder + "/k1.key", 0o600)
        end = try serve()
        #expect(end.status == 1 && end.errors.contains("(file k1.key)"), "\(end.errors)")
        #expect(!end.errors.contains("short"))
        try FileManager.default.removeItem(atPath: folder + "/k1.key")
        end = try serve()
        #expect(end.status == 1 && end.errors.contains("cannot be read"))
    }
}
