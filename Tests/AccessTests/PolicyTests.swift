import Access
import Testing
import Values

/// Deny by default: what no grant names is refused.
@Suite struct PolicyTests {
    private static let policy = Policy(declaring: [
        "support": Policy.Role(grants: [Policy.Grant([.read, .operate], workflows: ["loan"])]),
        "reader": Policy.Role(grants: [
            Policy.Grant([.read, .send], workflows: ["loan"], subject: "input.reader")
        ]),
        "shop": Policy.Role(
            grants: [Policy.Grant([.start], workflows: ["loan", "return"])], speaksFor: ["reader"]),
    ])

    private static func principal(
        _ roles: Set<ExactText>, _ scope: Principal.Scope = .unbounded
    ) -> Principal {
        Principal(subject: "ana", roles: roles, proof: .host, scope: scope)
    }

    private static func verdict(
        _ roles: Set<ExactText>, _ permission: Permission, _ workflow: ExactText? = "loan",
        _ scope: Principal.Scope = .unbounded
    ) -> Policy.Verdict {
        policy.allows(principal(roles, scope), permission, workflow: workflow)
    }

    @Test func whoHasNoRoleMayNothing() {
        for permission in Permission.allCases where permission != .none {
            #expect(Self.verdict([], permission) == .refused)
            #expect(Self.verdict(["nobody-declared-this"], permission) == .refused)
        }
        #expect(Self.verdict([], .none) == .allowed)
    }

    @Test func aGrantHoldsForItsWorkflowsAlone() {
        #expect(Self.verdict(["support"], .operate) == .allowed)
        #expect(Self.verdict(["support"], .operate, "return") == .refused)
        #expect(Self.verdict(["support"], .operate, nil) == .refused, "all of them is more")
        #expect(Self.verdict(["support"], .override) == .refused)
        #expect(Self.verdict(["support", "viewer"], .read, "return") == .allowed)
    }

    @Test func aGrantOfOnesOwnHoldsWhereOneIsNamed() {
        #expect(Self.verdict(["reader"], .read) == .onlyWhere(["input.reader"]))
        #expect(Self.verdict(["reader"], .read, nil) == .refused)
        #expect(Self.verdict(["reader", "viewer"], .read) == .allowed)
        #expect(Self.policy.allowsSomewhere(Self.principal(["reader"]), .read))
        #expect(!Self.policy.allowsSomewhere(Self.principal(["reader"]), .operate))
    }

    @Test func aScopeTakesAwayAndNeverGives() {
        let reading = Principal.Scope(permissions: [.read, .audit])
        #expect(Self.verdict(["operator"], .read, "loan", reading) == .allowed)
        #expect(Self.verdict(["operator"], .operate, "loan", reading) == .refused)
        #expect(Self.verdict(["operator"], .audit, "loan", reading) == .refused)
        let loans = Principal.Scope(workflows: ["loan"])
        #expect(Self.verdict(["operator"], .operate, "loan", loans) == .allowed)
        #expect(Self.verdict(["operator"], .operate, "return", loans) == .refused)
        #expect(Self.verdict(["operator"], .read, nil, loans) == .refused)
    }

    @Test func whoMaySpeakForWhom() {
        #expect(Self.policy.speaks(Self.principal(["shop"]), for: "reader"))
        #expect(!Self.policy.speaks(Self.principal(["shop"]), for: "admin"))
        #expect(!Self.policy.speaks(Self.principal(["admin"]), for: "reader"))
    }

    @Test func builtInRolesCannotBeDeclaredAnew() {
        let policy = Policy(declaring: [
            "viewer": Policy.Role(grants: [Policy.Grant(Set(Permission.allCases))])
        ])
        #expect(policy.allows(Self.principal(["viewer"]), .operate, workflow: nil) == .refused)
    }

    /// Whatever roles and scopes: more roles never allow less, and a scope never allows more.
    @Test func moreRolesAllowMoreAndScopesAllowLess() {
        let names = Self.policy.roles.keys.sorted()
        let workflows: [ExactText?] = ["loan", "return", nil]
        func rank(_ verdict: Policy.Verdict) -> Int {
            switch verdict {
            case .refused: 0
            case .onlyWhere: 1
            case .allowed: 2
            }
        }
        let scopes = [
            Principal.Scope(permissions: [.read]), Principal.Scope(workflows: ["loan"]),
            Principal.Scope(permissions: [], workflows: []),
        ]
        for first in names {
            for second in names {
                for permission in Permission.allCases {
                    for workflow in workflows {
                        let one = rank(Self.verdict([first], permission, workflow))
                        let both = rank(Self.verdict([first, second], permission, workflow))
                        #expect(both >= one, "\(first)+\(second) \(permission)")
                        for scope in scopes {
                            let scoped = Self.verdict([first], permission, workflow, scope)
                            #expect(rank(scoped) <= one, "\(first) \(permission) scoped")
                        }
                    }
                }
            }
        }
    }
}
