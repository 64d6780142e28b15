/// Reads RE2's syntax (<https://github.com/google/re2/wiki/Syntax>) but for scripts.
struct RegexParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var flags = Flags()

    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
    }

    init(_ pattern: String) {
        scalars = Array(pattern.unicodeScalars)
    }

    mutating func parse() throws(Regex.Failure) -> RegexNode {
        let node = try alternatives()
        guard position == scalars.count else { throw failure("an unexpected ')'") }
        return node
    }

    private func failure(_ message: String) -> Regex.Failure {
        Regex.Failure(message: "bad pattern: \(message) at character \(position + 1)")
    }

    private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    private mutating func skip(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(Regex.Failure) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw failure("groups nested too deep") }
        var parts = [try sequence()]
        while skip("|" as Unicode.Scalar) { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(Regex.Failure) -> RegexNode {
        var parts: [RegexNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if skip("\\Q") {
                parts.append(contentsOf: quoted())
            } else {
                let part = try atom()
                parts.append(try quantified(part))
            }
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func quoted() -> [RegexNode] {
        var parts: [RegexNode] = []
        while let scalar = next, !skip("\\E") {
            parts.append(literal(scalar))
            position += 1
        }
        return parts
    }

    // MARK: Repetition

    private mutating func quantified(_ atom: RegexNode) throws(Regex.Failure) -> RegexNode {
        guard let (least, most) = try quantifier() else { return atom }
        _ = skip("?" as Unicode.Scalar)
        if try quantifier() != nil { throw failure("a repetition of a repetition") }
        return .repeat(atom, least, most)
    }

    private mutating func quantifier() throws(Regex.Failure) -> (Int, Int?)? {
        switch next {
        case "*": position += 1; return (0, nil)
        case "+": position += 1; return (1, nil)
        case "?": position += 1; return (0, 1)
        case "{": return try counts()
        default: return nil
        }
    }

    /// `{2}`, `{2,}`, `{2,5}`; any other brace stands for itself.
    private mutating func counts() throws(Regex.Failure) -> (Int, Int?)? {
        let start = position
        position += 1
        guard let least = number() else {
            position = start
            return nil
        }
        var most: Int? = least
        if skip("," as Unicode.Scalar) { most = number() }
        guard skip("}" as Unicode.Scalar) else {
            position = start
            return nil
        }
        guard least <= 1000, most ?? 0 <= 1000, most ?? least >= least else {
            throw failure("a bad count of repetitions")
        }
        return (least, most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 48), 1_000_000)
            position += 1
        }
        return value
    }

    // MARK: Atoms

    private func literal(_ scalar: Unicode.Scalar) -> RegexNode {
        guard flags.ignoresCase, !scalar.caseVariants.isEmpty else { return .scalar(scalar) }
        return .set(ScalarSet(ranges: [scalar.value...scalar.value], ignoresCase: true))
    }

    private mutating func atom() throws(Regex.Failure) -> RegexNode {
        guard let scalar = next else { return .empty }
        position += 1
        switch scalar {
        case "(": return try group()
        case "[": return .set(try bracket())
        case "\\": return try escape()
        case ".": return .set(dot)
        case "^": return .assert(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assert(flags.isMultiline ? .lineEnd : .textEnd)
        case "*", "+", "?":
            position -= 1
            throw failure("nothing to repeat")
        default:
            if scalar == "{" {
                position -= 1
                if try counts() != nil { throw failure("nothing to repeat") }
                position += 1
            }
            return literal(scalar)
        }
    }

    private var dot: ScalarSet {
        flags.dotMatchesNewline
            ? ScalarSet(isNegated: true) : ScalarSet(ranges: [10...10], isNegated: true)
    }

    private mutating func group() throws(Regex.Failure) -> RegexNode {
        let outer = flags
        if skip("?" as Unicode.Scalar) {
            if skip("P<") || (next == "<" && skip("<" as Unicode.Scalar)) {
                try groupName()
            } else if try setFlags() {
                return .empty
            }
        }
        let node = try alternatives()
        guard skip(")" as Unicode.Scalar) else { throw failure("a missing ')'") }
        flags = outer
        return node
    }

    private mutating func groupName() throws(Regex.Failure) {
        let start = position
        while let scalar = next, scalar.isASCII, isWord(UInt8(truncatingIfNeeded: scalar.value)) {
            position += 1
        }
        guard position > start, skip(">" as Unicode.Scalar) else {
            throw failure("a bad name of a group")
        }
    }

    /// `(?i)` changes the rest of the group around it (true), `(?i:…)` is a group (false).
    private mutating func setFlags() throws(Regex.Failure) -> Bool {
        var isOn = true
        while let scalar = next {
            position += 1
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "m": flags.isMultiline = isOn
            case "s": flags.dotMatchesNewline = isOn
            case "U": break
            case "-" where isOn: isOn = false
            case ":": return false
            case ")": return true
            default:
                position -= 1
                throw failure("'(?\(scalar)' is not supported")
            }
        }
        throw failure("a missing ')'")
    }

    // MARK: Escapes

    private mutating func escape() throws(Regex.Failure) -> RegexNode {
        guard let letter = next else { throw failure("a lone backslash") }
        switch letter {
        case "A": position += 1; return .assert(.textStart)
        case "z": position += 1; return .assert(.textEnd)
        case "b": position += 1; return .assert(.wordBoundary)
        case "B": position += 1; return .assert(.noWordBoundary)
        default: break
        }
        if let set = try classEscape() { return .set(set) }
        return literal(try scalarEscape())
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
        let known = ["L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "S": "mcko", "Z": "slp", "C": "cfson"]
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

    private mutating func bracket() throws(Regex.Failure) -> ScalarSet {
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
