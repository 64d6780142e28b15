import Glibc
import Values

/// Keep-alive connections to one port of this machine, driven by one thread: it writes a request, and reads its
/// answer when it is there. Costs a few microseconds a request, so that the server is what is measured.
struct Connections: ~Copyable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Connection {
        let socket: Int32
        var answer: [UInt8] = []
        var sentAt: UInt64 = 0
    }

    private var watched: [pollfd] = []
    private var connections: [Connection] = []
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    init(port: UInt16, count: Int) throws(Failure) {
        for _ in 0..<count {
            let descriptor = try Self.connect(port)
            connections.append(Connection(socket: descriptor))
            watched.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
        }
    }

    deinit {
        for connection in connections { close(connection.socket) }
    }

    private static func connect(_ port: UInt16) throws(Failure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Failure(description: "nobody listens on port \(port)") }
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    var count: Int { connections.count }

    mutating func send(_ request: [UInt8], on index: Int) throws(Failure) {
        connections[index].sentAt = Monotonic.now()
        connections[index].answer.removeAll(keepingCapacity: true)
        let written = write(connections[index].socket, request, request.count)
        guard written == request.count else { throw Failure(description: "a request was cut") }
    }

    /// Waits until some answers are whole.
    /// - Returns: for each the connection, its status, and the nanoseconds since it was asked.
    mutating func answers() throws(Failure) -> [(index: Int, status: Int, nanoseconds: UInt64)] {
        guard poll(&watched, nfds_t(watched.count), 10_000) > 0 else {
            throw Failure(description: "no answer came within ten seconds")
        }
        var whole: [(index: Int, status: Int, nanoseconds: UInt64)] = []
        for index in watched.indices where watched[index].revents != 0 {
            let count = read(watched[index].fd, &buffer, buffer.count)
            guard count > 0 else { throw Failure(description: "the server closed a connection") }
            connections[index].answer += buffer[..<count]
            if let status = connections[index].answer.wholeAnswer {
                whole.append((index, status, Monotonic.now() - connections[index].sentAt))
            }
        }
        return whole
    }
}

extension [UInt8] {
    /// The status of an answer with `Content-Length`, once all of it is here.
    fileprivate var wholeAnswer: Int? {
        guard isWholeMessage, count > 12 else { return nil }
        return Int(String(decoding: self[9..<12], as: UTF8.self))
    }

    /// Head and body are here; the messages of one connection never overlap.
    var isWholeMessage: Bool {
        guard let head = end(of: Self.blankLine) else { return false }
        let text = String(decoding: self[..<head], as: UTF8.self)
        let length = text.split(separator: "\r\n").lazy
            .first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).drop(while: \.isWhitespace)) }
        return count >= head + (length ?? 0)
    }

    private static let blankLine = Array("\r\n\r\n".utf8)

    private func end(of mark: [UInt8]) -> Int? {
        guard count >= mark.count else { return nil }
        return (0...count - mark.count).first { self[$0..<$0 + mark.count].elementsEqual(mark) }
            .map { $0 + mark.count }
    }

    /// A request with a body of JSON.
    static func request(
        _ method: String, _ path: String, _ body: Value, token: String? = nil
    ) -> [UInt8] {
        let json = JSON.encode(body)
        let proof = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let head = """
            \(method) \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/json\r
            Content-Length: \(json.count)\r
            \(proof)\r

            """
        return Array(head.utf8) + json
    }
}
