// What stands behind a backslash or in brackets: single characters and classes of them.
extension RegexParser {
    mutating func escape() throws(Regex.Failure) -> RegexNode {
        if let assertion = assertionEscape() {
            position += 1
            return .assert(assertion)
        }
        if let set = try classEscape() { return .set(set) }
        return literal(try scalarEscape())
    }

    private func assertionEscape() -> Regex.Assertion? {
        switch next {
        case "A": .textStart
        case "z": .textEnd
        case "b": .wordBoundary
        case "B": .noWordBoundary
        default: nil
        }
    }

    /// `\d \w \s`, their opposites, `\p{Lu}` and `\P{Lu}`; behind the backslash.
    private mutating func classEscape() throws(Regex.Failure) -> ScalarSet? {
        guard let letter = next else { return nil }
        switch letter {
        case "d", "D", "w", "W", "s", "S":
            position += 1
            var set = ScalarSet(ranges: Self.perlClass(letter))
            set.isNegated = letter.properties.isUppercase
            return set
        case "p", "P":
            position += 1
            return try category(isNegated: letter == "P")
        default: return nil
        }
    }

    private static func perlClass(_ letter: Unicode.Scalar) -> [ClosedRange<UInt32>] {
        switch letter {
        case "d", "D": [48...57]
        case "w", "W": [48...57, 65...90, 95...95, 97...122]
        default: [9...10, 12...13, 32...32]
        }
    }

    private mutating func category(isNegated: Bool) throws(Regex.Failure) -> ScalarSet {
        var name = ""
        var isNegated = isNegated
        if skip("{" as Unicode.Scalar) {
            if skip("^" as Unicode.Scalar) { isNegated.toggle() }
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                position += 1
            }
            guard skip("}" as Unicode.Scalar) else { throw failure("a missing '}'") }
        } else if let scalar = next {
            name = String(scalar)
            position += 1
        }
        let known = [
            "L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "S": "mcko", "Z": "slp",
            "C": "cfson",
        ]
        guard let first = name.first, let seconds = known[String(first)],
            name.count == 1 || (name.count == 2 && seconds.contains(name.suffix(1)))
        else { throw failure("the class '\(name)' is not supported") }
        return ScalarSet(
            categories: [ScalarSet.Category(name: name, isNegated: isNegated)])
    }

    private mutating func scalarEscape() throws(Regex.Failure) -> Unicode.Scalar {
        guard let letter = next else { throw failure("a lone backslash") }
        position += 1
        switch letter {
        case "a": return "\u{7}"
        case "f": return "\u{C}"
        case "t": return "\t"
        case "n": return "\n"
        case "r": return "\r"
        case "v": return "\u{B}"
        case "x": return try hexadecimal()
        case "0"..."7": return try octal(letter)
        default:
            let isPunctuation = letter.isASCII && !isWord(UInt8(truncatingIfNeeded: letter.value))
            if isPunctuation || letter == "_" { return letter }
            position -= 1
            throw failure("the escape '\\\(letter)' is not supported")
        }
    }

    private mutating func hexadecimal() throws(Regex.Failure) -> Unicode.Scalar {
        let isBraced = skip("{" as Unicode.Scalar)
        var value: UInt32 = 0
        var digits = 0
        while let scalar = next, scalar.isASCII, digits < (isBraced ? 6 : 2),
            let digit = hexadecimalDigit(UInt8(truncatingIfNeeded: scalar.value))
        {
            value = value << 4 | digit
            digits += 1
            position += 1
        }
        guard digits > (isBraced ? 0 : 1), !isBraced || skip("}" as Unicode.Scalar),
            let scalar = Unicode.Scalar(value)
        else { throw failure("a bad hexadecimal escape") }
        return scalar
    }

    /// `\0`, `\012`, `\123`; a single other digit would be a back reference.
    private mutating func octal(_ first: Unicode.Scalar) throws(Regex.Failure) -> Unicode.Scalar {
        var value = first.value - 48
        var digits = 1
        while digits < 3, let scalar = next, ("0"..."7").contains(scalar) {
            value = value << 3 | (scalar.value - 48)
            digits += 1
            position += 1
        }
        guard first == "0" || digits > 1, let scalar = Unicode.Scalar(value) else {
            throw failure("back references are not supported")
        }
        return scalar
    }

    // MARK: Bracket expressions

    mutating func bracket() throws(Regex.Failure) -> ScalarSet {
        var set = ScalarSet(ignoresCase: flags.ignoresCase)
        set.isNegated = skip("^" as Unicode.Scalar)
        var isFirst = true
        while isFirst || next != "]" {
            guard next != nil else { throw failure("a missing ']'") }
            isFirst = false
            if skip("[:") {
                set.subsets.append(try namedClass())
            } else if next == "\\", let subset = try bracketClass() {
                set.subsets.append(subset)
            } else {
                set.ranges.append(try range())
            }
        }
        position += 1
        return set
    }

    private mutating func bracketClass() throws(Regex.Failure) -> ScalarSet? {
        position += 1
        if let set = try classEscape() { return set }
        position -= 1
        return nil
    }

    private mutating func range() throws(Regex.Failure) -> ClosedRange<UInt32> {
        let low = try bracketScalar().value
        guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
            return low...low
        }
        position += 1
        let high = try bracketScalar().value
        guard low <= high else { throw failure("a range that runs backwards") }
        return low...high
    }

    private mutating func bracketScalar() throws(Regex.Failure) -> Unicode.Scalar {
        guard let scalar = next else { throw failure("a missing ']'") }
        position += 1
        return scalar == "\\" ? try scalarEscape() : scalar
    }

    /// `[:alpha:]` and its like; the `[:` is consumed.
    private mutating func namedClass() throws(Regex.Failure) -> ScalarSet {
        let isNegated = skip("^" as Unicode.Scalar)
        var name = ""
        while let scalar = next, scalar != ":" {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard skip(":]"), let ranges = Self.namedRanges(name) else {
            throw failure("the class '[:\(name):]' is unknown")
        }
        return ScalarSet(ranges: ranges, isNegated: isNegated)
    }

    private static func namedRanges(_ name: String) -> [ClosedRange<UInt32>]? {
        switch name {
        case "alnum": [48...57, 65...90, 97...122]
        case "alpha": [65...90, 97...122]
        case "ascii": [0...127]
        case "blank": [9...9, 32...32]
        case "cntrl": [0...31, 127...127]
        case "digit": [48...57]
        case "graph": [33...126]
        case "lower": [97...122]
        case "print": [32...126]
        case "punct": [33...47, 58...64, 91...96, 123...126]
        case "space": [9...13, 32...32]
        case "upper": [65...90]
        case "word": [48...57, 65...90, 95...95, 97...122]
        case "xdigit": [48...57, 65...70, 97...102]
        default: nil
        }
    }
}
