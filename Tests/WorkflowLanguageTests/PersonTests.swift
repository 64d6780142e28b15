import Testing

@testable import WorkflowLanguage

/// Whose data it is must be somebody who can ask, and by what stays.
@Suite struct PersonTests {
    private func found(_ head: String) -> [Diagnostic] {
        WorkflowLanguage.parseWorkflow(
            """
            workflow: w
            version: 1
            input:
              type: object
              properties: {id: {type: string}, mail: {type: string, x-personal: true}, note: {x-personal: reader}}
            \(head)
            initial: a
            states: {a: {on: {cancel: b}}, b: {type: final}}
            """, file: "w.yaml"
        ).diagnostics
    }

    @Test func whoIsFoundByAnIdCanAsk() {
        #expect(found("search: {reader: input.id}\npersons: [reader]").isEmpty)
        #expect(found("search: {reader: input.id}").map(\.code) == [.missingPersons])
    }

    @Test func theIdIsNotErasedWithThePerson() throws {
        let found = found("search: {reader: input.mail}\npersons: [reader]")
        #expect(found.map(\.code) == [.unknownPerson])
        #expect(try #require(found.first).message.contains("'mail'"))
    }

    @Test func aMarkNamesAPerson() throws {
        let found = found("search: {client: input.id}\npersons: [client]")
        #expect(found.map(\.code) == [.unknownPerson])
        #expect(try #require(found.first).message.contains("'x-personal: reader'"))
    }
}
