import Execution
import SQLiteStore
import Testing

/// What a start learns of the deaths before it.
@Suite struct ClaimFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func start(_ program: String = "pawl 1") -> ClaimFile {
        ClaimFile(directory: folder.path, program: program)
    }

    /// Dies over the claim.
    private func die(over id: Int64, work: UInt64 = 7, program: String = "pawl 1") {
        start(program).claim(InstanceID(id), work: work)
    }

    @Test func theThirdDeathOverTheSameWorkParksItsInstance() {
        for deaths in 1...ClaimFile.limit {
            die(over: 5)
            #expect(start().parked.isEmpty == (deaths < ClaimFile.limit))
        }
        #expect(start().parked == [InstanceID(5)])
    }

    @Test func twoThatTakeTurnsAreBothFound() {
        for _ in 0..<ClaimFile.limit {
            die(over: 5)
            die(over: 6)
        }
        #expect(start().parked == [InstanceID(5), InstanceID(6)])
    }

    @Test func otherWorkOfTheInstanceThatIsDecidedDoesNotHideTheDeaths() {
        for _ in 0..<ClaimFile.limit {
            let claims = start()
            claims.claim(InstanceID(5), work: 1)
            claims.release()
            claims.claim(InstanceID(5), work: 7)
        }
        #expect(start().parked == [InstanceID(5)])
    }

    @Test func workThatIsDecidedInTheEndIsForgiven() {
        die(over: 5)
        die(over: 5)
        let claims = start()
        claims.claim(InstanceID(5), work: 7)
        claims.release()
        die(over: 5)
        #expect(start().parked.isEmpty)
    }

    @Test func aStopBetweenTwoDecisionsBlamesNobody() {
        for _ in 0..<10 {
            let claims = start()
            claims.claim(InstanceID(5), work: 7)
            claims.release()
        }
        #expect(start().parked.isEmpty)
    }

    @Test func eachIsToldAtAFewStartsOnly() {
        for _ in 0..<ClaimFile.limit { die(over: 5) }
        for _ in 0..<ClaimFile.limit {
            #expect(start().takeUntold().map(\.id) == [InstanceID(5)])
        }
        #expect(start().takeUntold().isEmpty)
        #expect(start().parked == [InstanceID(5)])
    }

    @Test func anotherProgramGetsAnotherChance() {
        for _ in 0..<ClaimFile.limit { die(over: 5) }
        #expect(start("pawl 2").parked.isEmpty)
    }

    @Test func aFileThatCannotBeReadOrMadeParksNothing() throws {
        try "nonsense".write(toFile: folder.file("pawl.claims"), atomically: true, encoding: .utf8)
        #expect(start().parked.isEmpty)
        let claims = ClaimFile(directory: folder.file("nowhere"), program: "pawl 1")
        claims.claim(InstanceID(5), work: 7)
        claims.release()
        #expect(claims.parked.isEmpty)
    }
}
