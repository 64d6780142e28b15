import Values

/// An append-only file of the sandbox: a remote's, by its adapter, or the mail sink's.
struct JournalName: Sendable, Hashable {
    @ExactText private(set) var name: String

    init(_ name: String) { self.name = name }

    static let mails = JournalName("mails")

    var fileName: String { "\(name).jsonl" }
}

/// One encoded line, with its line end, and the file it goes to.
struct JournalAppend: Sendable {
    let name: JournalName
    let bytes: [UInt8]

    init(_ name: JournalName, _ value: Value) {
        self.name = name
        self.bytes = JSON.encode(value) + [10]
    }
}

/// A file that cannot be what the sandbox wrote.
package struct JournalError: Error, Hashable, CustomStringConvertible {
    package let file: String
    package let line: Int

    package var description: String {
        "\(file), line \(line), is broken; mend the file or move it away"
    }
}

/// Reads whole lines; only the last may be torn, since each is flushed before the next request.
enum JournalReader {
    /// - Parameter apply: takes a line's value, false when it does not fit.
    /// - Returns: the length of the whole, fitting lines.
    static func read(
        _ bytes: [UInt8], name: JournalName, apply: (Value) -> Bool
    ) throws(JournalError) -> Int {
        var start = 0
        var number = 0
        while let end = bytes[start...].firstIndex(of: 10) {
            number += 1
            let value = try? JSON.parse(Array(bytes[start..<end]), limits: .trusted)
            guard let value, apply(value) else {
                if bytes[(end + 1)...].contains(10) {
                    throw JournalError(file: name.fileName, line: number)
                }
                return start
            }
            start = end + 1
        }
        return start
    }
}
