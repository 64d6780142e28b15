import Testing
import Values

@Suite("Currencies of ISO 4217")
struct CurrencyTests {
    @Test(
        "The minor unit is the currency's",
        arguments: [
            ("EUR", 2, 4_000, "40.00"), ("JPY", 0, 40, "40"), ("KWD", 3, 40_000, "40.000"),
            ("CLF", 4, 400_000, "40.0000"),
        ])
    func exponents(code: String, exponent: Int, minor: Int64, text: String) throws {
        let currency = try #require(Currency(code))
        #expect(currency.exponent == exponent)
        #expect(currency.minor(units: 40) == minor)
        #expect(currency.text(minor) == text)
    }

    @Test("Texts of small, negative and the largest amounts")
    func texts() throws {
        let euro = try #require(Currency("EUR"))
        #expect([0, 5, -5, 50, -150].map(euro.text) == ["0.00", "0.05", "-0.05", "0.50", "-1.50"])
        #expect(euro.text(.min) == "-92233720368547758.08")
        #expect(euro.minor(units: .max) == nil)
    }

    @Test(
        "What ISO 4217 does not know is none", arguments: ["", "eur", "EURO", "XXX", "XTS", "DEM"])
    func unknown(code: String) {
        #expect(Currency(code) == nil)
    }
}
