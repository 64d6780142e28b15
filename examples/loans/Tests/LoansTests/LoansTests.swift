import Foundation
import Pawl
import PawlTesting
import Testing

@testable import Loans

/// The project's folder.
let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

let noon = Timestamp(milliseconds: 1_894_708_800_000)  // 2030-01-15T12:00:00Z

@Test(arguments: try Scenario.all(in: folder))
func scenarios(_ scenario: Scenario) async throws { try await scenario.run(Loans()) }

@Test func `a fourth book is refused by name`() {
    var records = Records.holding([
        Shelf(id: "m-1", ends: (1...3).map { noon + .seconds($0) }),
        Licence(id: "l-1", title: "Emma"),
    ])
    let call = Call(testing: LoanRequest(title: "Emma", member: "m-1"), now: noon)
    #expect(throws: Refusal.limitReached("m-1")) { _ = try Lend().perform(call, &records) }
    #expect(records.writes.isEmpty)
}

@Test func `a licence comes back by itself`() async throws {
    try await withPawl(Loans(), directory: folder, at: noon) { pawl, clock, outside in
        try await pawl.update { $0.put(Licence(id: "l-1", title: "Emma")) }
        let wish = LoanRequest(title: "Emma", member: "m-1")
        let loan = try await pawl.start(.loan, key: "7", input: wish)
        #expect(try await loan.snapshot().states == ["reading.told"])
        try await clock.advance(by: Lend.term)
        #expect(try await loan.snapshot().status == .completed)
        #expect(outside.calls == ["lending.lend": 1, "notices.send": 1])
    }
}

@Test func `a member is told although the first answer is lost`() async throws {
    try await withPawl(Loans(), directory: folder, at: noon) { pawl, clock, outside in
        outside.fail("notices.send", .lostReply)
        try await pawl.update { $0.put(Licence(id: "l-1", title: "Emma")) }
        let loan = try await pawl.start(
            .loan, key: "7", input: LoanRequest(title: "Emma", member: "m-1"))
        #expect(try await loan.snapshot().states == ["reading.telling"])
        try await clock.advance(by: .seconds(60))
        #expect(try await loan.snapshot().states == ["reading.told"])
        #expect(outside.calls["notices.send"] == 2)
    }
}
