extension Timestamp {
    /// Reads RFC 3339, `2026-11-21T09:30:00.25+01:00`: any offset, up to nine digits of fraction.
    /// Nil for anything else, for dates that no calendar has, and outside the years 1 to 9999.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let day = reader.date(), reader.skip("T", or: "t"), let second = reader.time(),
            let nanosecond = reader.fraction(), let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        self.init(checkedSeconds: day * 86_400 + second - offset, nanosecond)
    }

    /// In UTC with `Z`; the fraction only if there is one, in 3, 6 or 9 digits.
    public var rfc3339: String {
        let civil = civil()
        var text: [UInt8] = []
        text.reserveCapacity(30)
        text.appendDecimal(civil.year, width: 4)
        text.append(UInt8(ascii: "-"))
        text.appendDecimal(civil.month, width: 2)
        text.append(UInt8(ascii: "-"))
        text.appendDecimal(civil.day, width: 2)
        text.append(UInt8(ascii: "T"))
        text.appendDecimal(civil.hour, width: 2)
        text.append(UInt8(ascii: ":"))
        text.appendDecimal(civil.minute, width: 2)
        text.append(UInt8(ascii: ":"))
        text.appendDecimal(civil.second, width: 2)
        text.appendFraction(civil.nanosecond)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the text is a calendar date, `2026-02-28`.
    static func isDate(_ text: String) -> Bool {
        var reader = DigitReader(bytes: Array(text.utf8))
        return reader.date() != nil && reader.isAtEnd
    }
}

extension [UInt8] {
    /// Appends a number that is not negative, with leading zeros up to the width.
    mutating func appendDecimal(_ number: Int, width: Int) {
        var place = 1
        for _ in 1..<Swift.max(width, 1) { place *= 10 }
        while place > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / place % 10))
            place /= 10
        }
    }

    fileprivate mutating func appendFraction(_ nanosecond: Int) {
        guard nanosecond != 0 else { return }
        append(UInt8(ascii: "."))
        if nanosecond % 1_000_000 == 0 {
            appendDecimal(nanosecond / 1_000_000, width: 3)
        } else if nanosecond % 1000 == 0 {
            appendDecimal(nanosecond / 1000, width: 6)
        } else {
            appendDecimal(nanosecond, width: 9)
        }
    }
}

/// Reads the fixed fields of a date and a time.
private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skip(_ a: Unicode.Scalar, or b: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: a) || next == UInt8(ascii: b) else { return false }
        position += 1
        return true
    }

    private mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = next, (48...57).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 48)
            position += 1
        }
        return value
    }

    /// Days since 1970.
    mutating func date() -> Int64? {
        guard let year = number(digits: 4), skip("-", or: "-"),
            let month = number(digits: 2), skip("-", or: "-"),
            let day = number(digits: 2), Civil.isDate(year: year, month: month, day: day)
        else { return nil }
        return Civil.day(year: year, month: month, day: day)
    }

    /// Second of the day.
    mutating func time() -> Int64? {
        guard let hour = number(digits: 2), hour < 24, skip(":", or: ":"),
            let minute = number(digits: 2), minute < 60, skip(":", or: ":"),
            let second = number(digits: 2), second < 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// Nanoseconds; zero where there is no fraction.
    mutating func fraction() -> Int64? {
        guard skip(".", or: ".") else { return 0 }
        var value: Int64 = 0
        var digits = 0
        while let digit = next, (48...57).contains(digit), digits < 9 {
            value = value * 10 + Int64(digit - 48)
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        for _ in digits..<9 { value *= 10 }
        return value
    }

    /// Seconds ahead of UTC.
    mutating func offset() -> Int64? {
        if skip("Z", or: "z") { return 0 }
        let sign: Int64 = next == UInt8(ascii: "-") ? -1 : 1
        guard skip("+", or: "-"), let hour = number(digits: 2), hour < 24, skip(":", or: ":"),
            let minute = number(digits: 2), minute < 60
        else { return nil }
        return sign * (hour * 3600 + minute * 60)
    }
}
