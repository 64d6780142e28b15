import Access
import Execution
import Glibc
import Values

/// One file of an archive, a line at a time.
struct ArchiveFile {
    let path: String
    let file: Descriptor

    /// nil: it is not there.
    init?(reading path: String, toWrite: Bool = false) throws(StoreError) {
        let file = PrivateFiles.open(path, toWrite ? O_RDWR : O_RDONLY)
        self.path = path
        self.file = file
        guard file.isOpen else {
            if errno == ENOENT { return nil }
            throw failed("opened")
        }
    }

    init(writing path: String) throws(StoreError) {
        file = PrivateFiles.open(path, O_RDWR | O_CREAT)
        self.path = path
        guard file.isOpen else { throw failed("opened") }
    }

    var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    func failed(_ what: String) -> StoreError {
        .unavailable("\(path) cannot be \(what): \(String(cString: strerror(errno)))")
    }

    var size: Int64 {
        get throws(StoreError) {
            var status = stat()
            guard fstat(file.number, &status) == 0 else { throw failed("looked at") }
            return Int64(status.st_size)
        }
    }

    // MARK: Lines

    private static let piece = 1 << 20

    /// Every whole line without its line feed, in order.
    /// - Parameter body: false: no more.
    /// - Returns: how far whole lines go.
    func lines(
        _ body: (ArraySlice<UInt8>) throws(StoreError) -> Bool
    ) throws(StoreError) -> Int64 {
        var (end, read): (Int64, Int64) = (0, 0)
        var rest: [UInt8] = []
        while true {
            let bytes = try piece(at: read)
            if bytes.isEmpty { return end }
            read += Int64(bytes.count)
            var start = bytes.startIndex
            while let feed = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = rest.isEmpty ? bytes[start..<feed] : (rest + bytes[start..<feed])[...]
                end += Int64(line.count) + 1
                rest = []
                guard try body(line) else { return end }
                start = feed + 1
            }
            rest += bytes[start...]
        }
    }

    private func piece(at offset: Int64) throws(StoreError) -> [UInt8] {
        try bytes(at: offset, count: Self.piece)
    }

    /// Fewer than asked for at the end of the file.
    func bytes(at offset: Int64, count: Int) throws(StoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let done = bytes.withUnsafeMutableBytes {
                pread(
                    file.number, $0.baseAddress?.advanced(by: filled), count - filled,
                    off_t(offset) + off_t(filled))
            }
            if done < 0, errno == EINTR { continue }
            guard done >= 0 else { throw failed("read") }
            if done == 0 { break }
            filled += done
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    // MARK: Writing

    /// Nothing of what did not become whole stays.
    func cut(at offset: Int64) throws(StoreError) {
        guard ftruncate(file.number, off_t(offset)) == 0 else { throw failed("cut") }
    }

    func flush() throws(StoreError) {
        guard fsync(file.number) == 0 else { throw failed("flushed") }
    }

    /// Durable, and read back, when it returns.
    func write(
        _ bytes: [UInt8], at offset: Int64, isFlushed: Bool = true
    ) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes {
                pwrite(
                    file.number, $0.baseAddress?.advanced(by: done), $0.count - done,
                    off_t(offset) + off_t(done))
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failed("written") }
            done += written
        }
        guard isFlushed else { return }
        try flush()
        guard try self.bytes(at: offset, count: bytes.count) == bytes else {
            throw .unavailable("\(path) does not give back what was written")
        }
    }
}

extension ArraySlice<UInt8> {
    /// Looked for by its first byte as the C library does, which is many bytes at once.
    func contains(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return true }
        return withUnsafeBytes { all in
            bytes.withUnsafeBytes { wanted in
                guard var place = all.baseAddress, let text = wanted.baseAddress else {
                    return false
                }
                var left = all.count
                while left >= wanted.count,
                    let found = memchr(place, Int32(first), left - wanted.count + 1)
                {
                    if memcmp(found, text, wanted.count) == 0 { return true }
                    left -= UnsafeRawPointer(found) - place + 1
                    place = UnsafeRawPointer(found) + 1
                }
                return false
            }
        }
    }
}
