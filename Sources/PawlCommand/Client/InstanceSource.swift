import Definition
import Engine
import Execution
import Resources
import Server
import Values

/// Which members of which fan-out; nil: of the latest, all of them.
struct MemberChoice: Sendable, Hashable {
    var activation: Int64?
    var status: String?
}

/// Which events that moved nothing; nil: any.
struct UnmatchedChoice: Sendable, Hashable {
    var event: String?
    var workflow: String?
    var key: String?
    var outcome: UnmatchedRow.Outcome?
}

/// Where the commands that look get their resources from: a server, or a database file. Both give the same values.
protocol InstanceSource: Sendable {
    /// - Parameter isRevealed: what is sensitive is shown, too.
    func instance(_ name: InstanceName, isRevealed: Bool) async throws -> Value
    func why(_ name: InstanceName) async throws -> Value
    func history(
        _ name: InstanceName, after: Int64, count: Int, isRevealed: Bool
    ) async throws -> Value
    /// `{name, members, from, total}`.
    func data(_ name: InstanceName, isRevealed: Bool) async throws -> Value
    /// `{name, activation, counts, members, hasMore}`.
    func members(_ name: InstanceName, _ choice: MemberChoice, after: Int64, count: Int)
        async throws -> Value
    /// `{tasks, cursor?}`.
    func tasks(filter: String, cursor: String?, count: Int) async throws -> Value
    /// Those that moved nothing: `{events, cursor?}`.
    func events(_ chosen: UnmatchedChoice, cursor: String?, count: Int) async throws -> Value
    /// `{name, tasks}`.
    func tasks(of name: InstanceName) async throws -> Value
    /// `{instances, total, cursor?}`.
    func list(filter: String, count: Int, cursor: String?) async throws -> Value
}

extension APIClient: InstanceSource {
    func instance(_ name: InstanceName, isRevealed: Bool) async throws -> Value {
        try await get(name.path, Self.reveal(isRevealed))
    }

    func why(_ name: InstanceName) async throws -> Value { try await get(name.path + "/why") }

    func history(
        _ name: InstanceName, after: Int64, count: Int, isRevealed: Bool
    ) async throws -> Value {
        try await get(
            name.path + "/history",
            [("after", String(after)), ("count", String(count))] + Self.reveal(isRevealed))
    }

    func data(_ name: InstanceName, isRevealed: Bool) async throws -> Value {
        try await get(name.path + "/data", Self.reveal(isRevealed))
    }

    private static func reveal(_ isRevealed: Bool) -> [(String, String)] {
        isRevealed ? [("reveal", Reveal.true.rawValue)] : []
    }

    func members(
        _ name: InstanceName, _ choice: MemberChoice, after: Int64, count: Int
    ) async throws -> Value {
        var query = [("after", String(after)), ("count", String(count))]
        if let activation = choice.activation { query.append(("activation", String(activation))) }
        if let status = choice.status { query.append(("status", status)) }
        return try await get(name.path + "/members", query)
    }

    func tasks(filter: String, cursor: String?, count: Int) async throws -> Value {
        var query = [("count", String(count))]
        if !filter.isEmpty { query.append(("filter", filter)) }
        if let cursor { query.append(("cursor", cursor)) }
        return try await get("/v1/tasks", query)
    }

    func events(_ chosen: UnmatchedChoice, cursor: String?, count: Int) async throws -> Value {
        let query = [
            ("event", chosen.event), ("workflow", chosen.workflow), ("key", chosen.key),
            ("outcome", chosen.outcome?.rawValue), ("cursor", cursor),
        ].compactMap { name, value in value.map { (name, $0) } }
        return try await get("/v1/events", [("count", String(count))] + query)
    }

    func tasks(of name: InstanceName) async throws -> Value { try await get(name.path + "/tasks") }

    func list(filter: String, count: Int, cursor: String?) async throws -> Value {
        var query = [("count", String(count))]
        if !filter.isEmpty { query.append(("filter", filter)) }
        if let cursor { query.append(("cursor", cursor)) }
        return try await get("/v1/instances", query)
    }
}

/// A database file, read without a server.
struct FileSource: InstanceSource {
    let inspector: Inspector
    var suggestions = Suggestions.asTheyAre

    /// What went wrong names lines to type, which are to read the same file.
    private func reading<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw Failure(error).map { suggestions.completing($0) } ?? error
        }
    }

    func instance(_ name: InstanceName, isRevealed: Bool) async throws -> Value {
        try reading {
            try inspector.view(name).document(isRevealed: isRevealed)
        }
    }

    func why(_ name: InstanceName) async throws -> Value {
        try reading { try inspector.view(name).explanation }
    }

    func history(
        _ name: InstanceName, after: Int64, count: Int, isRevealed: Bool
    ) async throws -> Value {
        try reading {
            let view = try inspector.view(name)
            let entries = try inspector.history(view.row.id, after: after, count: count + 1)
            let sensitive = isRevealed ? .nothing : view.definition.sensitive
            return [
                "name": .string(name.description),
                "entries": .list(entries.prefix(count).map { $0.document(masking: sensitive) }),
                "hasMore": .bool(entries.count > count),
            ]
        }
    }

    func data(_ name: InstanceName, isRevealed: Bool) async throws -> Value {
        try reading {
            let view = try inspector.view(name)
            return try inspector.data(of: view).document(
                of: name, masking: isRevealed ? .nothing : view.definition.sensitive)
        }
    }

    func members(
        _ name: InstanceName, _ choice: MemberChoice, after: Int64, count: Int
    ) async throws -> Value {
        try reading {
            let members = try inspector.members(
                name, activation: choice.activation,
                status: choice.status.flatMap { Inspector.MemberStatus($0) }, after: after,
                count: count)
            return try inspector.view(name).definition.sensitive.masking(outputsOf: members)
        }
    }

    func tasks(filter: String, cursor: String?, count: Int) async throws -> Value {
        try reading {
            try inspector.tasks(
                filter, as: nil, after: cursor.flatMap(TaskPosition.init(cursor:)), count: count)
        }
    }

    func events(_ chosen: UnmatchedChoice, cursor: String?, count: Int) async throws -> Value {
        try reading {
            let query = UnmatchedQuery(
                event: chosen.event ?? "", workflow: chosen.workflow ?? "", key: chosen.key ?? "",
                outcome: chosen.outcome, before: cursor.flatMap(Cursor.position), count: count + 1)
            let events = try inspector.unmatched(query)
            // Who would have taken it is not known of each.
            let sensitive = inspector.catalog.sensitive
            var body: ValueMap = [
                "events": .list(events.prefix(count).map { $0.document(masking: sensitive) })
            ]
            if events.count > count, let last = events.prefix(count).last {
                body["cursor"] = .string(Cursor.text(last.row.number))
            }
            return .map(body)
        }
    }

    func tasks(of name: InstanceName) async throws -> Value {
        try reading {
            let view = try inspector.view(name)
            return ["name": .string(name.description), "tasks": .list(view.tasks)]
        }
    }

    func list(filter: String, count: Int, cursor: String?) async throws -> Value {
        try reading {
            let page = try inspector.views(
                try InstanceFilter(parsing: filter),
                before: cursor.flatMap(Cursor.position).map { InstanceID($0) }, count: count,
                countedUpTo: InstanceQuery.screenful)
            var body = page.document
            if page.hasMore, let last = page.views.last {
                body["cursor"] = .string(Cursor.text(last.row.id.rawValue))
            }
            return .map(body)
        }
    }
}
