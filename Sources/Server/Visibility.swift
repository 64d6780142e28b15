import Access
import Definition
import Engine
import Execution
import Resources
import Sabotage
import Values

/// What of an answer is for whoever asks.
extension APIRequest {
    /// Some of its instances, at least.
    func sees(_ workflow: String) -> Bool {
        authority?.maySome(.read, of: workflow) ?? true || isMutant(.listsUnfiltered)
    }

    func mayRead(_ view: InstanceView) -> Bool { authority?.may(.read, view) ?? true }

    /// Of a document of an instance, what whoever changed it without the right to look at it is told: that it is so.
    func seen(_ view: InstanceView, _ document: Value) -> Value {
        guard !mayRead(view), !isMutant(.changersRead) else { return document }
        let members = ["name", "workflow", "key", "version", "status", "revision", "wait"]
        var seen = ValueMap()
        for name in members { seen.set(name, document[name]) }
        return .map(seen)
    }

    /// Whoever does tasks looks at those of their roles, and at their own.
    func seesTask(_ task: Value, of view: InstanceView) -> Bool {
        guard let authority, !authority.may(.read, view) else { return true }
        return authority.isTheirs(task)
    }

    /// Without the actions that whoever asks may not do.
    func offered(_ actions: [Value], of view: InstanceView) -> [Value] {
        guard let authority else { return actions }
        return actions.filter { action in
            let name = action["name"]?.stringValue ?? ""
            let permission = ActionDeclaration.all.first { $0.verb.name == name }?.permission
            return authority.may(permission ?? (name == "send" ? .send : .operate), view)
        }
    }

    func offered(_ explanation: Value, of view: InstanceView) -> Value {
        guard authority != nil, case .map(var map) = explanation,
            let blockers = map["blockers"]?.listValue
        else { return explanation }
        map["blockers"] = .list(
            blockers.map { blocker in
                guard case .map(var blocker) = blocker, let actions = blocker["actions"]?.listValue
                else { return blocker }
                blocker["actions"] = .list(offered(actions, of: view))
                return .map(blocker)
            })
        return .map(map)
    }

    // MARK: Refusals

    func checkStart(_ input: Value, of workflow: String) throws(Problem) {
        guard let authority, !authority.mayStart(input, of: workflow) else { return }
        throw authority.refusal(.start, workflow)
    }

    /// What is found by a value tells that value.
    func checkNothingIsRevealed(
        by filter: InstanceFilter, _ catalog: Catalog
    ) throws(Problem) {
        guard let authority, !authority.mayEverywhere(.reveal) else { return }
        let workflows = filter.workflows
        for case .search(let name, _, _) in filter.terms
        where catalog.sensitive.hidesAttribute(name) {
            let isAllowed =
                !workflows.isEmpty
                && workflows.allSatisfy { authority.verdict(.reveal, $0) == .allowed }
            guard !isAllowed else { continue }
            throw authority.refusal(.reveal, workflows.first)
        }
    }

    /// Before anything is looked for: whether something is found tells whoever looks.
    func check(
        _ permission: Permission, of target: BulkOperation.Target, _ catalog: Catalog
    ) throws(Problem) {
        guard let authority, !isMutant(.operationsLookFirst) else { return }
        var workflows: [String] = []
        if case .filter(let text) = target {
            let filter = try InstanceFilter(parsing: text)
            try checkNothingIsRevealed(by: filter, catalog)
            workflows = filter.workflows
        }
        guard !authority.mayEverywhere(permission) else { return }
        guard workflows.count == 1, let workflow = workflows.first else {
            throw Problem(
                .forbidden,
                "\(authority.principal.subject.quotable) may not \(permission.rawValue) everywhere",
                fix: "say of which workflow: `workflow:NAME` in the filter")
        }
        // Of one's own, each is looked at one by one.
        guard authority.verdict(permission, workflow) == .allowed,
            authority.verdict(.read, workflow) == .allowed
        else { throw authority.refusal(permission, workflow) }
    }
}

extension Authority {
    /// By the API's resource `task`.
    fileprivate func isTheirs(_ task: Value) -> Bool {
        func holds(_ member: String, _ isOne: (String) -> Bool) -> Bool {
            task[member]?.stringValue.map(isOne) ?? false
        }
        let workflow = task["name"]?.stringValue.flatMap { $0.cut(at: "/")?.0 }
        guard let workflow, maySome(.decide, of: workflow) else { return false }
        return holds("role") { principal.roles.contains(ExactText($0)) }
            || holds("assignee") { sameUTF8($0, principal.subject) }
            || holds("claimedBy") { holder in
                holder.cut(at: "/").map { sameUTF8($0.1, principal.subject) } ?? false
            }
    }
}

