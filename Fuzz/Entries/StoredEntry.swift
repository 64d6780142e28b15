import Definition
import Execution
import Values
import WorkflowLanguage

/// The row of an instance, as a store gives it back: whole, or damaged in any way. What cannot be read says where; what
/// can be read is written as what it is, explained, and decided upon without an end of the process.
package enum StoredEntry {
    private static let now = Timestamp(seconds: 1_767_268_800)

    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard let visit else { throw FuzzFailure("the workflow does not parse") }
        switch read(bytes, visit) {
        case .failure(let failure):
            try require(!failure.message.isEmpty, "refused without a reason")
        case .success(let run):
            let again = read(run.encodedJSON(visit.machine), visit)
            try require(again == .success(run), "a run is written as another one")
            try live(run, visit)
        }
    }

    private static func read(
        _ bytes: [UInt8], _ definition: WorkflowDefinition
    ) -> Result<Run, DecodingFailure> {
        Result { () throws(DecodingFailure) in
            try Run(
                decoding: InstanceWrite(
                    id: InstanceID(1), name: InstanceName(workflow: definition.name, key: "k"),
                    version: definition.version, status: .running, revision: 7,
                    summary: InstanceSummary(
                        states: [], startedAt: now, updatedAt: now, endedAt: nil, overdueAt: nil,
                        incidents: 0, isRetrying: false, search: []),
                    body: bytes), definition: definition)
        }
    }

    private static func live(_ run: Run, _ definition: WorkflowDefinition) throws(FuzzFailure) {
        let catalog = catalog(definition)
        for blocker in run.blockers(definition, catalog: catalog, now: now) {
            try require(!blocker.sentence.isEmpty, "a blocker that says nothing")
        }
        _ = run.health(definition, now: now)
        for input in inputs(of: run) {
            let decision = decide(run, input, catalog: catalog, now: now)
            guard let commit = decision.commit, let after = decision.run else { continue }
            try require(
                commit.instance.map { $0.revision > run.revision } ?? true,
                "a commit without a revision of its own")
            _ = after.blockers(definition, catalog: catalog, now: now)
        }
    }

    private static func catalog(_ definition: WorkflowDefinition) -> Catalog {
        Catalog(
            workflows: [definition], adapters: [shop].compactMap(\.self), local: NoOperations())
    }

    /// What may come next, of each kind.
    private static func inputs(of run: Run) -> [Input] {
        let clerk = Actor(role: "clerk", subject: "c-1")
        let number = run.activations.map(\.number).max() ?? 1
        let event = InboundEvent(id: "e-1", name: "visit.note", data: ["n": 1], sender: clerk)
        let call = CallID(instance: run.id, activation: number, dispatch: 1)
        return [
            .proceed, .event(event), .timer(.chart(run.timers.min { $0.due < $1.due }?.index ?? 0)),
            .timer(.activation(number)), .timer(.kept(1)),
            .answer(call, .unknown(CallError(name: "lost", message: "", isRetryable: true))),
            .answer(call, .undecided), .answer(call, .succeeded(["id": "s-1"])),
            .answer(call, .failed(CallError(name: "no", message: "", isRetryable: false))),
            .childEnded(activation: number, status: .completed, output: ["x": 1]),
            .task(nil, .decide(TaskDecision("seen")), actor: clerk), .retry,
            .operate(.pause, reason: "", actor: .system),
            .operate(.resume, reason: "", actor: .system),
            .cancel(reason: "", actor: .system),
        ]
    }

    private static let visit = WorkflowLanguage.parseWorkflow(
        """
        workflow: visit
        version: 1
        input: {type: object, properties: {id: {type: string}}}
        context: {notes: {default: []}, who: {type: [string, 'null'], default: null}}
        search: {who: context.who}
        events:
          visit.note: {early: keep, ttl: 1d}
        retries: {often: {maximumAttempts: 3, initialInterval: 1s, backoffCoefficient: 2}}
        initial: work
        on: {cancel: undoing}
        states:
          work:
            type: parallel
            on: {visit.note: {actions: {assign: {notes: '${context.notes + [event.data]}'}}}}
            states:
              desk:
                initial: open
                states:
                  open:
                    after: {12h: seen}
                    invoke:
                      person:
                        role: clerk
                        title: Look
                        due: 1h
                        outcomes: {seen: {target: seen, actions: {assign: {who: '${event.data.by.subject}'}}}}
                  seen: {type: final}
              shop:
                initial: ordering
                states:
                  ordering:
                    expect: 2h
                    invoke:
                      task: shop.order
                      input: {id: '${input.id}'}
                      retry: often
                      compensate: {workflow: visit}
                      onDone: waiting
                  waiting: {after: {3h: late}}
                  late: {type: history, target: ordering}
            onDone: over
          undoing: {invoke: {compensate: all, onDone: over}}
          over: {type: final}
        """, file: "visit.yaml"
    ).value

    private static let shop = WorkflowLanguage.parseAdapter(
        """
        adapter: shop
        transport: http
        url: http://127.0.0.1:9
        idempotency: {header: Idempotency-Key, keyRetention: 24h}
        operations:
          order:
            kind: compensatable
            request: {method: POST, path: /v1/orders, body: {id: '${input.id}'}}
            output: {id: '${response.body.id}'}
            onUnknown:
              ask: {method: GET, path: '/v1/orders?key=${call.key}'}
              outcome: {applied: response.status == 200, undecided: response.status == 202}
        """, file: "adapter.yaml"
    ).value

    /// Rows of runs that are in different places and on different ways, as they are written today.
    package static func rows() -> [[UInt8]] {
        guard let visit else { return [] }
        let catalog = catalog(visit)
        let name = InstanceName(workflow: visit.name, key: "k")
        let request = StartRequest(
            id: InstanceID(1), name: name, input: ["id": "v-1"], params: [:], parent: nil,
            actor: .system, kept: [])
        guard let first = Execution.decide(start: request, catalog: catalog, now: now).run else {
            return []
        }
        // Each input by itself, and all of them one after the other.
        var (runs, last) = ([first], first)
        for input in inputs(of: first) {
            if let run = decide(first, input, catalog: catalog, now: now).run { runs.append(run) }
            last = decide(last, input, catalog: catalog, now: now).run ?? last
        }
        var rows: [[UInt8]] = []
        for row in (runs + [last]).map({ $0.encodedJSON(visit.machine) })
        where !rows.contains(row) {
            rows.append(row)
        }
        return rows
    }
}
