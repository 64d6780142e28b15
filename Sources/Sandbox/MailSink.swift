import Guest
import Values

/// The mail sink: keeps what it is sent, and counts a repeated Message-ID instead of keeping it
/// twice.
///
/// In memory it keeps the newest mails only, within a number and a total size; its file keeps all.
package struct MailSink: Sendable {
    package static let countLimit = 10_000
    package static let byteLimit = 64 << 20

    /// One mail with its place in the order of arrival.
    package struct Stored: Sendable, Hashable {
        /// Counts from 1, over every mail ever received.
        package let number: Int64
        package let at: Timestamp
        package let mail: Mail
        /// How often the same Message-ID came again.
        package var repeats: Int64
    }

    /// Oldest first.
    package private(set) var mails: [Stored] = []
    /// Every mail that was received, repeats included.
    package private(set) var received: Int64 = 0
    private var byMessageID: [ExactText: Int64] = [:]
    private var bytes = 0
    /// Lines for the file; in process nobody takes them, so none are kept.
    private var pending: [MailLine] = []
    private let isJournaled: Bool

    package init(journaled: Bool = false) {
        self.isJournaled = journaled
    }

    /// Keeps the mail, or counts it as a repeat.
    ///
    /// - Returns: the number it is kept under.
    @discardableResult
    package mutating func receive(_ mail: Mail, now: Timestamp) -> Int64 {
        let known = mail.messageID.isEmpty ? nil : byMessageID[mail.messageID]
        if isJournaled {
            pending.append(
                MailLine(
                    seq: received + 1, at: now, messageID: mail.messageID, from: mail.from,
                    to: mail.to, raw: known == nil ? mail.raw : [], repeatOf: known))
        }
        if let known {
            countRepeat(of: known)
            return known
        }
        keep(mail, at: now)
        return received
    }

    /// The mail of this number while it is kept.
    package func mail(_ number: Int64) -> Stored? {
        index(of: number).map { mails[$0] }
    }

    mutating func takePending() -> [MailLine] {
        defer { pending.removeAll() }
        return pending
    }

    /// Adds one line of the file; false when it does not follow the last one.
    mutating func apply(_ line: MailLine) -> Bool {
        guard line.seq == received + 1 else { return false }
        if let number = line.repeatOf {
            countRepeat(of: number)
        } else {
            keep(Mail(from: line.from, to: line.to, raw: line.raw), at: line.at)
        }
        return true
    }

    private mutating func countRepeat(of number: Int64) {
        received += 1
        if let index = index(of: number) { mails[index].repeats += 1 }
    }

    private mutating func keep(_ mail: Mail, at: Timestamp) {
        received += 1
        if !mail.messageID.isEmpty { byMessageID[mail.messageID] = received }
        mails.append(Stored(number: received, at: at, mail: mail, repeats: 0))
        bytes += mail.raw.count
        dropOldest()
    }

    /// Drops an eighth at a time, so that a full sink does not move its array for every mail.
    private mutating func dropOldest() {
        guard mails.count > MailSink.countLimit || bytes > MailSink.byteLimit else { return }
        for stored in mails.prefix(max(1, mails.count / 8)) {
            bytes -= stored.mail.raw.count
            if byMessageID[stored.mail.messageID] == stored.number {
                byMessageID[stored.mail.messageID] = nil
            }
        }
        mails.removeFirst(max(1, mails.count / 8))
    }

    private func index(of number: Int64) -> Int? {
        var low = 0
        var high = mails.count
        while low < high {
            let middle = low + (high - low) / 2
            if mails[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < mails.count && mails[low].number == number ? low : nil
    }
}

/// One line of the sink's file. A repeat names the first mail and leaves the text out.
package struct MailLine: Sendable, Hashable {
    package var seq: Int64
    package var at: Timestamp
    package var messageID: String
    package var from: String
    package var to: [String]
    package var raw: [UInt8]
    package var repeatOf: Int64?
}

extension MailLine {
    package var value: Value {
        var members: [(String, Value)] = [
            ("seq", .int(seq)), ("at", .string(at.rfc3339)), ("messageID", .string(messageID)),
            ("from", .string(from)), ("to", .list(to.map { .string($0) })),
        ]
        if let repeatOf {
            members.append(("repeatOf", .int(repeatOf)))
        } else {
            members.append(("raw", .string(String(decoding: raw, as: UTF8.self))))
        }
        return .map(ValueMap(members))
    }

    package init?(value: Value) {
        guard let line = JournalRecord(value), let seq = line.integer("seq"),
            let at = line.time("at"), let messageID = line.string("messageID"),
            let from = line.string("from"), let to = value["to"]?.listValue
        else { return nil }
        self.init(
            seq: seq, at: at, messageID: messageID, from: from, to: to.compactMap(\.stringValue),
            raw: Array((line.string("raw") ?? "").utf8), repeatOf: line.integer("repeatOf"))
    }
}
