import Testing
import Values

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00+01:00", 951_822_000),
        ("0001-01-01T00:00:00Z", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("2026-11-21t09:30:00z", 1_795_253_400), ("1969-12-31T23:59:59Z", -1),
    ])
    func readsEveryOffset(text: String, seconds: Int) {
        #expect(Timestamp(rfc3339: text)?.seconds == Int64(seconds))
    }

    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01",
        "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:60Z", "2026-1-01T00:00:00Z", " 2026-01-01T00:00:00Z", "",
    ])
    func refusesWhatNoCalendarHas(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(arguments: [
        "2026-11-21T09:30:00Z", "2026-11-21T09:30:00.250Z", "1583-03-01T00:00:00.000001Z",
        "0004-12-31T23:59:59.999999999Z",
    ])
    func writesWhatItReads(text: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == text)
    }

    @Test func everyDayOfTwoErasComesBack() {
        for day in stride(from: Int64(-300_000), to: 300_000, by: 7) {
            let instant = Timestamp(seconds: day * 86_400 + 1)
            #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
        }
    }

    @Test func millisecondsAreFlooredAndArithmeticSaturates() {
        #expect(Timestamp(milliseconds: -1).nanoseconds == 999_000_000)
        #expect(Timestamp(seconds: -1, nanoseconds: 999_999_999).milliseconds == -1)
        #expect(Timestamp.distantFuture.adding(.nanoseconds(1)) == nil)
        #expect(Timestamp.distantFuture + .seconds(1) == .distantFuture)
        #expect(Timestamp.distantPast - .seconds(Int64.max) == .distantPast)
        #expect(
            Timestamp(seconds: 5) - Timestamp(seconds: 2, nanoseconds: 1)
                == .nanoseconds(2_999_999_999))
        #expect(Timestamp(seconds: .max) == .distantFuture)
        #expect(Timestamp(milliseconds: .min) == .distantPast)
    }
}

@Suite struct DurationTests {
    @Test(arguments: [
        ("15m", 900_000), ("7d", 604_800_000), ("1h30m", 5_400_000), ("500ms", 500), ("1.5s", 1500),
        ("PT15M", 900_000), ("P7D", 604_800_000), ("P1DT2H", 93_600_000), ("P2W", 1_209_600_000),
        ("-1.5h", -5_400_000), ("0", 0), ("PT0.5S", 500), ("1us", 1),
    ])
    func readsBothNotations(text: String, milliseconds: Int) {
        #expect(Duration(parsing: text)?.milliseconds == Int64(milliseconds))
    }

    @Test(arguments: [
        "", "P", "PT", "P1Y", "P1M", "1", "s", "1x", "1h 2m", "PT1H1D", "P1H", "-", "400000000000s",
    ])
    func refusesTheRest(text: String) {
        #expect(Duration(parsing: text) == nil)
    }

    @Test func isWrittenForCELAndForPeople() {
        #expect(Duration.seconds(3600).celString == "3600s")
        #expect(Duration.milliseconds(-1500).celString == "-1.5s")
        #expect(Duration.seconds(3 * 86_400 + 4 * 3600 + 59).shortText == "3 d 4 h")
        #expect(Duration.seconds(2400).shortText == "40 min")
        #expect(Duration.milliseconds(2500).shortText == "2.5 s")
        #expect(Duration.milliseconds(850).shortText == "850 ms")
        #expect(Duration.nanoseconds(1).milliseconds == 1)
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
    }
}
