import ArgumentParser
import Glibc
import Values

/// The remote of W2: answers every request with the payload, on one thread, over keep-alive.
struct Echo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The server that W2's steps call; prints its port.")

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let (listener, port) = try Self.listen()
        report(["port": .int(Int64(port)), "pid": .int(Int64(getpid()))])
        var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        var pending: [Int32: [UInt8]] = [:]
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            _ = poll(&watched, nfds_t(watched.count), -1)
            var gone: Set<Int32> = []
            for entry in watched.dropFirst() where entry.revents != 0 {
                let count = read(entry.fd, &buffer, buffer.count)
                guard count > 0 else {
                    gone.insert(entry.fd)
                    continue
                }
                let request = (pending.removeValue(forKey: entry.fd) ?? []) + buffer[..<count]
                if request.isWholeMessage {
                    _ = write(entry.fd, Self.answer, Self.answer.count)
                } else {
                    pending[entry.fd] = request
                }
            }
            if watched[0].revents != 0 { watched.append(Self.accepted(listener)) }
            watched.removeAll { gone.contains($0.fd) }
            for descriptor in gone {
                close(descriptor)
                pending[descriptor] = nil
            }
        }
    }

    private static let answer: [UInt8] = {
        let body = JSON.encode(Payload.value)
        let head = """
            HTTP/1.1 200 OK\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            \r

            """
        return Array(head.utf8) + body
    }()

    private static func accepted(_ listener: Int32) -> pollfd {
        let descriptor = accept(listener, nil, nil)
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }

    private static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && Glibc.listen(descriptor, 1024) == 0
                    ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard code == 0 else { throw BenchError("no port can be had") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
