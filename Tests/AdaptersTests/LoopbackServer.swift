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
        /// Sends the first text once and the second again and again, until the client goes away.
        case flood(String, String)
        /// Announces a long body and sends a byte now and then, until the client goes away.
        case drip
    }

    private struct State {
        var connections = 0
        var requests: [Request] = []
        var sent = 0
    }

    private let listener: LoopbackListener
    private let state = Mutex(State())
    private let reaction: @Sendable (Request) -> Reaction

    init(
        host: UInt32 = 0x7F00_0001, port: Int = 0,
        _ reaction: @escaping @Sendable (Request) -> Reaction
    ) throws {
        listener = try LoopbackListener(host: host, port: port)
        self.reaction = reaction
        listener.serve { [self] socket in
            let number = state.withLock { state in
                state.connections += 1
                return state.connections
            }
            serve(socket, number)
        }
    }

    var port: Int { listener.port }

    var connections: Int { state.withLock { $0.connections } }
    var requests: [Request] { state.withLock { $0.requests } }
    /// Bytes of floods.
    var sent: Int { state.withLock { $0.sent } }

    func stop() {
        listener.stop()
    }

    static func json(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func serve(_ connection: LoopbackSocket, _ number: Int) {
        while let request = read(connection, number) {
            state.withLock { $0.requests.append(request) }
            switch reaction(request) {
            case .reply(let text):
                guard connection.write(text) else { return }
            case .replyAndClose(let text):
                _ = connection.write(text)
                return
            case .close:
                return
            case .hang:
                while connection.read() != nil {}
                return
            case .flood(let head, let wave):
                flood(connection, head, wave)
                return
            case .drip:
                drip(connection)
                return
            }
        }
    }

    private func flood(_ connection: LoopbackSocket, _ head: String, _ wave: String) {
        var isOpen = connection.write(head)
        while isOpen {
            isOpen = connection.write(wave)
            state.withLock { $0.sent += wave.utf8.count }
        }
    }

    private func drip(_ connection: LoopbackSocket) {
        var isOpen = connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while isOpen {
            isOpen = !connection.hasNews(within: 10) && connection.write("x")
        }
    }

    private func read(_ connection: LoopbackSocket, _ number: Int) -> Request? {
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
            guard let more = connection.read() else { return nil }
            bytes += more
        }
        return nil
    }
}
