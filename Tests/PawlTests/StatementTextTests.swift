import Testing
import Values

@testable import PawlCommand

/// A statement on paper: amounts end at their right, and what is said of it stands first.
@Suite struct StatementTextTests {
    private static func amount(_ text: String, _ currency: String = "EUR") -> Value {
        ["minor": 1, "currency": .string(currency), "text": .string(text)]
    }

    private let statement: Value = [
        "kind": "reader", "subject": "r-7", "asOf": 12, "from": "2026-01-01T00:00:00Z",
        "openingBalance": amount("0.00"), "closingBalance": amount("1,250.50"),
        "runningWeek": [
            "cutOff": "2026-01-12T00:00:00Z", "sum": amount("12.00"),
            "lines": [["text": "a\u{1B}[31m", "net": amount("12.00")]],
        ],
        "entries": [
            ["text": "a fee", "amount": amount("1,250.50"), "lines": [1, 2, 3]],
            ["text": "paid", "amount": amount("-7.00"), "note": "late"],
        ],
        "list": "entries", "total": 2, "next": .null,
    ]

    @Test func itIsSetByShape() {
        #expect(
            StatementText.card(statement, style: .plain) == """
                reader/r-7  as of 12
                from             2026-01-01T00:00:00Z
                opening balance      0.00 EUR
                closing balance  1,250.50 EUR

                running week
                cut off  2026-01-12T00:00:00Z
                sum      12.00 EUR

                running week lines
                TEXT         NET EUR
                a\\u001b[31m    12.00

                entries
                TEXT   AMOUNT EUR  LINES  NOTE
                a fee    1,250.50      3
                paid        -7.00         late

                """)
    }

    @Test func currenciesThatDifferAreSaidInEachRow() {
        let mixed: Value = [
            "kind": "k", "subject": "s",
            "sums": [
                ["sum": Self.amount("1.00")], ["sum": Self.amount("400", "JPY")],
            ],
        ]
        #expect(
            StatementText.card(mixed, style: .plain) == """
                k/s

                sums
                     SUM
                1.00 EUR
                 400 JPY

                """)
    }

    @Test func aSpreadsheetGetsNumbers() {
        let rows = (statement["entries"]?.listValue ?? []).map(StatementText.flat)
        #expect(
            rows.first == [
                "text": "a fee", "amount": "1,250.50", "lines": [1, 2, 3], "currency": "EUR",
            ])
    }

    @Test func aDateIsItsMidnight() {
        #expect(Moment(argument: "2026-01-31")?.text == "2026-01-31T00:00:00Z")
        #expect(Moment(argument: "2026-01-31T01:00:00+01:00")?.text == "2026-01-31T00:00:00Z")
        #expect(Moment(argument: "yesterday") == nil)
    }
}
