import Definition
import Engine
import Execution
import Foundation
import Resources
import Sabotage
import Values

/// Starting instances and looking at them.
extension API {
    // MARK: Starting

    func put(_ request: APIRequest) async throws -> APIResponse {
        let name = InstanceName(
            workflow: request.parameter("workflow"), key: request.parameter("key"))
        let input = try request.json()
        try request.checkStart(input, of: name.workflow)
        return try await start(
            StartCommand(name: name, input: input, actor: request.actor), request, inputAt: "")
    }

    func post(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["key", "input", "params"])
        let key = body.string("key")
        let params = body.object("params")
        try body.check()
        let workflow = request.parameter("workflow")
        let input = body["input"] ?? .map(ValueMap())
        try request.checkStart(input, of: workflow)
        let made = engine.catalog.current(workflow)?.key(ofStartWith: input)
        let name = InstanceName(
            workflow: workflow, key: key ?? made ?? UUID().uuidString.lowercased())
        let command = StartCommand(
            name: name, input: input, params: .map(params),
            actor: request.actor, key: try startKey(request, workflow))
        return try await start(command, request, inputAt: "/input")
    }

    /// Of `Idempotency-Key`: a text of its draft's kind, in quotes, or the bare text that most send.
    private func startKey(
        _ request: APIRequest, _ workflow: String
    ) throws -> StartKey? {
        guard var key = request.idempotencyKey?.trimmed else { return nil }
        if key.utf8.count > 1, key.hasPrefix("\""), key.hasSuffix("\"") {
            key = String(key.dropFirst().dropLast())
        }
        guard (1...255).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw Problem(
                .malformed, "the header Idempotency-Key must have 1 to 255 characters of ASCII",
                fix: "send a new UUID with each start, and the same one when it is sent again")
        }
        return StartKey(key, workflow: workflow, body: try request.json())
    }

    private func start(
        _ command: StartCommand, _ request: APIRequest, inputAt pointer: String
    ) async throws -> APIResponse {
        let wish = try WaitWish(request, limit: configuration.maximumWait)
        if let definition = engine.catalog.current(command.name.workflow) {
            try wish?.until.check(definition, command.name.workflow)
        }
        let preconditions = try Preconditions(request)
        let started = try await underWay.during(command.key?.id) {
            try await start(command, preconditions, inputAt: pointer)
        }
        let headers = [("Location", started.name.location)]
        let status = started.isNew ? 201 : 200
        let (view, isMet) = try await waited(for: started.name, wish)
        return APIResponse(
            status: status, headers: headers + view.tag,
            request.seen(view, view.document(wish, isMet)))
    }

    /// A repeat under its `Idempotency-Key` is answered as the first was, whatever has become of the instance since.
    private func start(
        _ command: StartCommand, _ preconditions: Preconditions, inputAt pointer: String
    ) async throws -> (name: InstanceName, isNew: Bool) {
        let isConditional =
            (preconditions.match != nil || preconditions.noneMatch != nil)
            && !isMutant(.startConditionIgnored)
        if isConditional {
            let current = try revision(of: command.name)
            if let problem = preconditions.problem(
                startingAt: current, command.name.description)
            {
                throw problem
            }
        }
        let started: (name: InstanceName, isNew: Bool)
        do throws(Problem) {
            started = try await engine.start(named: command)
        } catch {
            if isConditional, preconditions.noneMatch == .any, error.code == .keyConflict {
                throw Problem.isThere(command.name.description)
            }
            throw Refusal(error, under: concernsInput(command) ? pointer : "/params")
        }
        // Somebody else was quicker.
        if isConditional, preconditions.noneMatch == .any, !started.isNew {
            throw Problem.isThere(command.name.description)
        }
        return started
    }

    /// nil: there is none.
    func revision(of name: InstanceName) throws(Problem) -> Int64? {
        do { return try engine.store.instance(named: name)?.revision } catch {
            throw .store(error)
        }
    }

    /// Whether a refusal is about the input rather than about the params.
    private func concernsInput(_ command: StartCommand) -> Bool {
        guard let definition = engine.catalog.current(command.name.workflow) else { return true }
        if case .invalid = definition.input.decode(command.input) { return true }
        if case .invalid = definition.params.decode(command.params) { return false }
        return true
    }

    // MARK: Reading

    func instance(_ request: APIRequest) async throws -> APIResponse {
        let view = try view(request)
        guard let wish = try WaitWish(request, limit: configuration.maximumWait) else {
            if try Preconditions(request).hides(view.run.revision) {
                return APIResponse(status: 304, headers: view.tag, .null)
            }
            return APIResponse(headers: view.tag, try whole(view, await reveals(view, request)))
        }
        try wish.until.check(view.definition, view.row.name.workflow)
        let (later, isMet) = try await waited(for: view.row.name, wish)
        return APIResponse(headers: later.tag, later.document(wish, isMet))
    }

    /// With the name of its parent, which another row holds.
    private func whole(_ view: InstanceView, _ isRevealed: Bool) throws -> Value {
        var document = view.document(isRevealed: isRevealed)
        document["parent"] = try inspector.parent(of: view).map { .string($0.description) }
        return document
    }

    /// Whether what is sensitive was asked for, which is on record before anything is shown.
    private func reveals(
        _ view: InstanceView, _ request: APIRequest
    ) async throws -> Bool {
        guard try request.choice("reveal", of: Reveal.self) == .true else { return false }
        guard view.definition.sensitive != .nothing else { return true }
        if let authority = request.authority, !authority.may(.reveal, view),
            !isMutant(.revealedToReaders)
        {
            throw authority.refusal(.reveal, view.row.name.workflow)
        }
        logger.notice(
            "revealed",
            metadata: [
                "instance": "\(view.row.name)", "actor": "\(request.actor)",
                "request": "\(request.id)",
            ])
        try await engine.record(
            AuditEntry(.reveal, by: request.actor, AuditTarget(view.row.name)))
        return true
    }

    func sensitive(of name: InstanceName) throws(Problem) -> Sensitive {
        try inspector.view(name).definition.sensitive
    }

    private func masked(
        _ view: InstanceView, _ request: APIRequest
    ) async throws -> Sensitive {
        try await reveals(view, request) ? .nothing : view.definition.sensitive
    }

    func why(_ request: APIRequest) throws -> APIResponse {
        let view = try view(request)
        let why = request.offered(view.explanation, of: view)
        // Whoever waits for a timer waits by the engine's time.
        guard let sentence = engine.clock.standing?.sentence else { return APIResponse(why) }
        return APIResponse(.map((why.mapValue ?? ValueMap()).merging(["clock": .string(sentence)])))
    }

    func actions(_ request: APIRequest) throws -> APIResponse {
        let view = try view(request)
        return APIResponse([
            "name": .string(view.row.name.description),
            "actions": .list(request.offered(view.legalActions, of: view)),
        ])
    }

    func history(_ request: APIRequest) async throws -> APIResponse {
        let view = try view(request)
        let total = view.run.lastSequence
        var after = try request.number("after", in: 0...Int64.max, default: 0)
        var count = Int(try request.number("count", in: 1...1000, default: 200))
        if request.option("last") != nil {
            // The end of it, or what comes before a row: where somebody begins to read.
            let before = try request.number("before", in: 1...Int64.max, default: total + 1)
            let last = try request.number("last", in: 1...1000, default: 200)
            let end = min(before - 1, total)
            after = max(0, end - last)
            count = Int(end - after)
        } else if request.option("before") != nil {
            throw Refusal.query("before", "it goes with `last`, so many rows before that one")
        }
        let entries = try inspector.history(view.row.id, after: after, count: count + 1)
        let sensitive = try await masked(view, request)
        return APIResponse([
            "name": .string(view.row.name.description),
            "entries": .list(entries.prefix(count).map { $0.document(masking: sensitive) }),
            "hasMore": .bool(entries.count > count), "total": .int(total),
        ])
    }

    func data(_ request: APIRequest) async throws -> APIResponse {
        let view = try view(request)
        let sensitive = try await masked(view, request)
        return APIResponse(
            try inspector.data(of: view).document(of: view.row.name, masking: sensitive))
    }

    func members(_ request: APIRequest) throws -> APIResponse {
        let status = try request.option("status").map { (text) throws(Refusal) in
            guard let status = Inspector.MemberStatus(text) else {
                let known = Inspector.MemberStatus.names.joined(separator: ", ")
                throw .query("status", "`\(text.quotable)` is none of \(known)")
            }
            return status
        }
        let activation =
            request.option("activation") == nil
            ? nil : try request.number("activation", in: 1...Int64.max, default: 1)
        let view = try view(request)
        let members = try inspector.members(
            view.row.name, activation: activation, status: status,
            after: try request.number("after", in: 0...Int64.max, default: 0),
            count: Int(try request.number("count", in: 1...1000, default: 200)))
        return APIResponse(view.definition.sensitive.masking(outputsOf: members))
    }

    func list(_ request: APIRequest) throws -> APIResponse {
        let filter = try InstanceFilter(parsing: request.option("filter") ?? "")
        let count = Int(try request.number("count", in: 1...500, default: 50))
        let before = try request.cursor().map { InstanceID($0) }
        let isExact = try request.choice("total", of: ListTotal.self) == .exact
        try request.checkNothingIsRevealed(by: filter, engine.catalog)
        if request.authority?.mayEverywhere(.read) == false, !isMutant(.listsUnfiltered) {
            return APIResponse(try seen(filter, before: before, count: count, request))
        }
        let page = try inspector.views(
            filter, before: before, count: count,
            countedUpTo: isExact ? nil : InstanceQuery.screenful)
        var body = page.document
        if page.hasMore, let last = page.views.last {
            body["cursor"] = .string(Cursor.text(last.row.id.rawValue))
        }
        return APIResponse(.map(body))
    }

    func neighbours(_ request: APIRequest) throws -> APIResponse {
        let view = try view(request)
        let filter = try InstanceFilter(parsing: request.option("filter") ?? "")
        try request.checkNothingIsRevealed(by: filter, engine.catalog)
        var (newer, older) = try inspector.neighbours(of: view.row.id, in: filter)
        if let authority = request.authority {
            newer = try newer.flatMap { try authority.may(.read, inspector.view($0)) ? $0 : nil }
            older = try older.flatMap { try authority.may(.read, inspector.view($0)) ? $0 : nil }
        }
        var body: ValueMap = ["name": .string(view.row.name.description)]
        body.set("newer", newer.map { .string($0.description) })
        body.set("older", older.map { .string($0.description) })
        return APIResponse(.map(body))
    }

    func incidents(_ request: APIRequest) throws -> APIResponse {
        let count = Int(try request.number("count", in: 1...500, default: 50))
        let start = Int(try request.cursor() ?? 0)
        let rows: [IncidentRow]
        do {
            rows = try engine.store.incidents(
                cause: request.option("cause"), after: start, count: count + 1)
        } catch {
            throw Problem.store(error)
        }
        let shown = try rows.prefix(count).compactMap { try document($0, request) }
        var body: ValueMap = ["incidents": .list(shown)]
        if rows.count > count { body["cursor"] = .string(Cursor.text(Int64(start + count))) }
        return APIResponse(.map(body))
    }

    func incidentGroups(_ request: APIRequest) throws -> APIResponse {
        let count = Int(try request.number("count", in: 1...500, default: 50))
        do {
            let groups = try engine.store.incidentGroups(count: count + 1)
            return APIResponse([
                "groups": .list(groups.prefix(count).map { .map($0.document) }),
                "hasMore": .bool(groups.count > count),
            ])
        } catch {
            throw Problem.store(error)
        }
    }

    func pauseGroups(_ request: APIRequest) throws -> APIResponse {
        let count = Int(try request.number("count", in: 1...500, default: 50))
        let groups: [PauseGroup]
        do throws(StoreError) {
            groups = try engine.store.pauseGroups(count: count + 1)
        } catch {
            throw Problem.store(error)
        }
        let workflows = try inspector.pausedWorkflows().map { workflow, pause in
            Value.map(
                ValueMap([("workflow", .string(workflow))])
                    .merging(pause.document.mapValue ?? ValueMap()))
        }
        return APIResponse([
            "groups": .list(groups.prefix(count).map { .map($0.document) }),
            "hasMore": .bool(groups.count > count), "workflows": .list(workflows),
        ])
    }

    /// nil: whoever asks may not look at its instance.
    private func document(_ row: IncidentRow, _ request: APIRequest) throws -> Value? {
        let name: InstanceName?
        do { name = try engine.store.instance(row.instance)?.name } catch {
            throw Problem.store(error)
        }
        if let authority = request.authority, !authority.mayEverywhere(.read) {
            guard let name, authority.may(.read, try inspector.view(name)) else { return nil }
        }
        return .map(row.document(name: name))
    }

    // MARK: Addresses

    func view(_ request: APIRequest) throws -> InstanceView {
        switch try InstanceAddress(request) {
        case .name(let name): try inspector.view(name)
        case .id(let id): try inspector.view(id)
        }
    }

    /// The name without a look into the store, where the address holds it: an event may come before its
    /// instance.
    func name(_ request: APIRequest) throws -> InstanceName {
        switch try InstanceAddress(request) {
        case .name(let name): name
        case .id(let id): try inspector.view(id).row.name
        }
    }
}
