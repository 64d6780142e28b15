import Adapters
import Definition
import Engine
import Execution
import Foundation
import Guest
import Marketplace
import SQLiteStore
import Testing
import Values
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// A folder of its own, gone afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
}

func write(_ text: String, _ path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
}

let lamp = """
    workflow: lamp
    version: 1
    description: A lamp.
    start: {on: lamp.made, key: event.data.id}
    input: {type: object, properties: {id: {type: string}}}
    params: {currency: {type: string, default: EUR}, watts: {type: integer, default: 5}}
    events: {lamp.on: {early: reject}, lamp.broken: {early: drop}}
    initial: 'off'
    states:
      'off': {on: {lamp.on: 'lit'}}
      lit: {on: {lamp.broken: gone}}
      gone: {type: final}

    """

/// `pawl dev` follows the files.
@Suite struct FollowedFiles {
    @Test func aServerBeginsAgainOnlyWithWhatChecks() async throws {
        try await withFolder { folder in
            let file = folder + "/workflows/lamp/workflow.yaml"
            try write(lamp, file)
            let plan = ServingPlan(
                data: folder + "/data", workflows: folder + "/workflows",
                adapters: folder + "/adapters")
            let store = try SQLiteStore.open(directory: folder + "/data", mode: .readWrite)
            try Project(workflows: plan.workflows, adapters: plan.adapters).publish(into: store)
            let watch = ProjectWatch(plan, store)
            let before = watch.stamps
            #expect(before.count == 1)
            #expect(watch.isRight())
            try write(lamp + "x: 1\n", file)
            #expect(watch.stamps != before)
            #expect(!watch.isRight(), "it has an error")
            let changed = lamp.replacing("default: 5", with: "default: 7")
            try write(changed, file)
            #expect(!watch.isRight(), "version 1 is known with another content")
            try write(changed.replacing("version: 1", with: "version: 2"), file)
            #expect(watch.isRight())
            #expect(
                try store.definitions().map(\.version) == [1], "nothing is published by looking")
        }
    }
}

@Suite struct Configurations {
    @Test(arguments: [
        ("encryption: {keys: {k1: {file: /k}}, current: k1}", true),
        ("encryption: {keys: {k1: {env: KEY}, k2: {file: /k}}, current: none}", true),
        ("encryption: {keys: {k1: {command: [/bin/vault, read]}}, current: k1}", true),
        ("encryption: {keys: {k1: {command: [vault, read]}}, current: k1}", false),
        ("encryption: {keys: {k1: {command: /bin/vault}}, current: k1}", false),
        (
            "encryption: {keys: {k1: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=}, current: k1}",
            false
        ),
        ("encryption: {keys: {k1: {file: /k, env: K}}, current: k1}", false),
        ("encryption: {keys: {none: {file: /k}}, current: none}", false),
        ("encryption: {keys: {k1: {file: /k}}, current: k2}", false),
        ("encryption: {keys: {k1: {file: /k}}}", false),
        ("encryption: {current: none}", false),
        ("encryption: {key: {k1: {file: /k}}, current: k1}", false),
        ("encryption: k1", false),
    ])
    func keysAreReferences(_ text: String, _ isRight: Bool) throws {
        let read = Result { try PawlConfiguration(parsing: text, file: "pawl.yaml") }
        switch read {
        case .success(let configuration):
            #expect(isRight)
            #expect(configuration.encryption.isOn)
        case .failure(let error):
            #expect(!isRight, "\(error)")
            #expect(!"\(error)".contains("AAECAwQFBgc"))
        }
    }

    @Test func aKeyThatCannotBeReadIsNamedByItsReference() throws {
        for text in ["{file: /no/such}", "{env: PAWL_NO_SUCH}", "{command: [/no/such]}"] {
            let configuration = try PawlConfiguration(
                parsing: "encryption: {keys: {k1: \(text)}, current: k1}", file: "pawl.yaml")
            let problem = #expect(throws: Problem.self) { try configuration.encryption.ring() }
            #expect(problem?.message.hasPrefix("encryption key k1 (") == true)
        }
    }

