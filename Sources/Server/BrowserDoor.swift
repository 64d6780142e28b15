import Access
import Console
import Definition
import Execution
import Logging
import Sabotage
import Synchronization
import Values

/// What only browsers need: sessions, forms that are ours, and the login. The API takes none of it: whoever asks there brings
/// proof with each request, which no page can make a browser do.
final class BrowserDoor: Sendable {
    /// nil: whoever may speak to the server may do everything.
    let access: AccessControl?
    let sessions: Sessions?
    let tokens: FormTokens
    let key: ProcessKey
    let logger: Logger
    let admission: Admission
    /// Writes who came in and who did not.
    let recording: @Sendable (AuditEntry) async throws(Problem) -> Void
    private let attempts = Mutex(AttemptGuard())
    private let start = ContinuousClock.now

    /// - Parameter clock: since the process began; for tests.
    init(
        _ access: AccessControl?, logger: Logger, admission: Admission,
        recording: @escaping @Sendable (AuditEntry) async throws(Problem) -> Void,
        clock: (@Sendable () -> Duration)? = nil
    ) {
        self.access = access
        self.logger = logger
        self.admission = admission
        self.recording = recording
        let key = ProcessKey()
        self.key = key
        tokens = FormTokens(key)
        let start = start
        sessions = access.map { access in
            Sessions(access, limits: SessionBook.Limits(life: access.sessions)) {
                clock?() ?? ContinuousClock.now - start
            }
        }
    }

    var now: Duration { .now - start }

    /// Who is behind a request for a page.
    struct Recognised: Sendable {
        var principal: Principal?
        var visitor: Visitor?
        /// What the browser's session is known by.
        var session: String?
        /// Forms are bound to it.
        var secret: String
        /// The browser does not know it yet.
        var isNewSecret = false
    }

    /// - Throws: for who asks too often, or has failed too often.
    func recognise(
        _ request: RawRequest, _ asked: ConsoleRequest, _ id: String
    ) async throws -> Recognised {
        var one = await known(request, asked)
        let proven = one.principal
        do {
            // A program that reads pages, or a browser that shows a certificate, proves who it is with each.
            // What comes beside a session is not looked at, and proves nothing.
            var asking = request
            if proven != nil {
                asking.authorization = nil
                asking.certificates = []
            }
            let principal = try await admission.admit(asking) {
                if let proven { return proven }
                guard let access, request.authorization != nil || !request.certificates.isEmpty
                else { return nil }
                return try await access.principal(of: request, id, logger)
            }
            if proven == nil, let principal {
                one.principal = principal
                one.visitor = Visitor(principal, hasSession: false)
            }
        } catch let refusal as Refusal where refusal.status == 401 {
            // The page of the login says the rest.
        }
        return one
    }

    /// By what its browser keeps.
    private func known(_ request: RawRequest, _ asked: ConsoleRequest) async -> Recognised {
        let names = CookieNames(request)
        if let sessions, let session = asked.cookie(names.session), RandomText.isOne(session),
            let found = await sessions.find(session)
        {
            return Recognised(
                principal: found.principal, visitor: Visitor(found.principal, hasSession: true),
                session: session, secret: session)
        }
        var one = Recognised(secret: RandomText.make(), isNewSecret: true)
        if let known = asked.cookie(names.form), RandomText.isOne(known) {
            one.secret = known
            one.isNewSecret = false
        }
        return one
    }

    // MARK: Tries

    /// By whom something is tried: from where, and by what of a token that names it without being secret.
    struct Try: Sendable {
        let peer: ExactText
        var subject: ExactText?

        init(from peer: String, token: String = "") {
            self.peer = ExactText(peer)
            let name = token.split(separator: "_", maxSplits: 2).dropFirst().first
            subject = name.map { ExactText(String($0.prefix(64))) }
        }
    }

    func attempt(_ request: RawRequest, token: String = "") -> Try {
        Try(from: admission.peer(of: request), token: token)
    }

    func wait(_ one: Try) -> Duration? {
        let now = now
        return attempts.withLock { $0.wait(peer: one.peer, subject: one.subject, now: now) }
    }

    func failed(_ one: Try) {
        let now = now
        attempts.withLock { $0.failed(peer: one.peer, subject: one.subject, now: now) }
    }

    func succeeded(_ one: Try) {
        guard let subject = one.subject else { return }
        attempts.withLock { $0.succeeded(subject: subject) }
    }
}

/// Over https a name that browsers take from this very host alone, and over https alone. On plain loopback they would not take
/// such a name at all.
struct CookieNames {
    let session: String
    let form: String
    let login: String
    private let isSecure: Bool

    init(_ request: RawRequest) {
        isSecure = request.isEncrypted
        session = isSecure ? "__Host-pawl" : "pawl-session"
        form = isSecure ? "__Host-pawl-form" : "pawl-form"
        login = isSecure ? "__Host-pawl-login" : "pawl-login"
    }

    /// Those by which somebody is known or may do something.
    func isCarried(by cookie: String?) -> Bool {
        (cookie ?? "").split(separator: ";").contains { part in
            let name = part.prefix { $0 != "=" }.trimmed
            return name.hasPrefix("pawl-") || name.hasPrefix("__Host-pawl")
        }
    }

    /// - Parameters:
    ///   - isLax: sent along also where another site's page leads here, for the way back from an issuer.
    ///   - age: in seconds; nil: until the browser is closed.
    func header(
        _ name: String, _ value: String, isLax: Bool = false, age: Int64? = nil
    ) -> (name: String, value: String) {
        let site = isLax ? "Lax" : "Strict"
        let secure = isSecure ? "; Secure" : ""
        let age = age.map { "; Max-Age=\($0)" } ?? ""
        return ("Set-Cookie", "\(name)=\(value); Path=/; HttpOnly; SameSite=\(site)\(secure)\(age)")
    }

    func removal(of name: String, isLax: Bool = false) -> (name: String, value: String) {
        header(name, "", isLax: isLax, age: 0)
    }
}

extension Visitor {
    init(_ principal: Principal, hasSession: Bool) {
        let proof =
            switch principal.proof {
            case .token(let id): "the token \(id)"
            case .issuer(let name): "the issuer \(name)"
            case .certificate(let digest): "the certificate \(digest.text.prefix(16))…"
            case .host: "the program around this one"
            }
        self.init(
            subject: principal.subject, roles: principal.roles.sorted().map(\.text), proof: proof,
            hasSession: hasSession)
    }
}
