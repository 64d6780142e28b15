import Access
import Foundation
import NIOPosix
import Synchronization

/// The append-only files, flushed before anything that depends on them leaves the process.
///
/// Lines are gathered under the world's lock, so that they are in the order of the effects. One
/// thread writes: whoever comes first writes what all have gathered (group commit), the others
/// find their lines on disk. After one failed write nothing is acknowledged any more.
final class Journal: Sendable {
    private let files: [JournalName: File]
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())

    struct File: Sendable {
        let descriptor: Descriptor
        let path: String
    }

    private struct State {
        var gathered: [JournalName: [UInt8]] = [:]
        /// Counts `append`s; a flush is done when it has reached the caller's number.
        var appended = 0
        var flushed = 0
        var failure: SandboxError?
    }

    /// - Parameter files: open to append.
    init(files: [JournalName: File]) {
        self.files = files
        thread.start()
    }

    /// - Parameter lengths: of the whole lines in each file; what follows is cut off.
    convenience init(directory: DataDirectory, lengths: [JournalName: Int]) throws {
        var files: [JournalName: File] = [:]
        for name in lengths.keys {
            let descriptor = try directory.openToAppend(name.fileName, length: lengths[name] ?? 0)
            files[name] = File(descriptor: descriptor, path: directory.file(name.fileName))
        }
        try directory.sync()
        self.init(files: files)
    }

    /// Gathers lines; to be called under the lock of the world that made them.
    ///
    /// - Returns: the number to flush to, which also covers what others gathered before.
    func append(_ lines: [JournalAppend]) -> Int {
        state.withLock { state in
            guard !lines.isEmpty else { return state.appended }
            for line in lines { state.gathered[line.name, default: []] += line.bytes }
            state.appended += 1
            return state.appended
        }
    }

    /// Returns when everything up to that number is on disk.
    func flush(to number: Int) async throws {
        if try isFlushed(to: number) { return }
        try await thread.runIfActive { [self] in
            if try isFlushed(to: number) { return }
            try flushGathered()
        }
    }

    /// Ends the writing thread.
    func close() async { try? await thread.shutdownGracefully() }

    private func isFlushed(to number: Int) throws -> Bool {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            return state.flushed >= number
        }
    }

    private func flushGathered() throws {
        let (gathered, number) = state.withLock { state in
            defer { state.gathered = [:] }
            return (state.gathered, state.appended)
        }
        do {
            for name in gathered.keys {
                if let bytes = gathered[name], let file = files[name] {
                    try Journal.write(bytes, to: file)
                }
            }
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
        state.withLock { $0.flushed = number }
    }

    private static func write(_ bytes: [UInt8], to file: File) throws(SandboxError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes {
                Foundation.write(file.descriptor.number, $0.baseAddress, $0.count)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                throw .file(path: file.path, operation: "write", reason: DataDirectory.lastError)
            }
            rest = rest.dropFirst(written)
        }
        guard fsync(file.descriptor.number) == 0 else {
            throw .file(path: file.path, operation: "flush", reason: DataDirectory.lastError)
        }
    }
}
