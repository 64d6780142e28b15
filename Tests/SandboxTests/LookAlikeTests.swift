import Testing
import Values

@testable import Marketplace
@testable import Sandbox

/// The judges of everything else: é as one scalar, and as e with an accent, are two keys and two accounts.
@Suite("What looks alike, outside")
struct LookAlikeTests {
    var world = SandboxWorld(bank: Bank())
    private let twins = ["caf\u{E9}", "cafe\u{301}"]

    @Test("the bank charges each key and each account for itself")
    mutating func bank() throws {
        for (number, twin) in twins.enumerated() {
            let amount = Int64(number + 1) * 100
            #expect(try world.charge(twin, twin, amount).status == 201)
            #expect(try world.charge(twin, twin, amount).isReplay)
        }
        #expect(world.bank.lines.count == 2)
        #expect(world.bank.balances(of: twins[0]).map(\.amount) == [-100])
        #expect(world.bank.balances(of: twins[1]).map(\.amount) == [-200])
    }

    @Test("the bank takes a key with the other account for another request")
    mutating func reuse() throws {
        #expect(try world.charge("k", twins[0]).status == 201)
        #expect(try world.charge("k", twins[1]).code == "key-reused")
    }

    @Test("a refund of one leaves the other")
    mutating func refund() throws {
        for twin in twins { _ = try world.charge(twin, twin, 100) }
        #expect(try world.refund(twins[0], key: "r").json["status"] == "refunded")
        #expect(world.bank.balances(of: twins[0]).map(\.amount) == [0])
        #expect(world.bank.balances(of: twins[1]).map(\.amount) == [-100])
    }

    @Test("the contractor bakes one cookie for each")
    mutating func cookies() throws {
        for twin in twins { #expect(try world.orderCookie(twin, order: twin).status == 201) }
        #expect(world.due(now: dawn + .seconds(601)).count == 2)
    }
}
