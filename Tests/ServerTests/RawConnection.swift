import Foundation
import Testing
import Values

/// A connection that sends any bytes, as no HTTP library would, and reads what comes until the end.
struct RawConnection {
    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: Value

        subscript(_ member: String) -> Value? { body[member] }
    }

    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let (client, length) = (descriptor, socklen_t(MemoryLayout<sockaddr_in>.size))
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, length) == 0
            }
        }
        try #require(isConnected)
    }

    /// Sends the bytes, says that no more come, and reads all answers as one text.
    /// On a thread of its own: a blocked one of the pool would keep the server from answering.
    static func exchange(_ bytes: [UInt8], port: Int) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try blockingExchange(bytes, port: port) })
            }
        }
    }

    /// The one answer to one request, of which more would come: the connection stays open.
    static func askAndWait(_ text: String, port: Int) async throws -> Answer {
        let bytes = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let connection = try RawConnection(port: port)
                        defer { close(connection.descriptor) }
                        connection.send(Array(text.utf8))
                        return connection.readToEnd()
                    })
            }
        }
        return try answer(bytes)
    }

    /// An answer that goes on.
    final class Stream: @unchecked Sendable {
        private let connection: RawConnection
        /// Used by one reader at a time.
        private var text = ""

        fileprivate init(_ connection: RawConnection) { self.connection = connection }

        /// What comes up to the mark, or between it and the next.
        func read(until mark: String, then end: String? = nil) async throws -> String {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread { [self] in
                    continuation.resume(with: Result { try blockingRead(mark, end) })
                }
            }
        }

        private func blockingRead(_ mark: String, _ end: String?) throws -> String {
            while true {
                if let found = text.range(of: mark) {
                    guard let end else { return String(text[..<found.lowerBound]) }
                    if let stop = text.range(of: end, range: found.upperBound..<text.endIndex) {
                        return String(text[found.upperBound..<stop.lowerBound])
                    }
                }
                var buffer = [UInt8](repeating: 0, count: 4096)
                let count = recv(connection.descriptor, &buffer, buffer.count, 0)
                try #require(count > 0, "the stream ended: \(text)")
                text += String(decoding: buffer.prefix(count), as: UTF8.self)
            }
        }

        func end() { close(connection.descriptor) }
    }

    static func stream(_ text: String, port: Int) async throws -> Stream {
        let connection = try RawConnection(port: port)
        connection.send(Array(text.utf8))
        return Stream(connection)
    }

    private static func blockingExchange(_ bytes: [UInt8], port: Int) throws -> [UInt8] {
        let connection = try RawConnection(port: port)
        defer { close(connection.descriptor) }
        connection.send(bytes)
        shutdown(connection.descriptor, Int32(SHUT_WR))
        return connection.readToEnd()
    }

    /// The one answer to one request.
    static func ask(_ text: String, port: Int) async throws -> Answer {
        try answer(await exchange(Array(text.utf8), port: port))
    }

    /// Stops where the other side has gone away.
    private func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return bytes }
            bytes += buffer.prefix(count)
        }
    }

    private static func answer(_ bytes: [UInt8]) throws -> Answer {
        let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)), "no answer")
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let status = try #require(
            lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) })
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1).map(String.init)
            headers[sides[0].lowercased()] = sides.last?.trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        let body = Array(bytes[end.upperBound...].prefix(length))
        return Answer(status: status, headers: headers, body: try JSON.parse(body))
    }
}
