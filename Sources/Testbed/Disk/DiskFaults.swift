import CSQLite

/// A system call that SQLite makes on files.
package enum DiskCall: Sendable, Hashable, CaseIterable {
    case open
    case create
    case read
    case write
    case truncate
    case sync
    case delete
    case mapShared

    /// What SQLite makes of `EIO`.
    var code: Int32 {
        switch self {
        case .open, .create: SQLITE_CANTOPEN
        case .read: DiskCode.read
        case .write: DiskCode.write
        case .truncate: DiskCode.truncate
        case .sync: DiskCode.sync
        case .delete: DiskCode.delete
        case .mapShared: DiskCode.sharedMemory
        }
    }

    /// What SQLite makes of `ENOSPC`.
    var codeWhenFull: Int32 {
        switch self {
        case .create: SQLITE_CANTOPEN
        case .mapShared: DiskCode.sharedMemorySize
        case .open, .read, .write, .truncate, .sync, .delete: SQLITE_FULL
        }
    }

    /// Needs room on the disk.
    var grows: Bool {
        switch self {
        case .create, .write, .mapShared: true
        case .open, .read, .truncate, .sync, .delete: false
        }
    }
}

/// Extended result codes; SQLite defines them with macros that Swift does not import.
enum DiskCode {
    static let read = SQLITE_IOERR | (1 << 8)
    static let shortRead = SQLITE_IOERR | (2 << 8)
    static let write = SQLITE_IOERR | (3 << 8)
    static let sync = SQLITE_IOERR | (4 << 8)
    static let truncate = SQLITE_IOERR | (6 << 8)
    static let delete = SQLITE_IOERR | (10 << 8)
    static let lock = SQLITE_IOERR | (15 << 8)
    static let sharedMemorySize = SQLITE_IOERR | (19 << 8)
    static let sharedMemory = SQLITE_IOERR | (21 << 8)
    static let deleteMissing = SQLITE_IOERR | (23 << 8)
}

/// Which system calls fail, and how.
package struct DiskFaults: Sendable, Hashable {
    package enum Kind: Sendable, Hashable, CaseIterable {
        /// `EIO`, once.
        case error
        /// `ENOSPC` from then on, until there is room again.
        case full
        /// Half a write, then `ENOSPC` from then on.
        case short
        /// `EROFS` from then on: the kernel has remounted the disk for reading only.
        case readOnly
    }

    private let kind: Kind?
    /// The n-th call that can fail in this way is the first that does.
    private let at: Int
    private(set) var calls = 0
    private(set) var failed = 0

    package init() {
        kind = nil
        at = 0
    }

    package init(_ kind: Kind, at: Int) {
        self.kind = kind
        self.at = at
    }

    var isReadOnly: Bool { kind == .readOnly && failed > 0 }

    var writesShort: Bool { kind == .short && failed == 1 }

    mutating func strike(_ call: DiskCall) -> Int32? {
        guard let kind, isConcerned(call, kind) else { return nil }
        calls += 1
        guard kind == .error ? calls == at : calls >= at else { return nil }
        failed += 1
        switch kind {
        case .error: return call.code
        case .full, .short: return call.codeWhenFull
        case .readOnly: return call == .create ? SQLITE_CANTOPEN : call.code
        }
    }

    private func isConcerned(_ call: DiskCall, _ kind: Kind) -> Bool {
        switch kind {
        case .error: true
        case .full, .short: call.grows
        case .readOnly: call.grows || call == .truncate || call == .delete
        }
    }
}
