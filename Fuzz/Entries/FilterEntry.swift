import Definition
import Engine
import Execution
import Values

/// What is typed into the search boxes of instances and of tasks.
enum FilterEntry {
    private static let now = Timestamp(seconds: 1_767_268_800)
    private static let ana = TaskFilter.Viewer(
        Actor(role: "manager", subject: "ana"), now: now, substitutions: [])

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        let text = bytes.text
        for viewer in [nil, ana] {
            try check(
                Result { () throws(Problem) in
                    try TaskFilter(parsing: text, viewer, now: now).terms
                })
        }
        let terms = Self.terms(of: text)
        try check(terms)
        if case .success(let terms) = terms, terms.count < 32 {
            try require(
                Self.terms(of: text + " is:paused") == .success(terms + [.paused]),
                "a term behind it changes what stands before")
        }
        try require(
            Self.terms(of: "key:\(quoted(text))") == .success([.key(text)]),
            "a text in quotes is taken for another one")
    }

    private static func terms(of text: String) -> Result<[InstanceQuery.Term], Problem> {
        Result { () throws(Problem) in try InstanceFilter(parsing: text).terms }
    }

    /// A refusal says what to do, and is short whatever was typed.
    private static func check<T>(_ terms: Result<[T], Problem>) throws(FuzzFailure) {
        switch terms {
        case .success(let terms):
            try require(terms.count <= 32, "more terms than a store may be asked for")
        case .failure(let problem):
            try require(problem.code == .invalid, "a filter is refused as \(problem.code)")
            try require(problem.fix?.isEmpty == false, "refused without a fix: \(problem.message)")
            let length = (problem.message + (problem.fix ?? "")).unicodeScalars.count
            try require(length <= 1000, "a refusal without end: \(length)")
        }
    }

    /// By the reference of filters: in quotes, `\"` is a quote and `\\` a backslash.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
