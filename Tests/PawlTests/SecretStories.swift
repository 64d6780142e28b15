import Foundation
import Synchronization
import Testing

@testable import PawlCommand

/// An adapter's secret that a command says, through a server that calls, is refused, tells and is stopped.
@Suite(.serialized) struct SecretStories {
    private static let secret = "sk-7f3a9c51d2e84b06"

    private static func adapter(_ name: String, _ script: String, _ url: String) -> String {
        """
        adapter: \(name)
        transport: http
        url: \(url)
        auth: {bearer: {command: [/bin/sh, -c, '\(script)']}}
        operations:
          ask:
            kind: query
            input: {type: object, properties: {id: {type: string}}, required: [id]}
            request: {method: GET, path: '/things/${input.id}'}
            output: {said: '${response.body.said}'}
            outputSchema: {type: object, required: [said]}
        """
    }

    private static func workflow(_ name: String) -> String {
        """
        workflow: \(name)
        version: 1
        description: Asks.
        start: {on: \(name).wanted, key: event.data.id}
        input: {type: object, properties: {id: {type: string}}, required: [id]}
        initial: asking
        states:
          asking:
            invoke:
              task: \(name).ask
              input: {id: '${input.id}'}
              retry: {maximumAttempts: 1}
              onDone: done
          done: {type: final}
        """
    }

    @Test func aSecretStandsNowhere() async throws {
        try await withFolder { folder in
            let echo = try EchoServer()
            defer { echo.stop() }
            let url = "http://127.0.0.1:\(echo.port)"
            try write(
                Self.adapter("shop", "cat key", url), folder + "/adapters/shop/adapter.yaml")
            try write(
                Self.adapter("vault", "cat key; cat key >&2; exit 2", url),
                folder + "/adapters/vault/adapter.yaml")
            for name in ["shop", "vault"] {
                try write(Self.workflow(name), folder + "/workflows/\(name)/workflow.yaml")
            }
            // Only the commands read it.
            try write(Self.secret + "\n", folder + "/key")
            let server = try RunningPawl(
                ["serve", "--port", "0", "--log-level", "debug"], in: folder)
            let said = try #require(try server.line(after: "pawl serves "))
            let address = String(said.prefix { $0 != " " })
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(words, in: folder, url: address).finish()
            }
            #expect(try pawl("start", "shop", "id=1").status == 0)
            #expect(try pawl("wait", "shop/1", "--timeout", "30s").status == 0)
            #expect(echo.authorizations == ["Bearer \(Self.secret)"])
            #expect(try pawl("start", "vault", "id=2").status == 0)
            var told: [String] = []
            for words in [
                ["adapters"], ["adapters", "vault"], ["adapters", "shop", "-o", "json"],
                ["why", "vault/2"], ["history", "shop/1", "-o", "json"],
                ["get", "shop/1", "-o", "json"], ["incidents"], ["alerts"],
                ["workflows", "-o", "json"],
            ] {
                let end = try RunningPawl(words, in: folder, url: address).finish()
                told += [end.output, end.errors]
            }
            #expect(
                told.contains {
                    $0.contains("the adapter's token: the command /bin/sh ended with status 2")
                })
            for path in ["/openapi.json", "/metrics", "/v1/system", "/v1/events"] {
                let page = try? String(
                    contentsOf: try #require(URL(string: address + path)), encoding: .utf8)
                told.append(page ?? "")
            }
            told.append(
                String(
                    decoding: FileManager.default.contents(
                        atPath: "/proc/\(server.number)/cmdline") ?? Data(), as: UTF8.self))
            server.terminate()
            let end = try server.finish()
            told += [end.output, end.errors]
            #expect(told.contains { $0.contains("[secret]") }, "what came back is masked")
            for text in told { #expect(!text.contains(Self.secret), "\(text)") }
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
            where name != "key" {
                let data = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
                #expect(data.range(of: Data(Self.secret.utf8)) == nil, "\(name)")
            }
        }
    }
}

/// Says what it was asked with.
private final class EchoServer: Sendable {
    let port: Int
    private let socket: Int32
    private let seen = Mutex<[String]>([])

    var authorizations: [String] { seen.withLock { $0 } }

    init() throws {
        let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        try #require(isListening)
        socket = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(socket, nil, nil)
                guard connection >= 0 else { break }
                answer(connection)
                close(connection)
            }
            close(socket)
        }
    }

    private func answer(_ connection: Int32) {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while !text.contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            text += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        let line = text.components(separatedBy: "\r\n").first {
            $0.lowercased().hasPrefix("authorization: ")
        }
        let value = String(line?.dropFirst("authorization: ".count) ?? "")
        seen.withLock { $0.append(value) }
        let body = "{\"said\":\"you are \(value)\"}"
        let reply =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        _ = Array(reply.utf8).withUnsafeBytes {
            send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }
}
