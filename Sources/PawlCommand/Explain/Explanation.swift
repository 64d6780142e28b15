import Definition
import Execution
import Values
import WorkflowLanguage

/// What a code means, for who reads it somewhere: the one source of `pawl explain` and of the pages of the reference.
/// Texts are Markdown; links lead from `docs/reference`.
struct CodeExplanation: Hashable {
    /// What kind of thing has the code.
    enum Subject: String, CaseIterable {
        case problem = "problem"
        case receipt = "receipt of an event"
        case blocker = "blocker"
        case incident = "incident"
        case error = "error of a call"
        case diagnostic = "finding of pawl check"
        case exit = "exit status"

        /// The page that lists them.
        var page: String {
            switch self {
            case .blocker: "docs/reference/blockers.md"
            default: "docs/reference/errors.md"
            }
        }
    }

    let subject: Subject
    let code: String
    let meaning: String
    /// When it appears.
    let when: String
    /// What to do about it.
    let advice: String
    /// Lines that bring it about, or what it looks like.
    let example: String

    init(
        _ subject: Subject, _ code: String, _ meaning: String, when: String, do advice: String,
        example: String
    ) {
        self.subject = subject
        self.code = code
        self.meaning = meaning
        self.when = when
        self.advice = advice
        self.example = example
    }

    /// All of them; a code may be that of several things.
    static let all: [CodeExplanation] =
        Problem.Code.allCases.map(\.explanation) + ofTheAPI + ofLimits + ofReceipts
        + Blocker.Kind.allCases.map(\.explanation) + Incident.Kind.allCases.map(\.explanation)
        + ofCalls + Diagnostic.Code.allCases.map(\.explanation) + ofExits

    static func of(_ code: String) throws(Failure) -> [CodeExplanation] {
        let wanted = code.lowercased()
        let found = all.filter { sameUTF8($0.code, wanted) }
        guard found.isEmpty else { return found }
        let codes = all.map(\.code).distinct
        let near = nearestName(to: wanted, among: codes) ?? codes.first { $0.contains(wanted) }
        throw Failure(
            status: 3, "nothing here has the code `\(code.printable)`",
            fix: near.map { "did you mean `pawl explain \($0)`?" }
                ?? "`pawl explain` lists them all")
    }

    func text(width: Int?, style: Style) -> String {
        let facts = [
            ("means", meaning), ("when", when), ("do", advice),
        ]
        let body = facts.flatMap { name, text -> [String] in
            let lines = text.withoutLinks.capitalizedAtStart.broken(
                at: width.map { $0 - 9 }, indent: 0)
            return lines.enumerated().map { index, line in
                "  " + style.faint((index == 0 ? name : "").padded(to: 5)) + "  " + line
            }
        }
        return
            ([style.bold(code) + "  " + subject.rawValue] + body
            + ["  " + style.faint("see  ") + "  " + subject.page, ""]
            + example.split(separator: "\n").map { "      " + $0 })
            .map { $0 + "\n" }.joined()
    }

    var document: Value {
        [
            "code": .string(code), "kind": .string(subject.rawValue),
            "meaning": .string(meaning.withoutLinks), "when": .string(when.withoutLinks),
            "do": .string(advice.withoutLinks), "example": .string(example),
            "page": .string(subject.page),
        ]
    }
}

extension String {
    fileprivate var capitalizedAtStart: String {
        // A command begins as it is typed.
        guard let first, first.isLetter else { return self }
        return first.uppercased() + dropFirst()
    }

    /// `[text](page.md)` becomes `text`.
    var withoutLinks: String {
        var result = ""
        var rest = Substring(self)
        while let open = rest.firstIndex(of: "["), let middle = rest[open...].firstRange(of: "]("),
            let close = rest[middle.upperBound...].firstIndex(of: ")")
        {
            result += rest[..<open] + rest[rest.index(after: open)..<middle.lowerBound]
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
