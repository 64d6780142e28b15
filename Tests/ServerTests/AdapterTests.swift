import Definition
import Execution
import Synchronization
import Testing
import Values
import WorkflowLanguage

/// Holding an adapter, over HTTP and on its page.
@Suite struct AdapterStories {
    /// A way out that only says what it was told.
    private final class Port: CallPort {
        private struct State {
            var isPaused = false
            var isOpen: Bool
            var isHalfOpen = false
            var lacks = false
            var probes = 0
        }

        private let state: Mutex<State>

        init(isOpen: Bool = false, lacks: Bool = false) {
            state = Mutex(State(isOpen: isOpen, lacks: lacks))
        }

        var probes: Int { state.withLock { $0.probes } }

        func submit(_ call: CallRow) {}
        func withdraw(_ call: CallID, recall: Int64) {}
        func setHolds(_ holds: MoneyHolds) {}
        func setPaused(_ isPaused: Bool, adapter: String) {
            state.withLock { $0.isPaused = isPaused }
        }
        func probe(adapter: String) {
            state.withLock { state in
                state.probes += 1
                (state.isOpen, state.isHalfOpen) = (false, true)
            }
        }
        func conditions(of calls: [CallID]) -> [AdapterCondition] {
            state.withLock { state in
                let open = state.isOpen ? Timestamp(seconds: 1_767_600_000) : nil
                var condition = AdapterCondition(
                    adapter: "smith", openSince: open, nextProbe: open, failures: 3, calls: 4,
                    running: 1, concurrency: 2, queued: 5, ahead: [:],
                    isPaused: state.isPaused, isHalfOpen: state.isHalfOpen)
                if state.lacks {
                    condition.lack = AdapterCondition.Lack(
                        reason: "the variable SMITH_TOKEN for the adapter's token is not set",
                        since: Timestamp(seconds: 1_767_600_000))
                }
                return [condition]
            }
        }
    }

    private static let manifest = """
        adapter: smith
        description: Makes locks.
        transport: http
        url: http://127.0.0.1:1
        operations:
          make:
            kind: query
            request: {method: GET, path: /locks}
        """

    private func withSmith(
        _ port: Port, _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        let parsed = WorkflowLanguage.parseAdapter(Self.manifest, file: "adapter.yaml")
        let manifest = try #require(parsed.value, "\(parsed.diagnostics.map(\.headline))")
        try await withServer(adapters: [manifest], calls: port, body)
    }

    @Test func itIsHeldAndLetGoWithWhoAndWhy() async throws {
        try await withSmith(Port()) { client in
            let path = "/v1/adapters/smith"
            #expect(try await client.get(path)["paused"] == false)
            #expect(try await client.post(path + "/pause", "{}").status == 422)
            let held = try await client.post(
                path + "/pause", #"{"reason": "audit"}"#, ["Pawl-Actor": "admin/ana"])
            #expect(held.status == 200)
            #expect(held["paused"] == true)
            #expect(held["pause"]?["reason"] == "audit")
            #expect(held["log"]?[0]?["paused"] == true)
            #expect(try await client.get("/v1/adapters")["adapters"]?[0]?["pause"] == held["pause"])
            let again = try await client.post(path + "/pause", #"{"reason": "again"}"#)
            #expect(again.status == 409)
            #expect(again["detail"]?.stringValue?.contains("already: audit") == true)
            let free = try await client.post(path + "/resume", #"{"reason": "seen"}"#)
            #expect(free["paused"] == false)
            #expect(free["pause"] == nil)
            #expect(free["log"]?.listValue?.map { $0["paused"] } == [false, true])
            #expect(
                try await client.post("/v1/adapters/smit/pause", #"{"reason": "r"}"#).status == 404)
        }
    }

    @Test func whoListensIsToldThatSomebodyHoldsIt() async throws {
        try await withSmith(Port()) { client in
            let stream = try await RawConnection.stream(
                "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", port: client.port)
            _ = try await stream.read(until: "event: ready")
            _ = try await client.post("/v1/adapters/smith/pause", #"{"reason": "audit"}"#)
            let told = try await stream.read(until: "event: changed\ndata: ", then: "\n")
            #expect(try JSON.parse(told)["others"] == ["adapter"])
            stream.end()
        }
    }

    /// The forms are made from the declarations, and what was done is told from the log.
    @Test func itsPageOffersWhatIsDeclaredAndTellsWhatIsRecorded() async throws {
        try await withSmith(Port()) { client in
            let path = "/adapters/smith"
            for verb in ["pause", "resume", "probe", "x"] {
                #expect(try await !client.page(path + "?done=\(verb)").html.contains("Accepted"))
            }
            let refused = try await client.post(form: "do=pause&reason=+", path)
            #expect(refused.status == 422)
            #expect(refused.html.contains("a reason is expected, and this is empty"))
            let held = try await client.post(
                form: "do=pause&reason=audit", path, ["Cookie": "pawl-actor=admin%2Fana"])
            #expect(held.html.contains("<b>Accepted:</b> Pause the adapter"))
            #expect(held.html.contains("By admin/ana: audit"))
            #expect(held.html.contains("aria-label=\"Resume the adapter\""))
            #expect(!held.html.contains("aria-label=\"Pause the adapter\""))
            #expect(try await !client.page(path + "?done=resume").html.contains("Accepted"))
            #expect(try await client.post(form: "do=fire", path).status == 422)
        }
    }

    @Test func oneThatLacksASettingSaysWhichAndIsTriedWhenSomebodyAsks() async throws {
        let port = Port(lacks: true)
        try await withSmith(port) { client in
            let smith = try await client.get("/v1/adapters/smith")
            #expect(smith["unready"]?["reason"]?.stringValue?.contains("SMITH_TOKEN") == true)
            #expect(smith["unready"]?["since"] == "2026-01-05T08:00:00Z")
            let page = try await client.page("/adapters/smith").html
            #expect(page.contains("SMITH_TOKEN"))
            #expect(page.contains("aria-label=\"Probe now\""))
            #expect(try await client.post("/v1/adapters/smith/probe", "").status == 200)
        }
        #expect(port.probes == 1)
    }

    @Test func onlyAnOpenBreakerOfOneThatIsNotHeldIsProbed() async throws {
        let closed = Port()
        try await withSmith(closed) { client in
            let refused = try await client.post("/v1/adapters/smith/probe", "")
            #expect(refused.status == 409)
        }
        #expect(closed.probes == 0)
        let open = Port(isOpen: true)
        try await withSmith(open) { client in
            let path = "/v1/adapters/smith"
            let probed = try await client.post(path + "/probe", "")
            #expect(probed.status == 200)
            #expect(probed["breaker"] == "half-open")
            let again = try await client.post(path + "/probe", "")
            #expect(again.status == 409)
            #expect(again["detail"]?.stringValue?.contains("a probe through already") == true)
            let page = try await client.page("/adapters/smith")
            #expect(page.html.contains("half open: the next call is its probe"))
            #expect(!page.html.contains("value=\"probe\""))
            _ = try await client.post(path + "/pause", #"{"reason": "audit"}"#)
            let refused = try await client.post(path + "/probe", "")
            #expect(refused.status == 409)
            #expect(refused["fix"]?.stringValue?.contains("pawl adapter resume smith") == true)
        }
        #expect(open.probes == 1)
    }
}
