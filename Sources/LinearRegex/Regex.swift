/// A regular expression in RE2's syntax, run in time linear in the text.
///
/// The pattern becomes a program for a nondeterministic automaton (Thompson's construction); the
/// matcher walks the text once, holding the set of instructions it may be at. There are no groups
/// to extract and nothing that would need backtracking: look-around and back references are
/// refused, as RE2 does.
package struct Regex: Sendable, Hashable {
    package struct Failure: Error, Hashable {
        package let message: String
    }

    package let pattern: String
    private let program: [Instruction]
    /// Looks that one letter may cost at worst: each instruction, and each range of a set.
    package let size: Int

    enum Instruction: Sendable, Hashable {
        case match
        case jump(Int)
        case fork(Int, Int)
        case scalar(Unicode.Scalar)
        case set(ScalarSet)
        case assert(Assertion)
    }

    enum Assertion: Sendable, Hashable {
        case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary
    }

    /// Instructions that a pattern may come to.
    static let sizeLimit = 10_000

    package init(_ pattern: String) throws(Failure) {
        self.pattern = pattern
        var parser = RegexParser(pattern)
        var compiler = RegexCompiler()
        try compiler.compile(try parser.parse())
        program = compiler.program + [.match]
        size = program.reduce(0) { $0 + $1.weight }
    }

    /// Whether the pattern matches some part of the text.
    package func matches(_ text: String) -> Bool {
        var current = ThreadSet(capacity: program.count)
        var next = ThreadSet(capacity: program.count)
        var stack: [Int] = []
        var before: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            add(0, to: &current, &stack, Place(before: before, after: scalar))
            next.removeAll()
            let after = scalar
            for counter in current.members {
                switch program[counter] {
                case .match: return true
                case .scalar(let wanted) where wanted == after: next.wait(counter + 1)
                case .set(let set) where set.contains(after): next.wait(counter + 1)
                default: break
                }
            }
            before = scalar
            swap(&current, &next)
            current.isPending = true
        }
        add(0, to: &current, &stack, Place(before: before, after: nil))
        return current.members.contains { program[$0] == .match }
    }

    private struct Place {
        let before: Unicode.Scalar?
        let after: Unicode.Scalar?
    }

    /// Adds the instructions that wait and the start, following jumps as far as they go.
    private func add(
        _ start: Int, to threads: inout ThreadSet, _ stack: inout [Int], _ place: Place
    ) {
        stack.append(start)
        if threads.isPending {
            stack.append(contentsOf: threads.members.reversed())
            threads.removeAll()
        }
        while let counter = stack.popLast() {
            guard threads.insert(counter) else { continue }
            switch program[counter] {
            case .jump(let target): stack.append(target)
            case .fork(let first, let second):
                stack.append(second)
                stack.append(first)
            case .assert(let assertion):
                if assertion.holds(before: place.before, after: place.after) {
                    stack.append(counter + 1)
                }
            case .match, .scalar, .set: break
            }
        }
    }

    /// Members in order of insertion, each once.
    private struct ThreadSet {
        var members: [Int] = []
        /// Whether the members are yet to be followed along their jumps.
        var isPending = false
        private var isMember: [Bool]

        init(capacity: Int) {
            isMember = Array(repeating: false, count: capacity)
            members.reserveCapacity(capacity)
        }

        mutating func insert(_ counter: Int) -> Bool {
            guard !isMember[counter] else { return false }
            isMember[counter] = true
            members.append(counter)
            return true
        }

        mutating func wait(_ counter: Int) {
            _ = insert(counter)
        }

        mutating func removeAll() {
            for counter in members { isMember[counter] = false }
            members.removeAll(keepingCapacity: true)
            isPending = false
        }
    }
}

extension Regex.Instruction {
    fileprivate var weight: Int {
        if case .set(let set) = self { set.weight } else { 1 }
    }
}

extension ScalarSet {
    fileprivate var weight: Int {
        let looks = ranges.count + categories.count + subsets.reduce(1) { $0 + $1.weight }
        return ignoresCase ? 3 * looks : looks
    }
}

extension Regex.Assertion {
    func holds(before: Unicode.Scalar?, after: Unicode.Scalar?) -> Bool {
        switch self {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before == nil || before == "\n"
        case .lineEnd: after == nil || after == "\n"
        case .wordBoundary: isWord(before) != isWord(after)
        case .noWordBoundary: isWord(before) == isWord(after)
        }
    }

    private func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar, scalar.isASCII else { return false }
        return LinearRegex.isWord(UInt8(truncatingIfNeeded: scalar.value))
    }
}

/// Characters: ranges, classes of Unicode, and what is left out of all.
struct ScalarSet: Sendable, Hashable {
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [Category] = []
    var subsets: [ScalarSet] = []
    var isNegated = false
    var ignoresCase = false

    struct Category: Sendable, Hashable {
        /// `L` for all letters, `Lu` for the upper-case ones.
        let name: String
        let isNegated: Bool
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        if holds(scalar) { return !isNegated }
        guard ignoresCase else { return isNegated }
        return scalar.caseVariants.contains { holds($0) } != isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) }
            || subsets.contains { $0.contains(scalar) }
            || categories.contains { category in
                let name = scalar.properties.generalCategory.shortName
                return name.hasPrefix(category.name) != category.isNegated
            }
    }
}

extension Unicode.Scalar {
    /// The other cases of a letter, where they are one code point.
    var caseVariants: [Unicode.Scalar] {
        [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { text in
            let scalars = text.unicodeScalars
            return scalars.count == 1 && scalars.first != self ? scalars.first : nil
        }
    }
}

extension Unicode.GeneralCategory {
    fileprivate var shortName: String {
        switch self {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}