    @Test func attachmentsAreLimitedByTheOperator() throws {
        let configuration = try PawlConfiguration(
            parsing: "attachments: {limit: 1000, types: [text/plain, image/png]}",
            file: "pawl.yaml")
        #expect(configuration.attachments.size == 1_000)
        #expect(configuration.attachments.types == [.text, .png])
        #expect(PawlConfiguration().attachments.size == 10 << 20)
        for wrong in [
            "{limit: 0}", "{limit: big}", "{types: []}", "{types: [image/svg+xml]}", "{size: 1}",
            "7",
        ] {
            #expect(throws: Problem.self, "\(wrong)") {
                try PawlConfiguration(parsing: "attachments: \(wrong)", file: "pawl.yaml")
            }
        }
    }

    @Test func settingsAreReadAndGivenToTheWorkflowsThatKnowThem() throws {
        let configuration = try PawlConfiguration(
            parsing: """
                namespace: berlin
                allowedHosts: [bank.example, 10.0.0.0/8]
                params: {'*': {currency: CHF, unknown: 1, watts: 3}, lamp: {watts: 7}}
                """, file: "pawl.yaml")
        #expect(configuration.namespace == "berlin")
        #expect(configuration.allowedHosts == ["bank.example", "10.0.0.0/8"])
        #expect(
            try configuration.params(for: [definition()])
                == ["lamp": ["currency": "CHF", "watts": 7]])
    }

    @Test(arguments: [
        ("clock: {stepp: 1h}", "did you mean `step`?"),
        ("clock: 5m", "write `clock: {step"), ("namspace: x", "did you mean `namespace`?"),
        ("params: [1]", "write `params"),
        ("- a", "write `name"),
    ])
    func mistakesAreSaid(text: String, fix: String) {
        let problem = #expect(throws: Problem.self) {
            try PawlConfiguration(parsing: text, file: "pawl.yaml")
        }
        #expect(problem?.fix?.hasPrefix(fix) == true)
    }

    @Test func paramsThatDoNotFitAreRefusedBeforeAnythingStarts() throws {
        let wrong = try PawlConfiguration(parsing: "params: {lamp: {watts: x}}", file: "pawl.yaml")
        let problem = #expect(throws: Problem.self) { try wrong.params(for: [definition()]) }
        #expect(problem?.errors.map(\.pointer) == ["/watts"])
        let other = try PawlConfiguration(parsing: "params: {lmp: {}}", file: "pawl.yaml")
        #expect(throws: Problem.self) { try other.params(for: [definition()]) }
    }

    private func definition() throws -> WorkflowDefinition {
        let parsed = WorkflowLanguage.parseWorkflow(lamp, file: "workflow.yaml")
        return try #require(parsed.value, "\(parsed.diagnostics)")
    }
}

@Suite struct PublicPlans {
    @Test(arguments: [
        ("8090", "127.0.0.1", 8090), ("0.0.0.0:8090", "0.0.0.0", 8090), ("[::]:0", "::", 0),
        ("entry.example:80", "entry.example", 80),
    ])
    func whereStrangersComeIn(text: String, host: String, port: Int) {
        let plan = PublicPlan(listen: text)
        #expect(plan?.host == host && plan?.port == port)
    }

    @Test(arguments: ["", "x", ":8090", "65536", "-1", "::1:8090", "127.0.0.1:", "[::1]"])
    func whatIsNoPlace(text: String) {
        #expect(PublicPlan(listen: text) == nil)
    }
}

