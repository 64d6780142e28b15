import Access
import Sabotage
import Synchronization
import Values

/// Browsers that logged in. Of each is kept the SHA-256 of what it is known by, so that whoever reads this memory can be
/// nobody else. Nothing outlives the process.
struct SessionBook: Sendable {
    struct Limits: Sendable, Hashable {
        var life = SessionLimits()
        /// So often it is asked anew who somebody is, where that can be asked.
        var asking = Duration.seconds(60)
        var total = 10_000
        /// Of one subject: the one that was used least lately makes room.
        var perSubject = 16
    }

    struct Session: Sendable, Hashable {
        let principal: Principal
        /// When it began, of the process.
        let begun: Duration
    }

    struct Found: Sendable {
        let session: Session
        /// What the login brought, where it is time to ask again what it proves.
        let toAsk: Credentials?
    }

    private struct Entry: Sendable {
        let session: Session
        let credentials: Credentials?
        var used: Duration
        var asked: Duration

        var subject: ExactText { ExactText(session.principal.subject) }
    }

    let limits: Limits
    private var entries: [[UInt8]: Entry] = [:]

    init(_ limits: Limits = Limits()) { self.limits = limits }

    var count: Int { entries.count }

    /// - Parameters:
    ///   - credentials: by which who it is can be asked again; nil: that was asked once and for all.
    ///   - now: never goes back.
    mutating func begin(
        _ id: String, _ principal: Principal, _ credentials: Credentials?, now: Duration
    ) {
        entries = entries.filter { !isOver($0.value, now) }
        let subject = ExactText(principal.subject)
        let own = entries.filter { $0.value.subject == subject }
        if own.count >= limits.perSubject { forgetLeastUsed(of: own) }
        if entries.count >= limits.total { forgetLeastUsed(of: entries) }
        entries[Self.key(id)] = Entry(
            session: Session(principal: principal, begun: now), credentials: credentials,
            used: now, asked: now)
    }

    private mutating func forgetLeastUsed(of some: [[UInt8]: Entry]) {
        guard let last = some.min(by: { $0.value.used < $1.value.used }) else { return }
        entries[last.key] = nil
    }

    /// nil: there is none, or it is over.
    /// - Parameter isUse: that somebody asks for something, not that an open page listens.
    mutating func find(_ id: String, isUse: Bool = true, now: Duration) -> Found? {
        let key = Self.key(id)
        guard var entry = entries[key] else { return nil }
        guard !isOver(entry, now) else {
            entries[key] = nil
            return nil
        }
        let isTime = now - entry.asked >= limits.asking && !isMutant(.sessionNeverAskedAgain)
        if isUse { entry.used = now }
        // Once, however many requests come meanwhile.
        if isTime { entry.asked = now }
        entries[key] = entry
        return Found(session: entry.session, toAsk: isTime ? entry.credentials : nil)
    }

    mutating func end(_ id: String) { entries[Self.key(id)] = nil }

    /// - Returns: how many that were.
    mutating func endAll(of subject: String) -> Int {
        let count = entries.count
        entries = entries.filter { $0.value.subject != ExactText(subject) }
        return count - entries.count
    }

    /// Those that last, by subject: who it is, and how long ago each began and was used.
    func standing(now: Duration) -> [(principal: Principal, begun: Duration, used: Duration)] {
        entries.values.filter { !isOver($0, now) }
            .map { ($0.session.principal, now - $0.session.begun, now - $0.used) }
            .sorted { ($0.principal.subject, $0.used) < ($1.principal.subject, $1.used) }
    }

    private func isOver(_ entry: Entry, _ now: Duration) -> Bool {
        // What nobody can be asked about again is believed for less long.
        let whole =
            entry.credentials == nil
            ? min(limits.life.issued, limits.life.whole) : limits.life.whole
        return now - entry.used >= limits.life.idle || now - entry.session.begun >= whole
    }

    private static func key(_ id: String) -> [UInt8] { SHA256.digest(of: Array(id.utf8)) }
}

/// The book of a server, which asks again who somebody is.
final class Sessions: Sendable {
    private let book: Mutex<SessionBook>
    private let access: AccessControl
    private let clock: @Sendable () -> Duration

    /// - Parameter clock: since the process began; never goes back.
    init(
        _ access: AccessControl, limits: SessionBook.Limits = SessionBook.Limits(),
        clock: @escaping @Sendable () -> Duration
    ) {
        self.access = access
        self.clock = clock
        book = Mutex(SessionBook(limits))
    }

    /// - Parameter old: what the browser brought: it ends, and is never gone on with, lest somebody had given it to them.
    /// - Returns: what the browser is known by from now on.
    func begin(_ principal: Principal, _ credentials: Credentials?, replacing old: String?)
        -> String
    {
        var id = RandomText.make()
        if let old {
            if isMutant(.sessionIDKeptAtLogin) { id = old }
            book.withLock { $0.end(old) }
        }
        let now = clock()
        book.withLock { $0.begin(id, principal, credentials, now: now) }
        return id
    }

    /// nil: there is none, it is over, or what it began with proves something else by now.
    func find(_ id: String, isUse: Bool = true) async -> SessionBook.Session? {
        let now = clock()
        guard let found = book.withLock({ $0.find(id, isUse: isUse, now: now) }) else { return nil }
        if let credentials = found.toAsk {
            guard await access.stillProves(credentials, found.session.principal) else {
                end(id)
                return nil
            }
        }
        return found.session
    }

    func end(_ id: String) { book.withLock { $0.end(id) } }

    @discardableResult
    func endAll(of subject: String) -> Int { book.withLock { $0.endAll(of: subject) } }

    var standing: [(principal: Principal, begun: Duration, used: Duration)] {
        let now = clock()
        return book.withLock { $0.standing(now: now) }
    }
}

extension AccessControl {
    /// Where nobody can be asked now, it does, for as long as what it began may last.
    func stillProves(_ credentials: Credentials, _ principal: Principal) async -> Bool {
        do throws(Unproven) {
            return try await proven(by: credentials) == principal
        } catch {
            return error.isUnavailable
        }
    }

    /// - Returns: nil: it is of no kind that is known.
    func proven(by credentials: Credentials) async throws(Unproven) -> Principal? {
        for authenticator in authenticators {
            if let principal = try await authenticator.principal(for: credentials) {
                return principal
            }
        }
        return nil
    }
}
