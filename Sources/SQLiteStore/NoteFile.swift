import Access
import Execution
import Glibc
import Synchronization

/// A line in a file of its own.
final class NoteFile: DiskNote {
    private let path: String
    /// nil: not written yet.
    private let file = Mutex<Descriptor?>(nil)

    init(_ path: String) { self.path = path }

    func read() -> String? {
        let file = PrivateFiles.open(path, O_RDONLY)
        guard file.isOpen else { return nil }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = buffer.withUnsafeMutableBytes {
            pread(file.number, $0.baseAddress, $0.count, 0)
        }
        guard count >= 0 else { return nil }
        return String(decoding: buffer.prefix(count).prefix { $0 != 0x0A }, as: UTF8.self)
    }

    func write(_ text: String, isFlushed: Bool) -> Bool {
        file.withLock { file in
            let isNew = file == nil
            let open = file ?? PrivateFiles.open(path, O_RDWR | O_CREAT)
            guard open.isOpen else { return false }
            file = open
            var line = text + "\n"
            let isWritten = line.withUTF8 {
                pwrite(open.number, $0.baseAddress, $0.count, 0) == $0.count
            }
            guard isWritten else { return false }
            // Whatever stood there before.
            if isNew { _ = ftruncate(open.number, off_t(line.utf8.count)) }
            guard isFlushed else { return true }
            return fsync(open.number) == 0 && (!isNew || isNamed())
        }
    }

    private func isNamed() -> Bool {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        do throws(StoreError) {
            try DataDirectory.flush(folder.isEmpty ? "/" : folder)
            return true
        } catch {
            return false
        }
    }
}