@Suite struct Databases {
    @Test func anotherContentNeedsAnotherVersion() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let store = try SQLiteStore.open(directory: folder + "/data", mode: .readWrite)
            try project(folder).publish(into: store)
            try project(folder).publish(into: store)
            try write(lamp + "# a comment\n", folder + "/workflows/lamp/workflow.yaml")
            try project(folder).publish(into: store)
            let changed = lamp.replacingOccurrences(of: "early: drop", with: "early: reject")
            try write(changed, folder + "/workflows/lamp/workflow.yaml")
            let problem = #expect(throws: Problem.self) { try project(folder).publish(into: store) }
            #expect(problem?.fix?.contains("raise `version`") == true)
            let second = lamp.replacingOccurrences(of: "version: 1", with: "version: 2")
            try write(second, folder + "/workflows/lamp/workflow.yaml")
            try project(folder).publish(into: store)
            let older = try StoredDefinitions(store).beside(project(folder))
            #expect(older.map(\.version) == [1])
        }
    }

    @Test func aHashThatAnOlderProgramTookOfTheTextRefusesNothing() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            try write("", folder + "/adapters/none")
            let store = try SQLiteStore.open(directory: folder + "/data", mode: .readWrite)
            try store.publish([
                StoredDefinition(
                    kind: .workflow, name: "lamp", version: 1, hash: SHA256.hex(of: lamp),
                    source: lamp)
            ])
            try project(folder).publish(into: store)
            try write("# a comment\n" + lamp, folder + "/workflows/lamp/workflow.yaml")
            try project(folder).publish(into: store)
            let changed = lamp.replacingOccurrences(of: "early: drop", with: "early: reject")
            try write(changed, folder + "/workflows/lamp/workflow.yaml")
            #expect(throws: Problem.self) { try project(folder).publish(into: store) }
        }
    }

    @Test func whatTheDatabaseKnowsBesideTheFolderIsSaidAtTheStart() async throws {
        try await withFolder { folder in
            let file = folder + "/workflows/lamp/workflow.yaml"
            try write(lamp, file)
            try write("", folder + "/adapters/none")
            let store = try SQLiteStore.open(directory: folder + "/data", mode: .readWrite)
            func catalog() throws -> Catalog {
                let project = try project(folder)
                try project.publish(into: store)
                return Catalog(
                    workflows: project.workflows,
                    kept: try StoredDefinitions(store).beside(project), adapters: [],
                    local: OperationTable(Marketplace()))
            }
            #expect(try Remark.beside(try catalog(), store) == [])
            let second = lamp.replacingOccurrences(of: "version: 1", with: "version: 2")
            try write(second, file)
            var remark = try #require(try Remark.beside(try catalog(), store).first)
            #expect(remark.level == .info)
            #expect(remark.message.hasPrefix("new instances start on version 2;"))
            let engine = try EngineMachine(catalog: try catalog(), store: store)
            try start("1", engine, store)
            try write(lamp, file)
            remark = try #require(try Remark.beside(try catalog(), store).first)
            #expect(remark.level == .warning)
            #expect(
                remark.message
                    == "rolled back: new instances start on version 1, though version 2 is known")
            #expect(remark.running == "1 on version 2")
            try FileManager.default.removeItem(atPath: folder + "/workflows/lamp")
            remark = try #require(try Remark.beside(try catalog(), store).first)
            #expect(remark.message == "removed: nothing new starts, what runs goes on")
            #expect(remark.running == "1 on version 2")
        }
    }

    private func start(_ key: String, _ machine: EngineMachine, _ store: any Store) throws {
        var machine = machine
        let name = InstanceName(workflow: "lamp", key: key)
        _ = machine.submit(RequestID(1), .start(StartCommand(name: name, input: .map(ValueMap()))))
        try machine.advance(now: Timestamp(seconds: 1_767_600_000))
        let batch = machine.seal()
        try store.commit(batch?.commits ?? [])
    }

    private func project(_ folder: String) throws -> Project {
        try Project(workflows: folder + "/workflows", adapters: folder + "/adapters")
    }

    @Test func aFileIsImportedWhenItChangedAndWhole() async throws {
        try await Wiring.$business.withValue(Marketplace()) { try await importing() }
    }

    private func importing() async throws {
        try await withFolder { folder in
            let store = try SQLiteStore.open(directory: folder + "/data", mode: .readWrite)
            let file = folder + "/workers.csv"
            func bring() throws -> Int? {
                try Wiring.bring(
                    ImportPlan(importer: "workers", file: file), into: store, unlessUnchanged: true)
            }
            let header = "id,name,skills,lat,lon,rating\n"
            try write(header + "w-1,Ana,cleaning,,,4.5\nw-2,Ben,cleaning,,,4\n", file)
            #expect(try bring() == 2)
            #expect(try bring() == nil)
            try write(header + "w-1,Ana,painting,,,4.6\n", file)
            #expect(try bring() == 1)
            // How busy a worker is stays, whatever the file says of them; another time nothing changes.
            let query = RecordQuery(collection: "matching.worker", selection: .all, limit: 9)
            let first = try #require(try store.records(query).records.first)
            var busy = first.body
            busy["open"] = 2
            var commit = Commit()
            commit.records = [
                Wiring.operations.indexes.indexed(
                    RecordWrite(
                        collection: first.collection, id: first.id, group: "",
                        expectedRevision: first.revision, body: busy))
            ]
            try store.commit([commit])
            try write("id,name,skills,lat,lon,rating\r\nw-1,Eve,painting,,,4.6", file)
            for _ in 1...2 {
                #expect(
                    try Wiring.bring(
                        ImportPlan(importer: "workers", file: file), into: store) == 1)
            }
            let after = try store.records(query).records
            #expect(after.map(\.id) == ["w-1", "w-2"])
            #expect(after.first?.body["name"] == "Eve")
            #expect(after.first?.body["open"] == 2)
            #expect(after.first?.revision == first.revision + 2)
            try write(header + "w-3,Eva,cleaning,,,5\nw-4,Eve,cleaning,,,9\n", file)
            let problem = #expect(throws: Problem.self) {
                try bring()
            }
            #expect(problem?.errors.map(\.pointer) == ["line 3"])
            let workers = RecordQuery(collection: "matching.worker", selection: .all)
            #expect(try store.records(workers).records.map(\.id) == ["w-1", "w-2"])
            let unknown = #expect(throws: Problem.self) { try Wiring.importer("worker") }
            #expect(unknown?.fix == "did you mean `workers`?")
        }
    }

    @Test func aFileOfAnySizeIsReadInChunksOfLines() async throws {
        try await withFolder { folder in
            let file = folder + "/lines"
            // Longer than a block, an empty line, both line ends, none at the end.
            let long = String(repeating: "ä", count: 1 << 20)
            try write("a\r\n\n\(long)\nb", file)
            var reader = try LineReader(file)
            #expect(try reader.next(2) == ["a", ""])
            #expect(try reader.next(2) == [long, "b"])
            #expect(try reader.next(2) == nil)
        }
    }

    @Test func adaptersWithoutAddressAreRemarkedAndOthersAllowed() throws {
        func adapter(_ name: String, _ address: Setting) -> AdapterManifest {
            AdapterManifest(
                name: name, description: "", transport: .http, address: address,
                authentication: .none, tls: .required, limits: AdapterLimits(), breaker: nil,
                idempotency: nil, operations: [])
        }
        let (rules, remarks) = try Composition.addressRules(
            [
                adapter("a", .literal("https://bank.example/v1")),
                adapter("b", .environment("PAWL_TEST_NEVER_SET")), adapter("c", .literal("bank")),
            ], PawlConfiguration())
        #expect(rules.allowedHosts == ["bank.example:443"])
        #expect(remarks.count == 2)
        #expect(remarks.first == "b: PAWL_TEST_NEVER_SET is not set; its calls will wait for it")
    }

    @Test func adaptersWithoutCredentialsAreRemarked() throws {
        let adapter = AdapterManifest(
            name: "a", description: "", transport: .http, address: .literal("https://bank.example"),
            authentication: .basic(
                user: .environment("PAWL_TEST_NO_USER"),
                password: .environment("PAWL_TEST_NO_PASSWORD")),
            tls: .required, limits: AdapterLimits(), breaker: nil, idempotency: nil, operations: [])
        let (rules, remarks) = try Composition.addressRules([adapter], PawlConfiguration())
        #expect(rules.allowedHosts == ["bank.example:443"])
        #expect(
            remarks == [
                "a: PAWL_TEST_NO_USER is not set; its calls will wait for it",
                "a: PAWL_TEST_NO_PASSWORD is not set; its calls will wait for it",
            ])
    }

    @Test func theSandboxNamesEverythingThatItsUsersNeed() throws {
        let stage = SandboxStage(
            SandboxPlan(httpPort: 0, smtpPort: 0, data: "d"), remotes: Marketplace().remotes,
            manifests: try Project.adapters(in: "adapters"),
            credential: { $0 == "BANK_TOKEN" ? "t-1" : nil })
        let environment = stage.environment(http: 81, smtp: 26)
        #expect(
            environment == [
                "BANK_URL": "http://127.0.0.1:81/bank", "BANK_TOKEN": "t-1",
                "COOKIES_URL": "http://127.0.0.1:81/cookies",
                "IAM_URL": "http://127.0.0.1:81/iam/v2", "IAM_TOKEN": "sandbox",
                "SMTP_URL": "smtp://127.0.0.1:26",
                "SMTP_USER": "sandbox", "SMTP_PASSWORD": "sandbox",
            ])
        let failure = Wiring.failure(.directoryInUse("d"), folder: "--sandbox-data")
        #expect(failure.fix == "stop it, or name another folder with --sandbox-data")
    }
}
