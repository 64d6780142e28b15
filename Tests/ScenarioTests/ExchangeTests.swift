import Definition
import Foundation
import Testing
import WorkflowLanguage

@testable import Assembly
@testable import PawlCommand
@testable import Rehearsal
@testable import Scenarios

/// The recorded exchanges are the adapters' tests, and they can fail.
@Suite struct ExchangeTests {
    private let adapters: [AdapterManifest]
    private let files: [ExchangeFile]

    init() throws {
        adapters = try Repository.project.adapters
        files = try ExchangeFile.all(below: "\(Repository.root)/adapters")
    }

    @Test func everyRecordedExchangeHolds() {
        #expect(files.count >= 15)
        for file in files {
            #expect(file.failures(adapters: adapters) == [], "\(file.path)")
        }
    }

    @Test func aChangedExpectationFails() throws {
        let text = """
            ### The money is taken
            # operation: charge
            # key: k-1
            # input: {"account":"c-1","amount":1,"currency":"EUR"}
            # expect: failed declined final

            POST /v1/charge HTTP/1.1
            Idempotency-Key: k-2

            {"account":"c-1","amount":2,"currency":"EUR"}

            HTTP/1.1 201 Created
            Content-Type: application/json

            {"id":"charge-1","status":"posted"}
            """
        let file = try ExchangeFile(path: "test.http", adapter: "bank", text: text)
        let failures = file.failures(adapters: adapters)
        #expect(failures.map(\.line) == [7, 8, 7, 5], "\(failures)")
    }

    @Test func aFileWithoutAnAnswerSaysSo() {
        #expect(throws: Problem.self) {
            try ExchangeFile(
                path: "x.http", adapter: "bank", text: "# operation: a\n# expect: unknown\n")
        }
    }
}
