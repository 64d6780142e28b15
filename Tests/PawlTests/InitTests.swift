import Foundation
import Testing
import Values

@testable import PawlCommand

/// A project that was just made is right, passes its own tests, and runs.
@Suite(.serialized) struct NewProjects {
    @Test func aProjectIsMadeCheckedAndTested() async throws {
        try await withFolder { folder in
            func pawl(_ words: String..., in place: String = "") throws -> Finished {
                try RunningPawl(words, in: folder + place).finish()
            }
            let made = try pawl("init", "parcels")
            #expect(made.status == 0 && made.errors.contains("next: cd parcels && pawl check"))
            for path in made.output.split(separator: "\n") {
                #expect(FileManager.default.fileExists(atPath: "\(folder)/parcels/\(path)"))
            }
            let check = try pawl("check", in: "/parcels")
            #expect(check.status == 0 && check.output.isEmpty, "\(check.output)")
            #expect(
                check.errors
                    == "1 workflows, 2 adapters, 1 scenarios, 4 exchanges: 0 errors, 0 warnings\n")
            let test = try pawl("test", in: "/parcels")
            #expect(test.status == 0 && test.output.hasSuffix("5 passed, 0 failed\n"), "\(test)")
            // What the README names is there, and nothing of it is a word that stands for another.
            let readme = try String(contentsOfFile: folder + "/parcels/README.md", encoding: .utf8)
            #expect(readme.hasPrefix("# parcels\n") && !readme.contains("NAME"))
        }
    }

    @Test func nothingIsOverwritten() async throws {
        try await withFolder { folder in
            try write("mine\n", folder + "/pawl.yaml")
            let refused = try RunningPawl(["init"], in: folder).finish()
            #expect(refused.status == 1 && refused.errors.contains("holds pawl.yaml already"))
            #expect(refused.errors.contains("fix: name another folder: `pawl init DIR`"))
            let all = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(all == ["pawl.yaml"])
            #expect(try String(contentsOfFile: folder + "/pawl.yaml", encoding: .utf8) == "mine\n")
        }
    }

    @Test(arguments: [
        ("parcels", "parcels"), ("My Shop (2)", "my-shop-2"), ("2026", "my-project"),
        ("Über", "ber"), ("", "my-project"),
        (String(repeating: "x", count: 99), String(repeating: "x", count: 40)),
    ])
    func aFoldersNameBecomesTheProjects(folder: String, name: String) {
        #expect(StarterProject.name(of: folder) == name)
    }

    @Test(arguments: ["", "Parcels", "a b", "2a", "-a", "ä", String(repeating: "x", count: 41)])
    func otherNamesAreRefused(name: String) { #expect(StarterProject(name: name) == nil) }

    /// `pawl dev` in it: what the README does, with a courier that answers what was recorded.
    @Test func itRunsIsBrokenAndRepaired() async throws {
        try await withFolder { folder in
            #expect(try RunningPawl(["init"], in: folder).finish().status == 0)
            let server = try RunningPawl(
                [
                    "dev", "--port", "0", "--sandbox-http-port", "0", "--sandbox-smtp-port", "0",
                    "--log-level", "critical",
                ], in: folder)
            let sandbox = try #require(try server.line(after: "services and mails at "))
            let address = String(
                try #require(try server.line(after: "pawl serves ")).prefix { $0 != " " })
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words, in: folder, url: address).finish()
            }
            func start(_ key: String, _ more: String...) throws -> Finished {
                try RunningPawl(
                    [
                        "start", "delivery", "--key", key, "address=1 Long Lane",
                        "recipient=ana@example.com",
                    ] + more, in: folder, url: address
                ).finish()
            }
            func reaches(_ state: String, _ name: String) throws -> Bool {
                try pawl("wait", name, "--until", "state:\(state)", "--timeout", "20s").status == 0
            }
            #expect(try start("p-1").status == 0)
            #expect(try reaches("underway.inTime", "delivery/p-1"))
            #expect(try pawl("get", "delivery/p-1", "-o", "json").output.contains("c-77"))
            #expect(
                try pawl("send", "delivery/p-1", "parcel.delivered", "signedBy=Ana").status == 0)
            #expect(try pawl("wait", "delivery/p-1", "--timeout", "20s").status == 0)

            let courier = Wiring.client(url: sandbox, actor: nil)
            _ = try await courier.post(
                "/faults",
                ["adapter": "courier", "operation": "book", "kind": "decline", "count": -1])
            #expect(try start("p-2", "--wait=state:underway", "--timeout", "1s").status == 7)
            let why = try pawl("why", "delivery/p-2")
            #expect(why.output.contains("account-blocked"), "\(why.output)")
            #expect(why.output.contains("pawl retry delivery/p-2"))
            #expect(try pawl("incidents", "--group").output.contains("account-blocked"))
            let faults = try await courier.get("/faults")
            #expect(faults["faults"]?[0]?["fired"] != 0)
            // Another process takes the fault away: here there is nothing that could DELETE.
            let clear = Process()
            clear.executableURL = URL(filePath: "/usr/bin/curl")
            clear.arguments = ["-s", "-X", "DELETE", sandbox + "/faults"]
            try clear.run()
            clear.waitUntilExit()
            #expect(try pawl("retry", "delivery/p-2").status == 0)
            #expect(try reaches("underway", "delivery/p-2"))

            #expect(try start("p-3", "--param", "promised=1s").status == 0)
            #expect(try reaches("underway.late", "delivery/p-3"))
            server.terminate()
            #expect(try server.finish().status == 0)
        }
    }
}
