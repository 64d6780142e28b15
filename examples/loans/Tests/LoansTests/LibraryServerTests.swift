import Hummingbird
import HummingbirdTesting
import Pawl
import Testing

@testable import LibraryServer
@testable import Loans

@Suite struct LibraryServerTests {
    /// The application as it is served, over a database in memory.
    private func serving(
        _ body: @escaping @Sendable (Pawl, any TestClientProtocol) async throws -> Void
    ) async throws {
        let pawl = try await Pawl(directory: folder, store: .memory, business: Loans())
        let application = Application(router: App.router(pawl), services: [pawl])
        try await application.test(.router) { client in
            try await pawl.update { $0.put(Licence(id: "l-1", title: "Emma")) }
            try await body(pawl, client)
        }
    }

    private let emma = ByteBuffer(string: #"{"title": "Emma", "member": "m-1"}"#)

    @Test func `a loan is started, and a repeat finds it`() async throws {
        try await serving { pawl, client in
            for _ in 1...2 {
                try await client.execute(uri: "/loans/7", method: .put, body: emma) { response in
                    #expect(response.status == .created)
                }
            }
            #expect(try await pawl.list().elements.map(\.name) == ["loan/7"])
        }
    }

    @Test func `the same key with another wish is a problem document`() async throws {
        try await serving { _, client in
            _ = try await client.execute(uri: "/loans/7", method: .put, body: emma)
            let other = ByteBuffer(string: #"{"title": "Persuasion", "member": "m-1"}"#)
            try await client.execute(uri: "/loans/7", method: .put, body: other) { response in
                #expect(response.status == .conflict)
                #expect(response.headers[.contentType] == "application/problem+json")
                #expect(String(buffer: response.body).contains("key-conflict"))
            }
        }
    }

    @Test func `the API answers below its path, to whom the application lets in`() async throws {
        try await serving { _, client in
            _ = try await client.execute(uri: "/loans/7", method: .put, body: emma)
            let why = "/workflows/v1/instances/loan%2F7/why"
            try await client.execute(uri: why, method: .get) { response in
                #expect(response.status == .unauthorized)
            }
            let headers: HTTPFields = [.authorization: "Bearer librarian"]
            try await client.execute(uri: why, method: .get, headers: headers) { response in
                #expect(response.status == .ok)
                #expect(String(buffer: response.body).contains("\"loan/7\""))
            }
        }
    }
}
