/// A currency of ISO 4217: amounts are integers in its minor unit, of which a unit has ten to the power of `exponent`.
public struct Currency: Sendable, Hashable {
    /// `EUR`.
    @ExactText public private(set) var code: String
    /// Digits behind the point: 0 for JPY, 2 for EUR, 3 for KWD.
    public let exponent: Int

    /// nil: ISO 4217 knows no such code.
    public init?(_ code: String) {
        guard let exponent = Self.exponents[code] else { return nil }
        self.code = code
        self.exponent = exponent
    }

    /// Minor units of a unit.
    public var scale: Int64 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    /// So many units in minor units; nil: more than 64 bits hold.
    public func minor(units: Int64) -> Int64? {
        let (amount, isOverflowing) = units.multipliedReportingOverflow(by: scale)
        return isOverflowing ? nil : amount
    }

    /// `-1234.50`: without the code, without a mark between thousands.
    public func text(_ minor: Int64) -> String {
        let padded = minor.magnitude.padded(to: exponent + 1)
        let sign = minor < 0 ? "-" : ""
        guard exponent > 0 else { return sign + padded }
        return sign + padded.dropLast(exponent) + "." + padded.suffix(exponent)
    }

    /// List one of ISO 4217 (SIX, as of January 2026), but for metals, funds of clearing and the codes for tests.
    private static let exponents: [ExactText: Int] = {
        let lists: [(exponent: Int, codes: String)] = [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
            (3, "BHD IQD JOD KWD LYD OMR TND"), (4, "CLF UYW"),
            (
                2,
                """
                AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
                CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
                HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK \
                MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD \
                RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH \
                USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
                """
            ),
        ]
        var result: [ExactText: Int] = [:]
        for list in lists {
            for code in list.codes.split(separator: " ") { result[String(code)] = list.exponent }
        }
        return result
    }()
}
