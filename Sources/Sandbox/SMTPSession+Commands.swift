extension SMTPSession {
    /// One line outside of DATA: a command, or the next step of AUTH.
    mutating func handle(line: String) {
        switch state {
        case .authPlain: return authenticate(plain: line)
        case .authUser: return takeUser(line)
        case .authPassword(let user): return takePassword(line, user: user)
        case .command, .data, .closed: break
        }
        let verb = line.prefix { $0 != " " }.uppercased()
        let rest = String(line.dropFirst(verb.count)).trimmed
        switch verb {
        case "EHLO": greet(rest, extended: true)
        case "HELO": greet(rest, extended: false)
        case "MAIL": mail(rest)
        case "RCPT": recipient(rest)
        case "DATA": beginData()
        case "AUTH": authenticate(rest)
        case "RSET":
            reset()
            say("250 2.0.0 ok")
        case "NOOP": say("250 2.0.0 ok")
        case "VRFY": say("252 2.1.5 send some mail and see")
        case "HELP": say("214 2.0.0 EHLO HELO MAIL RCPT DATA AUTH RSET NOOP VRFY QUIT")
        case "QUIT":
            say("221 2.0.0 bye")
            close()
        case "GET", "POST", "PUT", "HEAD", "OPTIONS":
            // What follows may be commands that a page has put into the body of a request.
            say("221 2.7.0 this is no web server")
            close()
        case "STARTTLS", "EXPN", "TURN": fail("502 5.5.1 not offered")
        default: fail("500 5.5.2 unknown command")
        }
    }

    private mutating func greet(_ name: String, extended: Bool) {
        guard !name.isEmpty else { return fail("501 5.5.4 say who you are") }
        hasGreeted = true
        reset()
        guard extended else { return say("250 localhost") }
        var lines = ["localhost", "PIPELINING", "8BITMIME", "SIZE \(Mail.sizeLimit)"]
        if credentials != nil { lines.append("AUTH PLAIN LOGIN") }
        say(lines: lines)
    }

    // MARK: Envelope

    private mutating func mail(_ rest: String) {
        guard hasGreeted else { return fail("503 5.5.1 EHLO first") }
        guard credentials == nil || isAuthenticated else {
            return fail("530 5.7.0 authentication required")
        }
        guard sender == nil else { return fail("503 5.5.1 a mail is under way") }
        guard let path = SMTPPath(rest, keyword: "FROM:") else {
            return fail("501 5.5.4 use MAIL FROM:<address>")
        }
        for parameter in path.parameters {
            let pieces = parameter.uppercased().split(separator: "=", maxSplits: 1)
            switch (pieces.first, pieces.dropFirst().first) {
            case ("SIZE", let size?):
                guard let size = Int(size), size <= Mail.sizeLimit else {
                    return fail("552 5.3.4 larger than \(Mail.sizeLimit) bytes")
                }
            case ("BODY", "7BIT"), ("BODY", "8BITMIME"), ("AUTH", _?):
                continue
            default:
                return fail("555 5.5.4 unknown parameter")
            }
        }
        sender = path.address
        say("250 2.1.0 ok")
    }

    private mutating func recipient(_ rest: String) {
        guard sender != nil else { return fail("503 5.5.1 MAIL first") }
        guard let path = SMTPPath(rest, keyword: "TO:"), !path.address.isEmpty else {
            return fail("501 5.5.4 use RCPT TO:<address>")
        }
        guard path.parameters.isEmpty else { return fail("555 5.5.4 unknown parameter") }
        guard recipients.count < SMTPSession.recipientLimit else {
            return fail("452 4.5.3 too many recipients")
        }
        recipients.append(path.address)
        say("250 2.1.5 ok")
    }

    private mutating func beginData() {
        guard !recipients.isEmpty else { return fail("503 5.5.1 RCPT first") }
        state = .data
        say("354 end with a line that is a single dot")
    }

    // MARK: AUTH (RFC 4954)

    private mutating func authenticate(_ rest: String) {
        guard credentials != nil else { return fail("502 5.5.1 not offered") }
        guard hasGreeted, !isAuthenticated, sender == nil else {
            return fail("503 5.5.1 not now")
        }
        let pieces = rest.split(separator: " ", maxSplits: 1).map(String.init)
        switch (pieces.first?.uppercased(), pieces.dropFirst().first) {
        case ("PLAIN", let initial?): authenticate(plain: initial)
        case ("PLAIN", nil):
            state = .authPlain
            say("334 ")
        case ("LOGIN", let user?): takeUser(user)
        case ("LOGIN", nil):
            state = .authUser
            say("334 VXNlcm5hbWU6")
        default: fail("504 5.5.4 PLAIN or LOGIN")
        }
    }

    private mutating func authenticate(plain line: String) {
        let pieces = TransferEncoding.base64(line.utf8)
            .split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard line != "*", pieces.count == 3 else { return refuse("501 5.5.2 not understood") }
        check(user: pieces[1], password: pieces[2])
    }

    private mutating func takeUser(_ line: String) {
        guard line != "*" else { return refuse("501 5.7.0 cancelled") }
        let user = String(decoding: TransferEncoding.base64(line.utf8), as: UTF8.self)
        state = .authPassword(user: user)
        say("334 UGFzc3dvcmQ6")
    }

    private mutating func takePassword(_ line: String, user: String) {
        guard line != "*" else { return refuse("501 5.7.0 cancelled") }
        let password = String(decoding: TransferEncoding.base64(line.utf8), as: UTF8.self)
        check(user: user, password: password)
    }

    private mutating func check(user: String, password: String) {
        guard credentials == Credentials(user: user, password: password) else {
            return refuse("535 5.7.8 wrong user or password")
        }
        state = .command
        isAuthenticated = true
        say("235 2.7.0 ok")
    }

    private mutating func refuse(_ line: String) {
        state = .command
        fail(line)
    }
}

/// The argument of MAIL and RCPT: a path in angle brackets and its parameters.
struct SMTPPath {
    let address: String
    let parameters: [String]
    private static let lengthLimit = 320

    /// Nil unless the address is ASCII without blanks; a source route is dropped, as RFC 5321
    /// (appendix C) asks.
    init?(_ text: String, keyword: String) {
        guard text.uppercased().hasPrefix(keyword) else { return nil }
        let path = String(text.dropFirst(keyword.count)).trimmed
        guard path.first == "<", let end = path.firstIndex(of: ">") else { return nil }
        var address = path[path.index(after: path.startIndex)..<end]
        if address.first == "@", let colon = address.firstIndex(of: ":") {
            address = address[address.index(after: colon)...]
        }
        guard address.utf8.count <= SMTPPath.lengthLimit,
            address.utf8.allSatisfy({ (33...126).contains($0) })
        else { return nil }
        self.address = String(address)
        parameters = path[path.index(after: end)...].split(separator: " ").map(String.init)
    }
}
