import Access
import Logging
import MemoryStore
import Pages
import Resources
import Testing
import Values

@testable import Server

/// Every endpoint × every role, by asking: what `docs/reference/access.md` says is what the server does.
@Suite struct RoleTableTests {
    private static let columns = ["nobody", "viewer", "operator", "author", "auditor", "admin"]

    /// A path of the route about the instance `loan/1`, whose reader is `r-1`, or another thing that there is.
    private static func path(of route: RouteDeclaration, key: String = "1") -> String {
        let values = [
            "workflow": "loan", "key": key, "id": "loan%2F" + key, "task": "only",
            "adapter": "none",
            "sha256": String(repeating: "0", count: 64),
        ]
        return route.path.split(separator: "/").map { part in
            part.hasPrefix("{") ? values[String(part.dropFirst().dropLast())] ?? "1" : String(part)
        }.reduce("") { $0 + "/" + $1 }
    }

    /// What comes of it is another matter: whether whoever asks is let that far.
    private static func isAllowed(
        _ route: RouteDeclaration, _ headers: [String: String], _ client: Client, key: String = "1"
    ) async throws -> Bool {
        // It has no end; that somebody is let in is seen by what it refuses.
        let query = route.endpoint == .eventStream ? "?after=no-position" : ""
        let body = route.method == .get ? nil : "{}"
        let (_, answer) = try await client.exchange(
            route.method.rawValue, path(of: route, key: key) + query, body, headers)
        return ![401, 403].contains(answer.status)
    }

    private func withLoans(
        _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        try await withServer(workflow: AccessStories.loan, access: AccessControl.library) {
            client in
            for (key, reader) in [("1", "r-1"), ("2", "r-2")] {
                let started = try await client.put(
                    "/v1/workflows/loan/instances/\(key)", #"{"reader": "\#(reader)"}"#,
                    .by("ana", "admin"))
                #expect(started.status == 201)
            }
            try await body(client)
        }
    }

    @Test func everyCellIsSo() async throws {
        let table = try Tables("access.md").rows.filter { $0["nobody"] != nil }
        #expect(table.count == RouteDeclaration.all.count, "each route has a row")
        try await withLoans { client in
            for route in RouteDeclaration.all {
                let name = "`\(route.method.rawValue) \(route.path)`"
                let row = try #require(table.first { $0["endpoint"] == name }, "\(name) has no row")
                for column in Self.columns {
                    let headers: [String: String] =
                        column == "nobody" ? [:] : .by("ana", column)
                    let isAllowed = try await Self.isAllowed(route, headers, client)
                    #expect(
                        row[column] == (isAllowed ? "yes" : "–"), "\(name) for \(column)")
                }
            }
        }
    }

    /// Roles of the business: `desk` has loans alone, `reader` its own.
    @Test func grantsOfOneWorkflowReachNothingElse() async throws {
        let ofDesk: [Permission] = [.read, .send, .operate, .decide]
        let ofReader: [Permission] = [.read, .start, .send, .decide]
        try await withLoans { client in
            for route in RouteDeclaration.all where route.permission != .none {
                let isAbout = route.reach != .everything
                // What is done to a workflow is done to others' instances, too.
                let isOfAll =
                    route.reach == .workflow
                    && !["getWorkflow", "compareVersions", "getSchedule"].contains(
                        route.operationID)
                let name = "\(route.method.rawValue) \(route.path)"
                let desk = try await Self.isAllowed(route, .by("d", "desk"), client)
                #expect(desk == (isAbout && ofDesk.contains(route.permission)), "\(name): desk")
                let reader = try await Self.isAllowed(route, .by("r-1", "reader"), client)
                let isReaders = isAbout && !isOfAll && ofReader.contains(route.permission)
                #expect(reader == isReaders, "\(name): reader")
            }
        }
    }

    /// What is done to a workflow is done to everybody's instances.
    @Test func aGrantOfOnesOwnReachesNoWorkflow() async throws {
        let ofNobody = ["getWorkflow", "compareVersions", "getSchedule"]
        try await withLoans { client in
            for route in RouteDeclaration.all
            where route.reach == .workflow && ![.put, .start].contains(route.endpoint) {
                let isAllowed = try await Self.isAllowed(route, .by("r-1", "owner"), client)
                #expect(isAllowed == ofNobody.contains(route.operationID), "\(route.path)")
            }
        }
    }

    /// Whoever has no part in an instance is not told that it is there.
    @Test func anothersInstanceIsNotThere() async throws {
        try await withLoans { client in
            for route in RouteDeclaration.all
            where route.reach == .instance && route.permission == .read {
                let headers: [String: String] = .by("r-1", "reader")
                let path = Self.path(of: route, key: "2")
                let (body, answer) = try await client.exchange("GET", path, nil, headers)
                #expect(answer.status == 404, "\(path)")
                let missing = try await client.exchange(
                    "GET", path.replacing("/2", with: "/9").replacing("%2F2", with: "%2F9"), nil,
                    headers)
                let (one, other) = (try JSON.parse(body), try JSON.parse(missing.0))
                #expect(one["code"] == other["code"], "\(path)")
                #expect(one["fix"] == other["fix"], "\(path)")
            }
        }
    }
}
