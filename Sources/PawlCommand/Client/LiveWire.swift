import Foundation
import Synchronization

/// Hears from a server that something has changed, by its stream of events. It only wakes who looks: what has changed,
/// they ask for themselves. Where there is no stream (another kind of address, an older server) it ends at once.
final class LiveWire: Sendable {
    /// One element for however many changes.
    let changes: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let descriptor = Mutex<Int32?>(nil)

    private static let word = Array("event: changed".utf8)
    private static let maximumHead = 16 << 10

    init(url: String) {
        (changes, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        guard let parts = URLComponents(string: url), parts.scheme == "http",
            let host = parts.host, !host.isEmpty
        else {
            signal.finish()
            return
        }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let port = parts.port ?? 80
        Thread.detachNewThread { [self] in
            defer { signal.finish() }
            guard let socket = Self.connect(bare, port) else { return }
            descriptor.withLock { $0 = socket }
            hear(socket, host: "\(host):\(port)")
            close()
        }
    }

    /// Nobody listens any more; the thread ends.
    func close() {
        descriptor.withLock { descriptor in
            guard let socket = descriptor else { return }
            // Whoever reads it wakes up before the number can be another file's.
            shutdown(socket, Int32(SHUT_RDWR))
            Foundation.close(socket)
            descriptor = nil
        }
    }

    private static func connect(_ host: String, _ port: Int) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let address = next?.pointee {
            let socket = Foundation.socket(
                address.ai_family, address.ai_socktype, address.ai_protocol)
            if socket >= 0 {
                if Foundation.connect(socket, address.ai_addr, address.ai_addrlen) == 0 {
                    return socket
                }
                Foundation.close(socket)
            }
            next = address.ai_next
        }
        return nil
    }

    private func hear(_ socket: Int32, host: String) {
        let request =
            "GET /live HTTP/1.1\r\nHost: \(host)\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n"
        guard
            Array(request.utf8).withUnsafeBytes({
                send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            })
                == request.utf8.count
        else { return }
        var heard: [UInt8] = []
        var isStream = false
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &block, block.count, 0)
            guard count > 0 else { return }
            heard += block[..<count]
            if !isStream {
                guard let end = heard.firstRange(of: Array("\r\n\r\n".utf8)) else {
                    if heard.count > Self.maximumHead { return }
                    continue
                }
                let head = String(decoding: heard[..<end.lowerBound], as: UTF8.self)
                guard head.hasPrefix("HTTP/1.1 200"), head.contains("text/event-stream") else {
                    return
                }
                isStream = true
                signal.yield()
            }
            if heard.firstRange(of: Self.word) != nil { signal.yield() }
            // A word may have come in two parts.
            heard = Array(heard.suffix(Self.word.count - 1))
        }
    }
}
