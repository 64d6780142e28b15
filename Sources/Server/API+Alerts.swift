import Alerts
import Definition
import Engine
import Execution
import Resources
import Values

/// Who is woken of what, and what people say to it.
extension API {
    private var records: AlertRecords { AlertRecords(engine.store) }

    func alerts(_ request: APIRequest) throws -> APIResponse {
        let status = try request.choice("status", of: AlertStatus.self)
        let kind = try request.choice("kind", of: Condition.Kind.self)
        let now = inspector.now
        let (found, silences, disabled) = try reading { (records) throws(StoreError) in
            (
                try records.alerts(in: status == .resolved ? Alert.resolved : Alert.open),
                try records.silences(), try records.disabled()
            )
        }
        let matching = found.filter { alert in
            (kind == nil || kind == alert.condition.kind)
                && (status == nil || status == alert.status(silences, at: now))
                && (request.option("workflow").map {
                    alert.condition.workflows.contains(ExactText($0))
                } ?? true)
        }.sorted { ($0.condition.since, $0.id) > ($1.condition.since, $1.id) }
        let page = try Page(matching, request, usual: 100)
        let deliveries = try reading { (records) throws(StoreError) in
            try records.deliveries(of: page.rows)
        }
        var body: ValueMap = [
            "alerts": .list(page.rows.map { $0.document(silences, deliveries, at: now) }),
            "total": .int(Int64(matching.count)),
            "receivers": .list(
                engine.alerting.configuration.receivers.map { .string($0.name.text) }),
            "disabled": .list(disabled.map(\.document)),
        ]
        body.set("cursor", page.cursor)
        return APIResponse(.map(body))
    }

    func alert(_ request: APIRequest) throws -> APIResponse {
        APIResponse(try document(ofAlert: request.parameter("alert")))
    }

    private func document(ofAlert id: String) throws -> Value {
        let (alert, silences, deliveries) = try reading { (records) throws(StoreError) in
            let alert = try records.alert(id)
            return (
                alert, try records.silences(),
                try records.deliveries(of: [alert].compactMap(\.self))
            )
        }
        guard let alert else { throw Problem.unknownAlert(String(id.prefix(100))) }
        return alert.document(silences, deliveries, at: inspector.now)
    }

