import Definition
import Resources
import Values

/// `If-Match` and `If-None-Match` of an instance, whose ETag is its revision (RFC 9110, 13).
struct Preconditions: Sendable {
    /// Revisions that it may be at.
    enum Match: Sendable, Hashable {
        /// It must be there, as whatever.
        case any
        case revisions([Int64])
    }

    /// nil: it may be as it is.
    let match: Match?
    /// Revisions of which nobody wants to hear; `any`: it must not be there.
    let noneMatch: Match?

    init(_ request: APIRequest) throws(Problem) {
        match = try request.ifMatch.map { (text) throws(Problem) in
            try Self.read(text, isWeakTaken: false)
        }
        noneMatch = try request.content.ifNoneMatch.map { (text) throws(Problem) in
            try Self.read(text, isWeakTaken: true)
        }
    }

    /// - Parameter isWeakTaken: whether a tag may be weak; none is when something is to be changed.
    private static func read(_ text: String, isWeakTaken: Bool) throws(Problem) -> Match {
        if text.trimmed == "*" { return .any }
        var revisions: [Int64] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            var tag = part.trimmed
            if isWeakTaken, tag.hasPrefix("W/") { tag = String(tag.dropFirst(2)) }
            let digits = tag.dropFirst().dropLast()
            guard tag.utf8.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\""),
                digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(digits)
            else {
                throw Problem(
                    .malformed, "`\(text.quotable)` is no ETag of an instance",
                    fix: "one entity tag like \"13\", several with commas between them, or `*`")
            }
            revisions.append(number)
        }
        return .revisions(revisions)
    }

    /// What the engine compares with: of several that one which the instance is at, if it is at one.
    func seen(at current: Int64?) -> Int64? {
        guard case .revisions(let revisions) = match else { return nil }
        return current.flatMap { revisions.contains($0) ? $0 : nil } ?? revisions.first
    }

    /// Before something is started: nil where there is nothing to object to.
    /// - Parameter current: the revision of the instance that is there; nil: there is none.
    func problem(startingAt current: Int64?, _ name: String) -> Problem? {
        if let match {
            guard let current else {
                return Problem(
                    .notApplicable, "there is no \(name), which If-Match asks for",
                    fix: "leave If-Match out to start it", isStale: true)
            }
            if case .revisions(let revisions) = match, !revisions.contains(current) {
                return Problem(
                    .notApplicable, "\(name) is at revision \(current)",
                    fix: "look at it again, and send If-Match: \"\(current)\"", isStale: true)
            }
        }
        guard let current, hides(current) else { return nil }
        return .isThere(name)
    }

    /// Whether somebody has that revision already, or wants none to be there.
    func hides(_ revision: Int64) -> Bool {
        switch noneMatch {
        case nil: false
        case .any: true
        case .revisions(let revisions): revisions.contains(revision)
        }
    }
}

extension Problem {
    /// `If-None-Match` wanted it not to be.
    static func isThere(_ name: String) -> Problem {
        Problem(
            .notApplicable, "\(name) is there already",
            fix: "leave If-None-Match out to be told how it stands", isStale: true)
    }
}
