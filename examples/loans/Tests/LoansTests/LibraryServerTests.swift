import Foundation
import FoundationNetworking
import Hummingbird
import Pawl
import Testing

@testable import LibraryServer
@testable import Loans

/// The application as it is served, over a database in memory.
@Suite struct LibraryServerTests {
    private struct Answer {
        let status: Int
        let type: String?
        let text: String
    }

    /// Asks a server that runs while the body asks.
    private func serving(
        _ body: (Pawl, _ ask: (String, String, String?, String?) async throws -> Answer)
            async throws
            -> Void
    ) async throws {
        let pawl = try await Pawl(directory: folder, store: .memory, business: Loans())
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: App.router(pawl),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            services: [pawl],
            onServerRunning: { channel in
                continuation.yield(channel.localAddress?.port ?? 0)
            })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.runService(gracefulShutdownSignals: []) }
            defer { group.cancelAll() }
            var running = ports.makeAsyncIterator()
            let port = await running.next() ?? 0
            try await pawl.update { $0.put(Licence(id: "l-1", title: "Emma")) }
            try await body(pawl) { method, path, text, token in
                try await Self.ask("http://127.0.0.1:\(port)\(path)", method, text, token)
            }
        }
    }

    private static func ask(
        _ address: String, _ method: String, _ text: String?, _ token: String?
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: address)))
        request.httpMethod = method
        request.httpBody = text.map { Data($0.utf8) }
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        return Answer(
            status: http.statusCode, type: http.value(forHTTPHeaderField: "Content-Type"),
            text: String(decoding: data, as: UTF8.self))
    }

    private let emma = #"{"title": "Emma", "member": "m-1"}"#

    @Test func `a loan is started, and a repeat finds it`() async throws {
        try await serving { pawl, ask in
            for _ in 1...2 {
                let answer = try await ask("PUT", "/loans/7", emma, nil)
                #expect(answer.status == 201)
            }
            let loans = try await pawl.list()
            #expect(loans.elements.map(\.name) == ["loan/7"])
        }
    }

    @Test func `the same key with another wish is a problem document`() async throws {
        try await serving { _, ask in
            _ = try await ask("PUT", "/loans/7", emma, nil)
            let other = #"{"title": "Persuasion", "member": "m-1"}"#
            let answer = try await ask("PUT", "/loans/7", other, nil)
            #expect(answer.status == 409 && answer.type == "application/problem+json")
            #expect(answer.text.contains("key-conflict"))
        }
    }

    @Test func `the API answers below its path, to whom the application lets in`() async throws {
        try await serving { _, ask in
            _ = try await ask("PUT", "/loans/7", emma, nil)
            let why = "/workflows/v1/instances/loan%2F7/why"
            #expect(try await ask("GET", why, nil, nil).status == 401)
            let answer = try await ask("GET", why, nil, "librarian")
            #expect(answer.status == 200 && answer.text.contains("\"loan/7\""))
            #expect(try await ask("GET", "/workflows/v1/nothing", nil, "librarian").status == 404)
        }
    }
}