    func acknowledge(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["note"])
        let note = body.string("note", limit: 1000) ?? ""
        try body.check()
        let id = request.parameter("alert")
        try await engine.update(
            .acknowledge(alert: id, by: request.actor, note: note, at: inspector.now))
        log("alert acknowledged", id, request)
        return APIResponse(try document(ofAlert: id))
    }

    // MARK: Silences

    func silences(_ request: APIRequest) throws -> APIResponse {
        let now = inspector.now
        let silences = try reading { (records) throws(StoreError) in try records.silences() }
        return APIResponse([
            "silences": .list(
                silences.sorted { ($0.until, $0.id) > ($1.until, $1.id) }
                    .map { $0.document(at: now) })
        ])
    }

    func silence(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(
            request, known: ["kinds", "workflow", "adapter", "cause", "until", "reason"])
        var matcher = Matcher()
        for text in body.strings("kinds") {
            guard let kind = Condition.Kind(rawValue: text) else {
                let known = Condition.Kind.allCases.map(\.rawValue)
                body.note(
                    "/kinds",
                    "there is no kind `\(text.quotable)`; known: \(known.joined(separator: ", "))")
                continue
            }
            matcher.kinds.insert(kind)
        }
        matcher.workflow = body.string("workflow")
        matcher.adapter = body.string("adapter")
        matcher.cause = body.string("cause", limit: 1000)
        // What names nothing would silence nothing, and nobody would know before the night.
        let catalog = engine.catalog
        for (what, name, known) in [
            ("workflow", matcher.workflow, catalog.knownNames),
            ("adapter", matcher.adapter, catalog.adapterNames),
        ] {
            guard let name, !known.contains(exactly: name) else { continue }
            let near = nearestName(to: name, among: known).map { "did you mean `\($0)`?" }
            body.note(
                "/" + what,
                "there is no \(what) `\(name.quotable)`; "
                    + (near ?? "known: \(known.joined(separator: ", "))"))
        }
        let until = body.moment("until")
        let reason = body.reason(isRequired: true)
        let now = inspector.now
        if let until {
            if until <= now { body.note("/until", "it must be later than now") }
            if until - now > Silence.maximumLength {
                body.note("/until", "a year at most: say it again when that is over")
            }
        }
        if matcher == Matcher() {
            body.note("", "say what is silenced: `kinds`, `workflow`, `adapter` or `cause`")
        }
        try body.check()
        guard let until else { return APIResponse([:]) }
        let silence = Silence(
            matcher, from: now, until: until.ceilingToMilliseconds, by: request.actor,
            reason: reason)
        try await engine.update(.silence(silence, at: now))
        log("alerts silenced", silence.id, request)
        return APIResponse(status: 201, silence.document(at: now))
    }

    func endSilence(_ request: APIRequest) async throws -> APIResponse {
        let id = request.parameter("silence")
        try await engine.update(.endSilence(id))
        log("silence ended", id, request)
        return APIResponse(["id": .string(id)])
    }

    // MARK: Deliveries

    func deliveries(_ request: APIRequest) throws -> APIResponse {
        let status = try request.choice("status", of: AlertDelivery.Status.self)
        let found = try reading { (records) throws(StoreError) in
            var found: [AlertDelivery] = []
            for each in AlertDelivery.Status.allCases where status == nil || each == status {
                found += try records.deliveries(each)
            }
            return found
        }.sorted { $0.id > $1.id }
        let page = try Page(found, request, usual: 50)
        var body: ValueMap = [
            "deliveries": .list(page.rows.map(\.document)), "total": .int(Int64(found.count)),
        ]
        body.set("cursor", page.cursor)
        return APIResponse(.map(body))
    }

    func redeliver(_ request: APIRequest) async throws -> APIResponse {
        let id = request.parameter("delivery")
        try await engine.update(.redeliver(id, at: inspector.now))
        log("message delivered again", id, request)
        let delivery = try reading { (records) throws(StoreError) in try records.delivery(id) }
        return APIResponse(delivery?.document ?? [:])
    }

    /// A message to every receiver, or to one: what comes of it `GET /v1/deliveries` says.
    func testAlert(_ request: APIRequest) async throws -> APIResponse {
        var body = try BodyMembers(request, known: ["receiver"])
        let name = body.string("receiver")
        try body.check()
        let (configuration, namespace) = engine.alerting
        let receivers = configuration.receivers.filter {
            name == nil || sameUTF8($0.name.text, name)
        }
        guard !receivers.isEmpty else {
            let known = configuration.receivers.map(\.name.text)
            throw Problem(
                .notFound,
                name.map { "there is no receiver \($0.quotable)" } ?? "there are no receivers",
                fix: known.isEmpty
                    ? "name some in pawl.yaml: docs/reference/alerts.md"
                    : "known: \(known.joined(separator: ", "))")
        }
        let now = engine.clock.now()
        let event = AlertEvent.test(
            "test-\(now.milliseconds)-\(request.id.prefix(40))",
            source: AlertEvent.source(of: namespace), by: request.actor.description,
            at: inspector.now)
        let deliveries = receivers.flatMap { receiver in
            receiver.addresses.map {
                AlertDelivery(to: receiver.name, address: $0, alert: nil, event: event, at: now)
            }
        }
        try await engine.update(.deliver(deliveries))
        return APIResponse([
            "deliveries": .list(deliveries.map(\.document)),
            "total": .int(Int64(deliveries.count)),
        ])
    }

    // MARK: Parts

    private func reading<T>(
        _ body: (AlertRecords) throws(StoreError) -> T
    ) throws(Problem) -> T {
        do throws(StoreError) { return try body(records) } catch { throw .store(error) }
    }

    private func log(_ what: String, _ id: String, _ request: APIRequest) {
        logger.notice(
            "\(what)",
            metadata: ["id": "\(id)", "actor": "\(request.actor)", "request": "\(request.id)"])
    }
}

/// What one answer holds of a list that is in memory.
private struct Page<Row> {
    let rows: [Row]
    let cursor: Value?

    init(_ all: [Row], _ request: APIRequest, usual: Int64) throws {
        let count = Int(try request.number("count", in: 1...500, default: usual))
        let start = min(Int(clamping: try request.cursor() ?? 0), all.count)
        rows = Array(all[start...].prefix(count))
        let end = start + rows.count
        cursor = end < all.count ? .string(Cursor.text(Int64(end))) : nil
    }
}
