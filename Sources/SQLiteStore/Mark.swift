import Execution
import Values

/// Which database this is, and how far its log has come: once in the database, as one row, and once in `pawl.state` beside
/// it. Where the two agree the database is whole (`Wholeness`).
///
/// Written it has always the same length, so that it is overwritten in place, within one sector of a disk.
struct Mark: Hashable {
    /// 32 hexadecimal digits, chosen when a database is made, and again when one is taken on that is not the one that was
    /// here last.
    var identity: String
    /// The identity before this one.
    var origin: String
    /// The number of the log: one more each time that it begins anew.
    var log: Int64
    /// Frames of that log that are durable; in the database always 0.
    var frames: Int64
    /// Some server has it open, or had when it died.
    var isOpen: Bool

    static let nobody = String(repeating: "0", count: 32)

    static func new(after origin: String = nobody) -> Mark {
        let halves = [UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)]
        let digits = halves.map { $0.padded(to: 16, radix: 16) }.joined()
        return Mark(identity: digits, origin: origin, log: 0, frames: 0, isOpen: false)
    }

    var text: String {
        let body = [
            "pawl", identity, origin, UInt64(clamping: log).padded(to: 20),
            UInt64(clamping: frames).padded(to: 20), isOpen ? "open" : "shut",
        ].joined(separator: " ")
        return "\(body) \(Self.sum(of: body))"
    }

    /// nil: it is not as it was written.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 7, words[0] == "pawl", words[1].utf8.count == 32,
            words[2].utf8.count == 32, let log = Int64(words[3]), let frames = Int64(words[4]),
            words[5] == "open" || words[5] == "shut",
            words[6] == Self.sum(of: words[..<6].joined(separator: " "))
        else { return nil }
        self.init(
            identity: words[1], origin: words[2], log: log, frames: frames,
            isOpen: words[5] == "open")
    }

    private init(identity: String, origin: String, log: Int64, frames: Int64, isOpen: Bool) {
        self.identity = identity
        self.origin = origin
        self.log = log
        self.frames = frames
        self.isOpen = isOpen
    }

    /// FNV-1a.
    private static func sum(of text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash.padded(to: 20)
    }
}

extension Connection {
    /// nil: the database has none yet.
    func mark() throws(StoreError) -> Mark? {
        guard try Schema.hasMark(self) else { return nil }
        let text: String?
        do throws(StoreError) {
            text = try prepare("SELECT text FROM mark").first { (row) throws(StoreError) in
                try row.text(0)
            }
        } catch .corrupt(let reason) {
            throw .corrupt("\(reason), in table mark")
        }
        guard let text else { return nil }
        guard let mark = Mark(text) else { throw .corrupt("pawl.db: its mark is damaged") }
        return mark
    }

    func write(_ mark: Mark) throws(StoreError) {
        let statement = try statement(.setMark)
        statement.bind(mark.text)
        try statement.run()
    }

    /// A copy is nobody's: it is not open, and says still whose it was.
    func closeMark() throws(StoreError) {
        guard var mark = try mark() else { return }
        mark.isOpen = false
        try write(mark)
    }

    /// For whoever takes it on as another database.
    func forgetMark() throws(StoreError) { try execute("DELETE FROM mark") }
}
