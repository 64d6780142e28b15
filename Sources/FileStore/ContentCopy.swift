import Definition
import Execution
import Values

/// Content as the rows of a database name it: copied with a backup, put back with a restore, looked at by a doctor.
package struct ContentCopy: Sendable {
    private static let page = 500
    private static let piece = 1 << 20

    package private(set) var contents = 0
    package private(set) var bytes: Int64 = 0
    /// What is not there, or is not what its name says; a sentence each.
    package private(set) var findings: [String] = []

    package init() {}

    /// Copies what the database names and the folder does not have yet, each held against its hash.
    /// - Parameter store: of one moment.
    package mutating func copy(
        namedBy store: any Store, from source: any ContentStore, to target: FileContents
    ) throws(StoreError) {
        var lines: [String] = []
        try walk(store) { (copy, row) throws(StoreError) in
            guard let size = try source.size(of: row.sha256) else {
                return copy.note(row, "is missing", try store.references(to: row.sha256, count: 3))
            }
            let incoming = try target.begin(size: size)
            let hash = try Self.hash(of: row.sha256, in: source) { (bytes) throws(StoreError) in
                try incoming.append(bytes)
            }
            guard hash == row.sha256 else {
                return copy.note(
                    row, "is damaged", try store.references(to: row.sha256, count: 3))
            }
            try incoming.keep(as: row.sha256)
            copy.contents += 1
            copy.bytes += size
            lines.append("\(row.sha256)  \(FileContents.path(of: row.sha256))\n")
        }
        // The hashes are of what the files say, which no other program reads of sealed ones.
        if contents > 0, !target.isSealing { try target.write(manifest: lines.joined()) }
    }

    /// Looks whether what the database names is there.
    /// - Parameter isDeep: every byte is read.
    package mutating func compare(
        _ store: any Store, with contents: any ContentStore, isDeep: Bool
    ) throws(StoreError) {
        try walk(store) { (copy, row) throws(StoreError) in
            copy.contents += 1
            let size = try contents.size(of: row.sha256)
            copy.bytes += size ?? 0
            let isRight =
                isDeep && size == row.size
                ? try Self.hash(of: row.sha256, in: contents) { _ in } == row.sha256
                : size == row.size
            guard !isRight else { return }
            copy.note(
                row, size == nil ? "is missing" : "is damaged",
                try store.references(to: row.sha256, count: 3))
        }
    }

    /// What is in the folder and in no row: a crash leaves it, or an upload that is just under way.
    package static func strangers(
        to store: any Store, in contents: any ContentStore
    ) throws(StoreError) -> [ContentHash] {
        var found: [ContentHash] = []
        var cursor: ContentHash?
        while true {
            let page = try contents.list(after: cursor, count: Self.page)
            for hash in page where try store.attachment(hash) == nil { found.append(hash) }
            guard page.count == Self.page, let last = page.last else { return found }
            cursor = last
        }
    }

    /// What is about to go is nobody's any more.
    private mutating func walk(
        _ store: any Store, _ body: (inout ContentCopy, AttachmentRow) throws(StoreError) -> Void
    ) throws(StoreError) {
        var cursor: ContentHash?
        while true {
            let rows = try store.attachments(after: cursor, count: Self.page)
            for row in rows where row.condemnedAt == nil { try body(&self, row) }
            guard rows.count == Self.page, let last = rows.last else { return }
            cursor = last.sha256
        }
    }

    private mutating func note(_ row: AttachmentRow, _ what: String, _ users: [ReferenceRow]) {
        let names = users.map { "\($0.instance)" }
        let whose = names.isEmpty ? "" : ", which \(names.joined(separator: ", ")) refers to,"
        findings.append("the content \(row.sha256)\(whose) \(what)")
    }

    /// nil: its bytes have another one.
    static func hash(
        of hash: ContentHash, in contents: any ContentStore,
        _ receive: ([UInt8]) throws(StoreError) -> Void
    ) throws(StoreError) -> ContentHash? {
        var stream = SHA256.Stream()
        var offset: Int64 = 0
        while true {
            let bytes = try contents.read(hash, from: offset, count: piece)
            if bytes.isEmpty { return ContentHash(stream.hex()) }
            stream.update(bytes)
            try receive(bytes)
            offset += Int64(bytes.count)
        }
    }
}
