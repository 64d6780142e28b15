/// Reads RE2's syntax (<https://github.com/google/re2/wiki/Syntax>) but for scripts.
struct RegexParser {
    let scalars: [Unicode.Scalar]
    var position = 0
    private var depth = 0
    var flags = Flags()

    struct Flags {
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

    func failure(_ message: String) -> Regex.Failure {
        Regex.Failure(message: "bad pattern: \(message) at character \(position + 1)")
    }

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    mutating func skip(_ text: String) -> Bool {
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
        if skip("*" as Unicode.Scalar) { return (0, nil) }
        if skip("+" as Unicode.Scalar) { return (1, nil) }
        if skip("?" as Unicode.Scalar) { return (0, 1) }
        return next == "{" ? try counts() : nil
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

    func literal(_ scalar: Unicode.Scalar) -> RegexNode {
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
}
