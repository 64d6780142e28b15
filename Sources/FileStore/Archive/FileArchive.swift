import Access
import Encryption
import Execution
import Glibc
import Synchronization
import Values

// FileStore/Archive: what is kept of instances that are gone.
//
// Theory of operation. `<folder>/<workflow>/<day>.jsonl` has a line for each instance of the workflow that went on that
// day (UTC, by the store's time), behind a head. Lines are appended, flushed and read back before an instance goes; what a
// crash left of a line is cut off by the next one. `<folder>/files` has the content that they refer to, as the files
// beside a database are (`FileContents`). Nothing is ever changed or removed but what a person wants erased, for which a
// file is written anew beside the old one and takes its name.

/// What is kept of instances that are gone, as files that people and programs can read.
package final class FileArchive: ArchiveStore {
    /// Where the next line of a workflow goes.
    private struct Tail {
        let file: ArchiveFile
        let day: String
        var end: Int64
        var chain: String
    }

    package let folder: String
    package let contents: any ContentStore
    private let files: FileContents
    private let seal: ArchiveSeal
    private let tails = Mutex<[ExactText: Tail]>([:])
    /// Held by who writes: two of them would not know of each other's lines.
    private let claim = Mutex<Descriptor?>(nil)

    package init(folder: String, keys: KeyRing = .none) {
        self.folder = folder
        seal = ArchiveSeal(keys: keys)
        files = FileContents(folder: "\(folder)/files", keys: keys)
        contents = files
    }

    package static func folder(beside directory: String) -> String {
        "\(directory)/pawl.db.archive"
    }

    // MARK: In

    package func append(
        _ documents: [InstanceDocument], with contents: (any ContentStore)?, now: Timestamp
    ) throws(StoreError) -> ArchiveMark? {
        guard let workflow = documents.first?.name.workflow else { return nil }
        try claimFolder()
        for document in documents {
            for row in document.attachments {
                guard let contents else { continue }
                try copy(row, of: document.name, from: contents, to: files)
            }
        }
        return try tails.withLock { (tails) throws(StoreError) in
            let day = String(now.rfc3339.prefix(10))
            var tail: Tail
            if let known = tails[ExactText(workflow)], known.day == day {
                tail = known
            } else {
                tail = try self.tail(of: workflow, day)
            }
            // Should anything fail, the next one looks at the file anew.
            tails[ExactText(workflow)] = nil
            var bytes: [UInt8] = []
            for document in documents {
                let line = ArchiveLine(document, after: tail.chain)
                tail.chain = line.chain
                bytes += seal.sealed(line.bytes)
            }
            try tail.file.write(bytes, at: tail.end)
            tail.end += Int64(bytes.count)
            tails[ExactText(workflow)] = tail
            return ArchiveMark(file: "\(day).jsonl", chain: tail.chain)
        }
    }

    private func tail(of workflow: String, _ day: String) throws(StoreError) -> Tail {
        let place = "\(folder)/\(workflow)"
        guard PrivateFiles.kind(of: place) != .link else {
            throw .unavailable("\(place) is a symbolic link, and none is followed in an archive")
        }
        try make(place)
        // What a crash left of a line in the file before it.
        if let last = files(of: workflow).first,
            let file = try ArchiveFile(reading: last, toWrite: true)
        {
            try file.cut(at: try file.lines { _ in true })
        }
        let file = try ArchiveFile(writing: "\(place)/\(day).jsonl")
        var (start, count) = (Int64(0), 0)
        var end = try file.lines { (line) throws(StoreError) in
            (start, count) = (start + Int64(count > 0 ? count + 1 : 0), line.count)
            return true
        }
        try file.cut(at: end)
        let chain: String
        if count > 0 {
            let last = try file.bytes(at: start, count: count)
            chain =
                try start == 0
                ? ArchiveHead.chain(last)
                : Self.chain(of: Array(seal.opened(last[...], file.path)), file.path)
        } else {
            let head = ArchiveHead.bytes(of: workflow)
            try file.write(head, at: 0)
            chain = ArchiveHead.chain(head.dropLast())
            end = Int64(head.count)
            try flush(place)
            try flush(folder)
        }
        return Tail(file: file, day: day, end: end, chain: chain)
    }

    private static func chain(of line: [UInt8], _ path: String) throws(StoreError) -> String {
        do throws(DecodingFailure) {
            return try ArchiveLine(parsing: line).chain
        } catch {
            throw .corrupt("\(path): the last line: \(error)")
        }
    }

    private func make(_ folder: String) throws(StoreError) {
        guard PrivateFiles.prepare(folder, isOurs: { _ in true }) == nil else { return }
        throw .unavailable("\(folder) cannot be made: \(String(cString: strerror(errno)))")
    }

    /// For as long as this lives.
    private func claimFolder() throws(StoreError) {
        try claim.withLock { (claim) throws(StoreError) in
            guard claim == nil else { return }
            try make(folder)
            let file = PrivateFiles.open("\(folder)/lock", O_RDWR | O_CREAT)
            guard file.isOpen else {
                throw .unavailable(
                    "\(folder)/lock cannot be opened: \(String(cString: strerror(errno)))")
            }
            guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
                throw .unavailable("another server writes to the archive \(folder)")
            }
            claim = file
        }
    }

    private func flush(_ folder: String) throws(StoreError) {
        let descriptor = Descriptor(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard descriptor.isOpen, fsync(descriptor.number) == 0 else {
            throw .unavailable(
                "\(folder) cannot be flushed: \(String(cString: strerror(errno)))")
        }
    }

    /// What is there already is there under its hash.
    private func copy(
        _ row: AttachmentRow, of name: InstanceName, from source: any ContentStore,
        to target: any ContentStore
    ) throws(StoreError) {
        guard try target.size(of: row.sha256) == nil else { return }
        let incoming = try target.begin(size: row.size)
        let hash = try ContentCopy.hash(of: row.sha256, in: source) { (bytes) throws(StoreError) in
            try incoming.append(bytes)
        }
        guard hash == row.sha256 else {
            throw .corrupt("the content \(row.sha256) of \(name) is damaged")
        }
        try incoming.keep(as: row.sha256)
    }

    // MARK: Erasing

    package func rewrite(
        _ workflow: String, where text: String,
        _ change: (InstanceDocument) throws(StoreError) -> InstanceDocument?
    ) throws(StoreError) -> Int {
        try claimFolder()
        return try tails.withLock { (tails) throws(StoreError) in
            // A file that takes another's name is another file.
            tails[ExactText(workflow)] = nil
            var (count, dropped) = (0, Set<ContentHash>())
            for path in files(of: workflow) {
                count += try rewrite(path, where: Array(text.utf8), change, &dropped)
            }
            try drop(dropped)
            return count
        }
    }

    private func rewrite(
        _ path: String, where text: [UInt8],
        _ change: (InstanceDocument) throws(StoreError) -> InstanceDocument?,
        _ dropped: inout Set<ContentHash>
    ) throws(StoreError) -> Int {
        guard let file = try ArchiveFile(reading: path) else { return 0 }
        var changed: [Int: [UInt8]] = [:]
        var number = -1
        _ = try file.lines { (bytes) throws(StoreError) in
            number += 1
            guard number > 0 else { return true }
            let bytes = try seal.opened(bytes, path)
            guard bytes.contains(text) else { return true }
            var (line, document) = try Self.read(bytes, "\(path): line \(number + 1)")
            guard let next = try change(document) else { return true }
            let left = Set<ContentHash>(next.attachments.map(\.sha256))
            dropped.formUnion(document.attachments.map(\.sha256).filter { !left.contains($0) })
            line.replace(with: next)
            changed[number] = seal.sealed(line.bytes)
            return true
        }
        guard !changed.isEmpty else { return 0 }
        try write(file, with: changed)
        return changed.count
    }

    private static func read(
        _ bytes: ArraySlice<UInt8>, _ place: String
    ) throws(StoreError) -> (ArchiveLine, InstanceDocument) {
        do throws(DecodingFailure) {
            let line = try ArchiveLine(parsing: Array(bytes))
            return (line, try InstanceDocument(decoding: line.document))
        } catch {
            throw .corrupt("\(place): \(error)")
        }
    }

    /// Line by line beside it, whole and durable before it takes its name.
    private func write(
        _ file: ArchiveFile, with changed: [Int: [UInt8]]
    ) throws(StoreError) {
        let partial = file.path + ".partial"
        unlink(partial)
        let target = try ArchiveFile(writing: partial)
        var (number, end) = (0, Int64(0))
        _ = try file.lines { (bytes) throws(StoreError) in
            let line = changed[number] ?? Array(bytes) + [UInt8(ascii: "\n")]
            try target.write(line, at: end, isFlushed: false)
            end += Int64(line.count)
            number += 1
            return true
        }
        try target.flush()
        guard rename(partial, file.path) == 0 else { throw file.failed("written anew") }
        try flush(file.folder)
    }

    /// What no line speaks of any more.
    private func drop(_ hashes: Set<ContentHash>) throws(StoreError) {
        var left = hashes
        for workflow in workflows {
            for path in files(of: workflow) where !left.isEmpty {
                guard let file = try ArchiveFile(reading: path) else { continue }
                _ = try file.lines { (bytes) throws(StoreError) in
                    let bytes = try seal.opened(bytes, path)
                    left = left.filter { !bytes.contains(Array($0.text.utf8)) }
                    return !left.isEmpty
                }
            }
        }
        for hash in left { try files.remove(hash) }
    }

    // MARK: With another key

    /// How many lines and contents are sealed with which key.
    package func sealedCounts(into counts: inout SealedCounts) throws(StoreError) {
        for workflow in workflows {
            for path in files(of: workflow) {
                guard let file = try ArchiveFile(reading: path) else { continue }
                var number = 0
                _ = try file.lines { (line) throws(StoreError) in
                    if number > 0 { counts.add(1, of: ArchiveSeal.key(of: line)) }
                    number += 1
                    return true
                }
            }
        }
        try files.sealedCounts(into: &counts)
    }

    /// Writes one file of lines anew that is not sealed as it should be.
    /// - Parameter skipped: of those that were looked at; the file goes into it.
    /// - Returns: lines written anew; nil: there is no other file.
    package func reseal(_ skipped: inout Set<ExactText>) throws(StoreError) -> Int? {
        let all = workflows.flatMap { files(of: $0) }
        guard let path = all.first(where: { !skipped.contains(ExactText($0)) }) else { return nil }
        skipped.insert(ExactText(path))
        try claimFolder()
        return try tails.withLock { (tails) throws(StoreError) in
            tails = [:]
            guard let file = try ArchiveFile(reading: path) else { return 0 }
            var changed: [Int: [UInt8]] = [:]
            var number = -1
            _ = try file.lines { (line) throws(StoreError) in
                number += 1
                guard number > 0, ArchiveSeal.key(of: line) != seal.keys.current?.name else {
                    return true
                }
                changed[number] = seal.sealed(
                    Array(try seal.opened(line, path)) + [UInt8(ascii: "\n")])
                return true
            }
            if !changed.isEmpty { try write(file, with: changed) }
            return changed.count
        }
    }

    /// What lines refer to.
    package var sealedContents: FileContents { files }

    // MARK: Out

    /// The latest files first.
    package func files(of workflow: String) -> [String] {
        names(in: "\(folder)/\(workflow)").filter { $0.hasSuffix(".jsonl") }.reversed().map {
            "\(folder)/\(workflow)/\($0)"
        }
    }

    package var workflows: [String] {
        names(in: folder).filter { $0 != "files" && !files(of: $0).isEmpty }
    }

    private func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    package func find(_ name: InstanceName) throws(StoreError) -> InstanceDocument? {
        let beginning = ArchiveLine.beginning(of: name)
        for path in files(of: name.workflow) {
            guard let file = try ArchiveFile(reading: path) else { continue }
            var found: [UInt8]?
            _ = try file.lines { (line) throws(StoreError) in
                if line.starts(with: beginning) { found = Array(line) }
                return true
            }
            guard let found else { continue }
            let (line, document) = try Self.read(
                try seal.opened(found[...], path), "\(path): \(name)")
            guard line.isAsWritten else {
                throw .corrupt("\(path): the line of \(name) is not as it was written")
            }
            return document
        }
        return nil
    }

    // MARK: Looking

    /// What one file holds.
    package struct Summary: Sendable, Hashable {
        package let path: String
        package let workflow: String
        package var instances = 0
        package var bytes: Int64 = 0
        /// Of the ends of what is in it.
        package var firstEnd: Timestamp?
        package var lastEnd: Timestamp?
        /// What is wrong with it; a sentence each, the first hundred.
        package var findings: [String] = []
        package var remarks: [String] = []
        /// Some line has the chain that the database knows.
        fileprivate var hasMark = false
        /// What it refers to, each with one that does.
        fileprivate var contents: [ContentHash: InstanceName] = [:]
    }

    /// Reads every line and all content, and holds them against their hashes and what came before them.
    /// - Parameter marks: by workflow, how far the archive is to go at least.
    package func verify(
        _ marks: [ExactText: ArchiveMark] = [:]
    ) throws(StoreError) -> [Summary] {
        var summaries: [Summary] = []
        for workflow in workflows {
            let mark = marks[ExactText(workflow)]
            for path in files(of: workflow).reversed() {
                guard let file = try ArchiveFile(reading: path) else { continue }
                var summary = try verify(file, workflow, mark)
                if let mark, path.hasSuffix("/\(mark.file)"), !summary.hasMark {
                    summary.findings.append(
                        "\(path): the last lines are gone: the database knows of one with the chain "
                            + mark.chain)
                }
                summaries.append(summary)
            }
        }
        verifyContents(&summaries)
        return summaries
    }

    private func verifyContents(_ summaries: inout [Summary]) {
        var seen: Set<ContentHash> = []
        for index in summaries.indices {
            for (hash, name) in summaries[index].contents.sorted(by: { $0.key < $1.key })
            where seen.insert(hash).inserted {
                let found = try? ContentCopy.hash(of: hash, in: files) { _ in }
                guard found != hash, summaries[index].findings.count < 100 else { continue }
                summaries[index].findings.append(
                    "the content \(hash) in the archive, which \(name) refers to, is missing or damaged"
                )
            }
        }
    }

    private func verify(
        _ file: ArchiveFile, _ workflow: String, _ mark: ArchiveMark?
    ) throws(StoreError) -> Summary {
        var summary = Summary(path: file.path, workflow: workflow)
        var chain: String?
        let end = try file.lines { (line) throws(StoreError) in
            guard let before = chain else {
                chain = ArchiveHead.chain(line)
                if Array(line) != ArchiveHead.bytes(of: workflow).dropLast() {
                    summary.findings.append("\(file.path): the head is not one of \(workflow)")
                }
                return true
            }
            summary.instances += 1
            let plain: ArraySlice<UInt8>
            do throws(StoreError) {
                plain = try seal.opened(line, file.path)
            } catch {
                summary.findings.append(error.reason)
                return true
            }
            do throws(DecodingFailure) {
                let line = try ArchiveLine(parsing: Array(plain))
                chain = line.chain
                if let mark, sameUTF8(line.chain, mark.chain) { summary.hasMark = true }
                summary.note(line, line.finding(after: before))
            } catch {
                summary.findings.append("\(file.path): line \(summary.instances + 1): \(error)")
            }
            return true
        }
        summary.bytes = try file.size
        if summary.bytes > end {
            summary.remarks.append(
                "\(file.path): the last \(summary.bytes - end) bytes are no whole line: a crash or a full "
                    + "disk leaves that, and the next instance that goes cuts it off")
        }
        return summary
    }
}

extension FileArchive.Summary {
    fileprivate mutating func note(_ line: ArchiveLine, _ finding: String?) {
        if let finding, findings.count < 100 { findings.append("\(path): \(finding)") }
        guard let document = try? InstanceDocument(decoding: line.document) else { return }
        firstEnd = min(firstEnd ?? document.endedAt, document.endedAt)
        lastEnd = max(lastEnd ?? document.endedAt, document.endedAt)
        for row in document.attachments { contents[row.sha256] = document.name }
    }
}
