/// YAML 1.2's core schema (<https://yaml.org/spec/1.2.2/#103-core-schema>) for plain scalars. `on`,
/// `no`, `12:30:45` and `0o17` are what that says, never what YAML 1.1 said.
enum YAMLScalar {
    enum Resolution: Equatable {
        case kind(YAMLNode.Kind)
        /// An integer beyond 64 bits.
        case outOfRange
    }

    static func resolve(_ text: String) -> Resolution {
        switch text {
        case "", "~", "null", "Null", "NULL": return .kind(.null)
        case "true", "True", "TRUE": return .kind(.bool(true))
        case "false", "False", "FALSE": return .kind(.bool(false))
        case ".nan", ".NaN", ".NAN": return .kind(.double(.nan))
        default: break
        }
        if let integer = integer(text) { return integer }
        if let double = double(text) { return .kind(.double(double)) }
        return .kind(.string(text))
    }

    /// `[-+]?[0-9]+`, `0o[0-7]+`, `0x[0-9a-fA-F]+`.
    private static func integer(_ text: String) -> Resolution? {
        var digits = text[...]
        var radix = 10
        if text.hasPrefix("0o") || text.hasPrefix("0x") {
            radix = text.hasPrefix("0o") ? 8 : 16
            digits = text.dropFirst(2)
        } else if text.hasPrefix("-") || text.hasPrefix("+") {
            digits = text.dropFirst()
        }
        guard !digits.isEmpty,
            digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isDigit(radix: radix) })
        else { return nil }
        let sign = text.hasPrefix("-") ? "-" : ""
        return Int64(sign + digits, radix: radix).map { .kind(.int($0)) } ?? .outOfRange
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, and the infinities.
    private static func double(_ text: String) -> Double? {
        var rest = Array(text.utf8)[...]
        var isNegative = false
        if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        if [".inf", ".Inf", ".INF"].contains(String(decoding: rest, as: UTF8.self)) {
            return isNegative ? -.infinity : .infinity
        }
        let whole = dropDigits(&rest)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = dropDigits(&rest)
        }
        guard whole > 0 || fraction > 0, dropExponent(&rest), rest.isEmpty else { return nil }
        return Double(padded(text)).flatMap { $0.isFinite ? $0 : nil }
    }

    private static func dropDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
        let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        rest = rest.dropFirst(count)
        return count
    }

    /// Whether what stands there is an exponent or none at all.
    private static func dropExponent(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else {
            return true
        }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            rest = rest.dropFirst()
        }
        return dropDigits(&rest) > 0
    }

    /// Swift wants digits on both sides of the point.
    private static func padded(_ text: String) -> String {
        var result = ""
        var last: Character = " "
        for character in text {
            if character == ".", !last.isNumber { result.append("0") }
            if last == ".", !character.isNumber { result.append("0") }
            result.append(character)
            last = character
        }
        return last == "." ? result + "0" : result
    }
}

extension Character {
    fileprivate func isDigit(radix: Int) -> Bool {
        guard let digit = hexDigitValue, isASCII else { return false }
        return digit < radix
    }
}