extension Inspector {
    /// Of a page of tasks, those that are for whoever asks.
    func seen(_ page: Value, by authority: Authority) throws(Problem) -> Value {
        guard case .map(var map) = page, let tasks = map["tasks"]?.listValue else { return page }
        var seen: [Value] = []
        for task in tasks {
            let name = task["name"]?.stringValue.flatMap(InstanceName.init(parsing:))
            guard let name else { continue }
            let isRead: Bool
            switch authority.verdict(.read, name.workflow) {
            case .allowed: isRead = true
            case .refused: isRead = false
            case .onlyWhere: isRead = authority.may(.read, try view(name))
            }
            var isDone = false
            if !isRead, authority.isTheirs(task) {
                isDone = authority.may(.decide, try view(name))
            }
            if isRead || isDone { seen.append(task) }
        }
        map["tasks"] = .list(seen)
        return .map(map)
    }
}

extension API {
    /// So many pages are looked through for one that whoever asks may see.
    private static let pages = 20
    /// So many instances in all.
    private static let looked = 2_000

    /// A page of what whoever asks may look at, who may not look at everything. How many there are in all is not counted.
    func seen(
        _ filter: InstanceFilter, before: InstanceID?, count: Int, _ request: APIRequest
    ) throws -> Value {
        guard let authority = request.authority else { return [:] }
        let readable = engine.catalog.knownNames.filter { authority.maySome(.read, of: $0) }
        var filter = filter
        // One workflow is found by its index.
        if readable.count == 1, let workflow = readable.first {
            filter = InstanceFilter(terms: filter.terms + [.workflow(workflow)])
        }
        var found: [InstanceView] = []
        var (before, hasMore) = (before, true)
        let pages = max(1, min(Self.pages, Self.looked / count))
        for _ in 0..<pages where hasMore && found.count < count {
            let page = try inspector.views(filter, before: before, count: count, countedUpTo: 0)
            hasMore = page.hasMore
            for view in page.views where found.count < count {
                if authority.may(.read, view) { found.append(view) }
                before = view.row.id
                if found.count == count, view.row.id != page.views.last?.row.id { hasMore = true }
            }
        }
        var body: ValueMap = [
            "instances": .list(found.map { $0.document(withData: false) }),
            "total": .int(Int64(found.count)), "totalIsLeast": .bool(hasMore),
        ]
        if hasMore, let before { body["cursor"] = .string(Cursor.text(before.rawValue)) }
        return .map(body)
    }

    /// Of several roles, the one that may send it.
    func sender(
        _ body: BodyMembers, of workflow: String?, _ request: APIRequest
    ) throws(Problem) -> Actor {
        guard let authority = request.authority, request.speaksAs == nil,
            let event = body["event"]?.stringValue
        else { return request.actor }
        let names = workflow.map { [$0] } ?? engine.catalog.knownNames
        let role = names.lazy
            .compactMap { engine.catalog.declaration(of: event, in: $0)?.sender?.role }
            .first { authority.principal.roles.contains(ExactText($0)) }
        return role.map { Actor(role: $0, subject: request.actor.subject) } ?? request.actor
    }

    /// Whoever sends to all whom it concerns may send to each.
    func checkReceivers(
        of event: InboundEvent, key: String?, workflow: String?, _ request: APIRequest
    ) throws {
        guard let authority = request.authority,
            !(authority.mayEverywhere(.send) && authority.mayEverywhere(.start))
        else { return }
        let receivers = engine.catalog.receivers(of: event, key: key, workflow: workflow)
        // What nobody takes is remembered, and so it is a change.
        if receivers.isEmpty {
            guard let workflow, authority.maySome(.send, of: workflow) else {
                throw authority.refusal(.send, workflow)
            }
        }
        for receiver in receivers {
            // An event that starts something is a start.
            guard !receiver.isStart || authority.mayStart(event.data, of: receiver.name.workflow)
            else { throw authority.refusal(.start, receiver.name.workflow) }
            switch authority.verdict(.send, receiver.name.workflow) {
            case .allowed: continue
            case .onlyWhere where receiver.isStart: continue
            case .onlyWhere:
                guard let view = try? inspector.view(receiver.name), authority.may(.send, view)
                else { throw authority.refusal(.send, receiver.name.workflow) }
            case .refused: throw authority.refusal(.send, receiver.name.workflow)
            }
        }
    }
}
