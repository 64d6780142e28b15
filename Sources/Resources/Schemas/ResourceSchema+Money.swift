import Values

extension ResourceSchema {
    private static let tally = object([
        "calls": integer,
        "unknown": described(integer, "Of these, calls of which nobody knows the amount."),
        "amounts": list(
            object([
                "currency": described(text, "ISO 4217."),
                "minor": described(integer, "In the currency's minor units."),
                "text": text,
            ])),
    ])

    private static let change = object(["by": text, "at": moment, "reason": text])

    private static let hold: ValueMap = [
        "number": integer,
        "scope": described(
            text, "`out`, `in`, `all`, `adapter:…`, `operation:….…` or `account:…`."),
        "holds": described(text, "The scope in words."),
        "by": text, "at": moment, "reason": text,
    ]

    private static let standing: ValueMap = [
        "held": described(tally, "Was not sent and waits."),
        "inFlight": described(
            tally, "Left before, or may have: settled by its answer or by asking, not sent again."),
        "isLeast": described(flag, "There is more than was counted."),
    ]

    static let ofMoney: [(name: String, schema: Value)] = [
        ("MoneyHold", object(hold, optional: standing.merging(["released": change]))),
        (
            "MoneyHoldList", object(["holds": list(object(hold, optional: ["released": change]))])
        ),
        (
            "Money",
            object(standing.merging(["holds": list(object(hold, optional: ["released": change]))]))
        ),
        (
            "MoneyRelease",
            object(
                hold.merging([
                    "dryRun": flag,
                    "leaves": described(tally, "Is sent once the hold is released."),
                    "staysHeld": described(tally, "Other holds cover it, too."),
                    "isLeast": described(flag, "There is more than was counted."),
                ]), optional: ["released": change])
        ),
    ]
}

extension BodySchema {
    static let moneyHold = closed(
        ["reason": text(upTo: 1000)],
        optional: [
            "scope": ResourceSchema.described(
                text(),
                "`out` (without it), `in`, `all`, `adapter:NAME`, `operation:ADAPTER.NAME` or `account:ID`."
            )
        ])

    static let moneyRelease = closed(
        [:],
        optional: [
            "reason": ResourceSchema.described(
                text(upTo: 1000), "Why; it is kept. A dry run needs none."),
            "dryRun": ResourceSchema.flag,
        ])
}
