import Execution
import Guest
import Marketplace
import Testing
import Values

@Suite("The books as a whole [R-45]")
struct BooksAuditTests {
    private static func findings(_ books: Books) throws -> [String] {
        let table = RecordTable(Array(books.records.values), indexes: Books.operations.indexes)
        return try OperationTable(Marketplace()).audit { (query) throws(StoreError) in
            table.answer(query)
        }
    }

    private static var sound: Books {
        var books = Books()
        books.charge("c-1", 2_000_000, order: "o-1")
        books.payCycle("c-1", "w6")
        books.charge("c-1", 10_000, order: "o-2")
        _ = books.output("billing.openInvoice", ["account": "c-1", "cycle": "w7"])
        books.charge("c-2", 700, order: "o-3")
        return books
    }

    @Test("Nothing is found where nothing is wrong")
    func sound() throws {
        #expect(try Self.findings(Self.sound) == [])
        #expect(try Self.findings(Books()) == [])
    }

    @Test("A balance, a bill, a number and a line that say something else are found")
    func wrong() throws {
        var books = Self.sound
        books.put(
            "ledger.account", "client:c-2",
            ["balance": ["EUR": 600], "unbilled": ["EUR": 700], "lines": ["EUR": 1]])
        #expect(
            try Self.findings(books) == [
                "client:c-2 is said to stand at 600, and the books come to 700"
            ])
        books = Self.sound
        let id = "c-1:w7:client"
        var invoice = books.body("billing.invoice", id) ?? .null
        invoice["total"] = 9_000
        invoice["number"] = "C-2026-000003"
        books.put("billing.invoice", id, group: "c-1", invoice)
        #expect(
            try Self.findings(books) == [
                "invoice \(id) says 9000, its lines come to 9400",
                "the numbers of C-2026 have a gap, or one stands twice",
            ])
        books = Self.sound
        var line = books.body("billing.line", "charge/o-2") ?? .null
        line["invoice"] = nil
        books.put("billing.line", "charge/o-2", line)
        #expect(try Self.findings(books) == ["charge/o-2 is on a bill, and waits for one"])
    }
}
