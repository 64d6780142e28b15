/// One mail as the sink received it: the envelope, and what its MIME text says.
package struct Mail: Sendable, Hashable {
    package var from: String
    package var to: [String]
    /// With its angle brackets; empty when the mail has none.
    package var messageID: String
    package var subject: String
    /// The first `text/plain` part, decoded.
    package var text: String
    /// The first `text/html` part, decoded.
    package var html: String
    package var raw: [UInt8]

    package static let sizeLimit = 1 << 20

    package init(
        from: String, to: [String], messageID: String, subject: String, text: String,
        html: String = "", raw: [UInt8] = []
    ) {
        self.from = from
        self.to = to
        self.messageID = messageID
        self.subject = subject
        self.text = text
        self.html = html
        self.raw = raw
    }

    /// Reads the text of a mail (RFC 5322, MIME of RFC 2045 to 2047) under its envelope.
    ///
    /// Nothing is refused: a sink shows what it got, and what cannot be decoded is shown as it is.
    package init(from: String, to: [String], raw: [UInt8]) {
        let entity = MIMEEntity(raw[...])
        self.init(
            from: from, to: to,
            messageID: entity.header("message-id") ?? "",
            subject: EncodedWords.decode(entity.header("subject") ?? ""),
            text: "", html: "", raw: raw)
        var budget = MIMEEntity.partLimit
        for part in entity.leaves(depth: 0, budget: &budget) {
            if part.isAttachment { continue }
            if text.isEmpty, part.mediaType == "text/plain" { text = part.decodedText }
            if html.isEmpty, part.mediaType == "text/html" { html = part.decodedText }
        }
    }
}

/// What the mail server says to one mail.
package enum MailReply: Sendable, Hashable {
    /// Kept; 250 after this much real time.
    case accept(after: Duration)
    /// Not kept; 4xx asks to come again, 5xx not to.
    case reject(code: Int)
    /// Kept, and the connection drops before the answer.
    case loseReply
    /// Not kept, never answered.
    case hang
    /// The connection drops at once.
    case refuse
}
