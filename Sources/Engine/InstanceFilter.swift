import Definition
import Execution
import Values

/// The one grammar of the search box, the API's `filter` and `pawl ls -f`: terms separated by spaces, all of
/// which must hold. `workflow:order`, `version:2`, `state:matching`, `health:stuck`, `status:failed`, `key:1009`,
/// `key:10*`, `is:paused`, `paused:ana`, `reason:"an outage"`, `price>5000`, `client=c-7`.
package struct InstanceFilter: Sendable, Hashable {
    package let terms: [InstanceQuery.Term]

    /// What can stand before a colon.
    package static let names = [
        "workflow", "version", "state", "key", "status", "health", "is", "paused", "reason",
    ]
    /// Each becomes a condition of the store's query.
    private static let maximumTerms = 32

    package init(terms: [InstanceQuery.Term] = []) { self.terms = terms }

    /// The workflows that it names.
    package var workflows: [String] {
        terms.compactMap { term in
            if case .workflow(let name) = term { name } else { nil }
        }
    }

    package init(parsing text: String) throws(Problem) {
        var terms: [InstanceQuery.Term] = []
        let words = try FilterWord.words(of: text)
        for (index, word) in words.enumerated() {
            guard terms.count < Self.maximumTerms else {
                throw Self.problem(
                    "the filter has more than \(Self.maximumTerms) terms",
                    "leave some out; all that are left must hold")
            }
            guard let term = try Self.term(word.text, isQuoted: word.isQuoted) else {
                throw Self.noTerm(at: index, of: words)
            }
            terms.append(term)
        }
        self.terms = terms
    }

    /// nil: it is no term at all.
    private static func term(
        _ word: String, isQuoted: Bool
    ) throws(Problem) -> InstanceQuery.Term? {
        if word == "paused" { return .paused }
        if let comparison = try comparison(word, isQuoted: isQuoted) {
            try check(comparison, word)
            return comparison
        }
        guard let (name, value) = word.cut(at: ":"), !name.isEmpty, isQuoted || !value.isEmpty
        else { return nil }
        switch name {
        case "workflow": return .workflow(value)
        case "version": return .version(try version(value))
        case "state": return .state(value)
        case "key":
            let prefix = isQuoted ? nil : value.keyPrefix
            return prefix.map(InstanceQuery.Term.keyPrefix) ?? .key(value)
        case "status", "health":
            if value == "paused" {
                throw problem("`paused` is no \(name)", "write is:paused, or paused:WHO")
            }
            return name == "status"
                ? .status(try choice(value, of: name, Run.Status.allCases))
                : .health(try choice(value, of: name, Health.allCases))
        case "is": return try property(value)
        case "paused": return .pausedBy(value)
        case "reason": return .pauseReason(value)
        case "blocker": return try blocker(value)
        default:
            throw problem(
                "there is no filter `\(name.shortened(to: 100))`",
                nearestName(to: name, among: Self.names).map { "did you mean \($0):?" }
                    ?? "search attributes are compared with = < > like price>5000")
        }
    }

    /// A key of two words looks like two terms.
    private static func noTerm(at index: Int, of words: [FilterWord]) -> Problem {
        let word = words[index].text
        let message = "`\(word.shortened(to: 100))` is no term"
        let usual = "write name:value, like health:stuck, or price>5000"
        func isBare(_ word: FilterWord) -> Bool {
            !word.isQuoted && !word.text.contains { ":<>=\"".contains($0) }
        }
        guard isBare(words[index]) else { return problem(message, usual) }
        let rest = words[index...].prefix(while: isBare).map(\.text)
        if index > 0, !words[index - 1].isQuoted,
            let colon = words[index - 1].text.firstIndex(of: ":")
        {
            let before = words[index - 1].text
            let value = ([String(before[before.index(after: colon)...])] + rest)
                .joined(separator: " ")
            return problem(
                message,
                "what has a space in it is written in quotes: "
                    + "\(before[..<colon]):\"\(value.shortened(to: 100))\"")
        }
        guard rest.count > 1 else { return problem(message, usual) }
        let key = rest.joined(separator: " ").shortened(to: 100)
        return problem(
            message, "\(usual); a key with a space in it is written in quotes: key:\"\(key)\"")
    }

    private static func property(_ value: String) throws(Problem) -> InstanceQuery.Term {
        if value == "paused" { return .paused }
        let fix =
            Health(rawValue: value).map { "write health:\($0.rawValue)" }
            ?? Run.Status(rawValue: value).map { "write status:\($0.rawValue)" }
            ?? "known: is:paused"
        throw problem("an instance is not found by being `\(value.shortened(to: 100))`", fix)
    }

    /// Why an instance waits is worked out when somebody looks at it, and stands in no index but for a pause.
    private static func blocker(_ value: String) throws(Problem) -> InstanceQuery.Term {
        guard let kind = Blocker.Kind(rawValue: value) else {
            let kinds = Blocker.Kind.allCases.map(\.rawValue)
            throw problem(
                "`\(value.shortened(to: 100))` is no kind of blocker",
                nearestName(to: value, among: kinds).map { "did you mean \($0)?" }
                    ?? "docs/reference/blockers.md has them all")
        }
        if kind == .paused { return .paused }
        throw problem("instances are not listed by the blocker `\(value)`", kind.askInstead)
    }

    /// What is written with a colon is no search attribute.
    private static func check(
        _ term: InstanceQuery.Term, _ word: String
    ) throws(Problem) {
        guard case .search(let name, .equal, _) = term, ["workflow", "health"].contains(name) else {
            return
        }
        let value = word.dropFirst(name.count + 1)
        throw problem(
            "`\(name)` is compared with a colon",
            "write \(name):\(String(value).shortened(to: 100))")
    }

    private static func version(_ text: String) throws(Problem) -> Int {
        guard let number = Int(text), number > 0 else {
            throw problem(
                "`\(text.shortened(to: 100))` is no version", "write its number, like version:2")
        }
        return number
    }

    private static func choice<T: RawRepresentable>(
        _ value: String, of name: String, _ cases: [T]
    ) throws(Problem) -> T where T.RawValue == String {
        if let found = cases.first(where: { $0.rawValue == value }) { return found }
        let names = cases.map(\.rawValue)
        throw problem(
            "`\(value.shortened(to: 100))` is no \(name)",
            nearestName(to: value, among: names).map { "did you mean \($0)?" }
                ?? "known: \(names.joined(separator: ", "))")
    }

    private static func comparison(
        _ word: String, isQuoted: Bool
    ) throws(Problem) -> InstanceQuery.Term? {
        guard let (name, sign, text) = word.cut(where: isSign), !name.isEmpty,
            name.cut(at: ":") == nil
        else { return nil }
        guard let comparison = InstanceQuery.Comparison(rawValue: sign) else {
            throw unknownSign(sign)
        }
        return .search(
            name: name, comparison: comparison,
            value: isQuoted ? .string(text) : try value(text))
    }

    /// What operators are made of, and what people take for one.
    static func isSign(_ scalar: Unicode.Scalar) -> Bool {
        "<>=!~".unicodeScalars.contains(scalar)
    }

    static func unknownSign(_ sign: String) -> Problem {
        let meant = ["==": "=", "=>": ">=", "=<": "<=", "===": "="][sign]
        return problem(
            "`\(sign.shortened(to: 20))` is no operator",
            meant.map { "did you mean \($0)?" }
                ?? "known: =, <, <=, >, >=; what is not so is not asked for")
    }

    private static func value(_ text: String) throws(Problem) -> Value {
        if let number = Int64(text) { return .int(number) }
        guard !JSON.isIntegerBeyond64Bits(text) else {
            throw problem(
                "`\(text.shortened(to: 100))` is beyond 64 bits, and no attribute holds it",
                #"a text is written in quotes: name="…""#)
        }
        if let number = Double(text), number.isFinite { return .double(number) }
        switch text {
        case "true": return true
        case "false": return false
        case "null": return .null
        default: return .string(text)
        }
    }

    private static func problem(_ message: String, _ fix: String) -> Problem {
        Problem(.invalid, message, fix: fix)
    }
}

extension String {
    /// Of a key that is written `10*`; nil: it is written whole.
    var keyPrefix: String? {
        unicodeScalars.last == "*" ? String(unicodeScalars.dropLast()) : nil
    }
}

extension Blocker.Kind {
    /// The list that comes nearest.
    fileprivate var askInstead: String {
        switch self {
        case .paused: "ask is:paused"
        case .waitingPerson: "`pawl tasks` lists what waits for people"
        case .waitingEvent, .waitingTimer, .waitingChild, .waitingMembers:
            "ask for the state that waits, like state:NAME health:waiting"
        case .callRunning, .compensationRunning:
            "ask status:running with the state, like state:NAME"
        case .callRetrying, .callUnknown: "health:failing finds those whose call is tried again"
        case .callExhausted, .expressionError, .suspended, .compensationFailed:
            "health:blocked finds them, and `pawl incidents --group` tells them apart by cause"
        case .definitionMissing, .rowDamaged, .nothing:
            "health:blocked finds them, among all that need a person"
        case .adapterOpen, .adapterLimit, .adapterPaused, .adapterUnready:
            "`pawl adapters NAME` shows what waits there; health:failing finds whose call was tried"
        case .moneyHeld: "`pawl money` says what is held, and how much"
        case .workflowPaused: "`pawl workflows` shows which are paused; workflow:NAME lists one's"
        case .guardFalse: "`pawl events` lists the events that moved nothing"
        }
    }
}
