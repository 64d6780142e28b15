import Access
import Assembly
import Definition
import Testing
import Values

/// `access` in `pawl.yaml`: what is read of it, and what is said of a slip.
@Suite struct AccessConfigurationTests {
    private static func read(_ yaml: String) throws(Problem) -> AccessConfiguration? {
        try PawlConfiguration(parsing: yaml, file: "pawl.yaml").access
    }

    private static func problem(_ yaml: String) -> String {
        do throws(Problem) {
            _ = try read(yaml)
            return "none"
        } catch {
            return "\(error.message); \(error.fix ?? "")"
        }
    }

    @Test func withoutItNobodyIsAsked() throws {
        #expect(try Self.read("zone: Europe/Berlin") == nil)
        #expect(try Self.read("access:")?.roles == [:], "the built-in roles are enough")
        #expect(try Self.read("access: {}")?.policy.roles["admin"] != nil)
    }

    @Test func rolesAreRead() throws {
        let access = try Self.read(
            """
            access:
              roles:
                support: {may: [read, operate], workflows: [loan]}
                reader:
                  may: [decide]
                  grants: [{may: [read], workflows: [loan], subject: input.reader}]
                shop: {may: [start], speaksFor: [reader]}
            """)
        #expect(
            access?.roles["support"]?.grants == [
                Policy.Grant([.read, .operate], workflows: ["loan"])
            ])
        #expect(access?.roles["reader"]?.grants.count == 2)
        #expect(access?.subjects["input.reader"] != nil)
        #expect(access?.roles["shop"]?.speaksFor == ["reader"])
        #expect(access?.unknownWorkflows(of: ["lone"]).map(\.workflow) == ["loan", "loan"])
    }

    @Test(arguments: [
        ("access: 1", "`access` has the members"),
        ("access: {role: {}}", "did you mean `roles`?"),
        ("access: {roles: [support]}", "no map"),
        ("access: {roles: {viewer: {may: [read]}}}", "built in"),
        ("access: {roles: {system: {may: [read]}}}", "the engine itself"),
        ("access: {roles: {System: {may: [read]}}}", "the engine itself"),
        ("access: {roles: {'a b': {may: [read]}}}", "no name of a role"),
        ("access: {roles: {a: {may: [reed]}}}", "did you mean `read`?"),
        ("access: {roles: {a: {may: [none]}}}", "no permission `none`"),
        ("access: {roles: {a: {may: []}}}", "allows nothing"),
        ("access: {roles: {a: {may: read}}}", "no list of names"),
        ("access: {roles: {a: {may: [1]}}}", "no list of names"),
        ("access: {roles: {a: {mya: [read]}}}", "did you mean `may`?"),
        ("access: {roles: {a: {workflows: [loan]}}}", "bounds what it does not allow"),
        ("access: {roles: {a: {may: [read], subject: input.x}}}", "of its `workflows`"),
        (
            "access: {roles: {a: {may: [read], workflows: [loan], subject: 'input.'}}}",
            "no expression"
        ),
        ("access: {roles: {a: {grants: {may: [read]}}}}", "no list"),
        ("access: {roles: {a: {grants: [{may: [read], as: x}]}}}", "no member `as`"),
        ("access: {roles: {a: {may: [read], speaksFor: [system]}}}", "the engine itself"),
    ])
    func aSlipIsSaid(_ yaml: String, _ text: String) {
        #expect(Self.problem(yaml).contains(text), "\(Self.problem(yaml))")
    }
}
