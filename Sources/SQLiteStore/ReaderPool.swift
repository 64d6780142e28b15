import Encryption
import Execution
import Synchronization

/// Connections for reading. A read takes one, or opens one when none is free, and gives it back.
final class ReaderPool: Sendable {
    private static let idleLimit = 4

    let path: String
    private let vfs: String?
    let keys: KeyRing
    private let idle = Mutex<[Connection]>([])

    init(path: String, vfs: String?, keys: KeyRing) {
        self.path = path
        self.vfs = vfs
        self.keys = keys
    }

    func read<T: Sendable>(
        _ body: (Connection) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        let connection = try take()
        defer { give(back: connection) }
        return try body(connection)
    }

    /// One that is nobody else's and may write other files: `query_only` forbids even that.
    func fresh() throws(StoreError) -> Connection {
        try Connection(path: path, access: .readOnly, vfs: vfs, keys: keys)
    }

    private func take() throws(StoreError) -> Connection {
        if let connection = idle.withLock({ $0.popLast() }) { return connection }
        let connection = try Connection(path: path, access: .readOnly, vfs: vfs, keys: keys)
        try Opening.prepareReader(connection)
        return connection
    }

    private func give(back connection: Connection) {
        idle.withLock { idle in
            if idle.count < Self.idleLimit { idle.append(connection) }
        }
    }
}
