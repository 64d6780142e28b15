import Foundation
import Synchronization

/// A server on a free loopback port that reads HTTP requests and does with each connection what the test wants,
/// misbehaviour included. One thread for each connection; nothing of it is shared with the code under test.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        /// Counted from 1.
        let connection: Int
        let requestLine: String
        let headers: [String]
        let body: [UInt8]
    }

    enum Reaction: Sendable {
        /// Sends the bytes and waits for the next request.
        case reply(String)
        case replyAndClose(String)
        /// Closes without a word.
        case close
        /// Says nothing until the client goes away.
        case hang
        /// Announces a long body and sends a byte now and then, until the client goes away.
        case drip
    }

    private struct State {
        var connections = 0
        var requests: [Request] = []
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let reaction: @Sendable (Request) -> Reaction

    init(_ reaction: @escaping @Sendable (Request) -> Reaction) throws {
        (listener, port) = try Self.listen()
        self.reaction = reaction
        Thread.detachNewThread { [self] in accept() }
    }

    var connections: Int { state.withLock { $0.connections } }
    var requests: [Request] { state.withLock { $0.requests } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// A port on which nobody listens.
    static func unusedPort() throws -> Int {
        let (socket, port) = try listen()
        Glibc.close(socket)
        return port
    }

    static func json(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func listen() throws -> (socket: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw Missing("a loopback port") }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { break }
            let number = state.withLock { state in
                state.connections += 1
                return state.connections
            }
            Thread.detachNewThread { [self] in
                serve(connection, number)
                Glibc.close(connection)
            }
        }
        Glibc.close(listener)
    }

    private func serve(_ connection: Int32, _ number: Int) {
        while let request = read(connection, number) {
            state.withLock { $0.requests.append(request) }
            switch reaction(request) {
            case .reply(let text):
                guard write(connection, text) else { return }
            case .replyAndClose(let text):
                _ = write(connection, text)
                return
            case .close:
                return
            case .hang:
                while readSome(connection) != nil {}
                return
            case .drip:
                drip(connection)
                return
            }
        }
    }

    private func drip(_ connection: Int32) {
        var isOpen = write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while isOpen {
            var descriptor = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
            isOpen = poll(&descriptor, 1, 10) == 0 && write(connection, "x")
        }
    }

    private func read(_ connection: Int32, _ number: Int) -> Request? {
        var bytes: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while bytes.count < 1 << 20 {
            if let start = bytes.firstRange(of: end) {
                let lines = String(decoding: bytes[..<start.lowerBound], as: UTF8.self)
                    .components(separatedBy: "\r\n")
                let length = lines.compactMap { line in
                    line.lowercased().hasPrefix("content-length:") ? Int(line.dropFirst(16)) : nil
                }.first
                if bytes.count - start.upperBound >= length ?? 0 {
                    return Request(
                        connection: number, requestLine: lines.first ?? "",
                        headers: Array(lines.dropFirst()), body: Array(bytes[start.upperBound...]))
                }
            }
            guard let more = readSome(connection) else { return nil }
            bytes += more
        }
        return nil
    }

    private func readSome(_ connection: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(connection, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private func write(_ connection: Int32, _ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes {
                send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }
}
