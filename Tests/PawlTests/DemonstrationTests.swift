import Execution
import Foundation
import Testing
import Values

@testable import PawlCommand

/// `pawl dev --demo`, and the gallery that it shows.
@Suite(.serialized) struct Demonstrations {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private static let ports = [
        "--port", "0", "--sandbox-http-port", "0", "--sandbox-smtp-port", "0", "--log-level",
        "critical",
    ]

    /// What no request can bring about: an older program's database, a damaged disk.
    private static let unreachable: Set<Blocker.Kind> = [.definitionMissing, .rowDamaged]

    @Test func everyKindOfBlockerThatCanBeSeededIsThere() async throws {
        let server = try RunningPawl(["dev", "--demo"] + Self.ports, in: Self.root)
        defer { server.terminate() }
        let url = try #require(try server.line(after: "the demo has begun: open "))
        func pawl(_ words: String...) throws -> Finished {
            try RunningPawl(words, in: Self.root, url: url).finish()
        }
        let names = try pawl("ls", "-n", "200", "-o", "name").output.split(separator: "\n")
        var kinds: Set<String> = []
        for name in names {
            let why = try JSON.parse(Array(try pawl("why", String(name), "-o", "json").output.utf8))
            for blocker in why["blockers"]?.listValue ?? [] {
                kinds.insert(blocker["kind"]?.stringValue ?? "")
            }
        }
        let wanted = Set(Blocker.Kind.allCases).subtracting(Self.unreachable)
        #expect(kinds == Set(wanted.map(\.rawValue)))
        server.terminate()
        #expect(try server.finish().status == 0)
    }

    @Test func whatIsShownIsNeitherTheProjectsDataNorAnOlderOne() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let start =
                #"{"method": "PUT", "path": "/v1/workflows/lamp/instances/7", "body": {"id": "7"}}"#
            try write(start + "\n", folder + "/seed.jsonl")
            let server = try RunningPawl(["dev", folder, "--demo"] + Self.ports, in: folder)
            #expect(try server.line(after: "the demo has begun: open ") != nil)
            server.terminate()
            #expect(try server.finish().status == 0)
            #expect(!FileManager.default.fileExists(atPath: folder + "/pawl-data"))
            #expect(!FileManager.default.fileExists(atPath: folder + "/sandbox-data"))
            try write("", folder + "/kept/pawl.db")
            let kept = ["dev", folder, "--demo", "--data", folder + "/kept"] + Self.ports
            let refused = try RunningPawl(kept, in: folder).finish()
            #expect(refused.status == 1)
            #expect(refused.errors.contains("begins with an empty one"))
        }
    }

    @Test func aRequestThatIsRefusedEndsTheDemo() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let lines = [
                #"{"method": "PUT", "path": "/v1/workflows/lamp/instances/7", "body": {"id": "7"}}"#,
                #"{"method": "PUT", "path": "/v1/workflows/lmp/instances/7", "body": {}}"#,
            ]
            try write(lines.joined(separator: "\n"), folder + "/seed.jsonl")
            let ended = try RunningPawl(["dev", folder, "--demo"] + Self.ports, in: folder).finish()
            #expect(ended.status == 3, "\(ended.errors)")
            #expect(ended.errors.contains("seed.jsonl:2: "))
            #expect(ended.errors.contains("lamp"))
        }
    }

    @Test(arguments: [
        ("{", "no JSON object"), (#"{"method": "DELETE", "path": "/faults"}"#, "GET, PUT or POST"),
        (#"{"method": "GET"}"#, "`path` is missing"),
        (#"{"method": "GET", "path": "/", "who": "x"}"#, "`who` has no meaning"),
        (#"{"method": "PUT", "path": "/", "until": "paused"}"#, "only a GET"),
    ])
    func aLineThatSaysNothingIsNamed(line: String, message: String) async throws {
        try await withFolder { folder in
            try write("\n" + line, folder + "/seed.jsonl")
            let failure = #expect(throws: Failure.self) {
                try Demonstration(reading: folder + "/seed.jsonl")
            }
            #expect(failure?.message.contains("seed.jsonl:2: ") == true)
            #expect(failure?.message.contains(message) == true)
        }
    }

    @Test func aProjectWithoutASeedHasNothingToShow() {
        let failure = #expect(throws: Failure.self) { try Demonstration(reading: "none.jsonl") }
        #expect(failure?.fix?.contains("samples/gallery") == true)
    }
}
