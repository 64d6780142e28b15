import Foundation

/// Accepts connections on a free loopback port, with a thread for each.
final class LoopbackListener: Sendable {
    let port: Int
    private let socket: Int32
    /// Not inherited by the programs that tests start, which would keep the port open.
    private static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

    /// - Parameters:
    ///   - host: of 127.0.0.0/8.
    ///   - port: 0: a free one.
    init(host: UInt32 = 0x7F00_0001, port: Int = 0) throws {
        let listener = Glibc.socket(AF_INET, Self.streamType, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = host.bigEndian
        address.sin_port = UInt16(port).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw Missing("a loopback port") }
        socket = listener
        self.port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Serves connections until `stop`; the connection is closed when `body` returns.
    func serve(_ body: @escaping @Sendable (LoopbackSocket) -> Void) {
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { break }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                Thread.detachNewThread {
                    body(LoopbackSocket(descriptor: connection))
                    close(connection)
                }
            }
            close(socket)
        }
    }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// A port on which nobody listens.
    static func unusedPort() throws -> Int {
        let listener = try LoopbackListener()
        close(listener.socket)
        return listener.port
    }

    /// Whether somebody listens on the port.
    static func isOpen(_ port: Int) -> Bool {
        let client = Glibc.socket(AF_INET, Self.streamType, 0)
        defer { close(client) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

struct LoopbackSocket: Sendable {
    let descriptor: Int32

    /// nil at the end.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// - Returns: whether the other side is still there.
    func write(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    /// Whether something, or the end, came within so many milliseconds.
    func hasNews(within milliseconds: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, milliseconds) != 0
    }
}
