import Definition
import Execution
import Values

/// The one grammar of the search box, the API's `filter` and `pawl ls -f`: terms separated by spaces, all of
/// which must hold. `workflow:order`, `version:2`, `state:matching`, `health:stuck`, `status:failed`, `key:1009`,
/// `key:10*`, `price>5000`, `client=c-7`.
package struct InstanceFilter: Sendable, Hashable {
    package let terms: [InstanceQuery.Term]

    /// What can stand before a colon.
    package static let names = ["workflow", "version", "state", "key", "status", "health"]
    /// Each becomes a condition of the store's query.
    private static let maximumTerms = 32

    package init(terms: [InstanceQuery.Term] = []) { self.terms = terms }

    package init(parsing text: String) throws(Problem) {
        var terms: [InstanceQuery.Term] = []
        for word in try FilterWord.words(of: text) {
            guard terms.count < Self.maximumTerms else {
                throw Self.problem(
                    "the filter has more than \(Self.maximumTerms) terms",
                    "leave some out; all that are left must hold")
            }
            terms.append(try Self.term(word.text, isQuoted: word.isQuoted))
        }
        self.terms = terms
    }

    private static func term(
        _ word: String, isQuoted: Bool
    ) throws(Problem) -> InstanceQuery.Term {
        if let comparison = comparison(word, isQuoted: isQuoted) {
            try check(comparison, word)
            return comparison
        }
        guard let colon = word.firstIndex(of: ":"), colon != word.startIndex,
            word.index(after: colon) != word.endIndex
        else {
            throw problem(
                "`\(word.shortened(to: 100))` is no term",
                "write name:value, like health:stuck, or price>5000")
        }
        let name = String(word[..<colon])
        let value = String(word[word.index(after: colon)...])
        switch name {
        case "workflow": return .workflow(value)
        case "version": return .version(try version(value))
        case "state": return .state(value)
        case "key":
            let isPrefix = value.hasSuffix("*") && !isQuoted
            return isPrefix ? .keyPrefix(String(value.dropLast())) : .key(value)
        case "status": return .status(try choice(value, of: name, Run.Status.allCases))
        case "health": return .health(try choice(value, of: name, Health.allCases))
        default:
            throw problem(
                "there is no filter `\(name.shortened(to: 100))`",
                nearestName(to: name, among: Self.names).map { "did you mean \($0):?" }
                    ?? "search attributes are compared with = < > like price>5000")
        }
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

    private static func comparison(_ word: String, isQuoted: Bool) -> InstanceQuery.Term? {
        guard let start = word.firstIndex(where: { "<>=".contains($0) }), start != word.startIndex,
            !word[..<start].contains(":")
        else { return nil }
        let rest = word[start...]
        let sign = String(rest.prefix { "<>=".contains($0) })
        guard let comparison = InstanceQuery.Comparison(rawValue: sign) else { return nil }
        let text = String(rest.dropFirst(sign.count))
        return .search(
            name: String(word[..<start]), comparison: comparison,
            value: isQuoted ? .string(text) : value(text))
    }

    private static func value(_ text: String) -> Value {
        if let number = Int64(text) { return .int(number) }
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
