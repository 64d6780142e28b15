/// One SMTP conversation (RFC 5321) as a synchronous machine.
///
/// Bytes go in by `receive`, actions come out of `next` one at a time. After `deliver` the driver
/// calls `answer` before it asks for more, so that pipelined commands wait for their turn.
struct SMTPSession: Sendable {
    enum Action: Sendable, Hashable {
        /// Lines with their ends, ready to send.
        case reply(String)
        case deliver(Mail)
        case close
    }

    struct Credentials: Sendable, Hashable {
        let user: String
        let password: String
    }

    enum State: Sendable, Hashable {
        case command
        case authPlain
        case authUser
        case authPassword(user: String)
        case data
        case closed
    }

    static let recipientLimit = 100
    private static let errorLimit = 50
    /// RFC 5321, 4.5.3.1.4 allows 512; AUTH needs more (RFC 4954, section 4).
    private static let commandLimit = 12_288
    /// RFC 5321, 4.5.3.1.6: 1000 with the line end.
    private static let textLimit = 998

    let credentials: Credentials?
    var state = State.command
    var hasGreeted = false
    var isAuthenticated = false
    /// The sender, once MAIL came; empty for the null sender.
    var sender: String?
    var recipients: [String] = []
    private var lines = SMTPLines()
    private var data: [UInt8] = []
    private var dataFault: String?
    private var errors = 0
    private var actions: [Action]

    init(credentials: Credentials?) {
        self.credentials = credentials
        actions = [.reply("220 localhost Pawl sandbox ESMTP\r\n")]
    }

    mutating func receive(_ bytes: some Sequence<UInt8>) { lines.append(bytes) }

    /// What to do next; nil when more bytes are needed.
    mutating func next() -> Action? {
        while actions.isEmpty && state != .closed {
            let limit = state == .data ? SMTPSession.textLimit : SMTPSession.commandLimit
            guard let line = lines.take(limit: limit) else { return nil }
            if state == .data {
                takeData(line)
            } else {
                takeCommand(line)
            }
        }
        return actions.isEmpty ? nil : actions.removeFirst()
    }

    /// The sink's answer to the mail that was delivered last.
    mutating func answer(_ reply: MailReply) {
        switch reply {
        case .accept: say("250 2.0.0 kept")
        case .reject(let code): say("\(code) \(code / 100).3.0 refused by a fault")
        case .loseReply, .hang, .refuse: close()
        }
    }

    mutating func reset() {
        sender = nil
        recipients = []
        data = []
        dataFault = nil
    }

    mutating func say(_ line: String) { actions.append(.reply(line + "\r\n")) }

    mutating func say(lines: [String]) {
        for (index, line) in lines.enumerated() {
            say("250\(index == lines.count - 1 ? " " : "-")\(line)")
        }
    }

    /// An error reply; a client that makes too many is sent away.
    mutating func fail(_ line: String) {
        errors += 1
        guard errors < SMTPSession.errorLimit else {
            say("421 4.7.0 too many errors")
            close()
            return
        }
        say(line)
    }

    mutating func close() {
        actions.append(.close)
        state = .closed
    }

    private mutating func takeCommand(_ line: SMTPLines.Line) {
        guard case .whole(let bytes) = line else {
            state = .command
            fail("500 5.5.2 line too long")
            return
        }
        handle(line: String(decoding: bytes, as: UTF8.self))
    }

    // MARK: Data

    private mutating func takeData(_ line: SMTPLines.Line) {
        switch line {
        case .tooLong:
            dataFault = "500 5.6.0 a line is longer than 1000 bytes"
        case .whole([46]):
            endData()
        case .whole(let bytes):
            let text = bytes.first == 46 ? bytes.dropFirst() : bytes
            if data.count + text.count + 2 > Mail.sizeLimit {
                dataFault = "552 5.3.4 the mail is larger than \(Mail.sizeLimit) bytes"
                data = []
            } else if dataFault == nil {
                data += text
                data += [13, 10]
            }
        }
    }

    private mutating func endData() {
        state = .command
        if let dataFault {
            fail(dataFault)
        } else {
            actions.append(.deliver(Mail(from: sender ?? "", to: recipients, raw: data)))
        }
        reset()
    }
}

/// Bytes cut into lines at CRLF only: a bare LF inside a mail must not end it (RFC 5321, 2.3.8).
struct SMTPLines: Sendable {
    enum Line: Sendable, Hashable {
        case whole(ArraySlice<UInt8>)
        case tooLong
    }

    private var buffer: [UInt8] = []
    private var start = 0
    /// Where the search for the line's end goes on.
    private var scanned = 0
    private var isTooLong = false

    mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            scanned -= start
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    mutating func take(limit: Int) -> Line? {
        while scanned + 1 < buffer.count {
            guard buffer[scanned] == 13, buffer[scanned + 1] == 10 else {
                scanned += 1
                continue
            }
            let line = buffer[start..<scanned]
            let tooLong = isTooLong || line.count > limit
            (start, scanned, isTooLong) = (scanned + 2, scanned + 2, false)
            return tooLong ? .tooLong : .whole(line)
        }
        if buffer.count - start > limit + 2 {
            isTooLong = true
            start = scanned
        }
        return nil
    }
}
