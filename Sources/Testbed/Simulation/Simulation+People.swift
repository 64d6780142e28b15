import Definition
import Engine
import Execution
import Values

/// The operator and everybody who has a task.
extension Simulation {
    /// An operator goes through all that waits for a person.
    mutating func mendAll() {
        retryIncidents()
        decideTasks()
        let running = InstanceQuery(
            terms: [.status(.running)], now: now, before: nil, count: 1_000)
        for adapter in heldAdapters.sorted() {
            let resume = PauseAction.resume(reason: "forgotten")
            let request = Request.adapter(adapter.text, resume, actor: .system)
            enqueue(SimulatedClient.Plan(at: now, request: request, repeats: 0))
        }
        for workflow in heldWorkflows.sorted() {
            let resume = PauseAction.resume(reason: "forgotten")
            let request = Request.workflow(workflow.text, resume, actor: .system)
            enqueue(SimulatedClient.Plan(at: now, request: request, repeats: 0))
        }
        for hold in heldMoney.list {
            let release = MoneyAction.release(hold.number, reason: "forgotten")
            let request = Request.money(
                release, actor: Actor(role: Actor.operatorRole, subject: "a-2"))
            enqueue(SimulatedClient.Plan(at: now, request: request, repeats: 0))
        }
        for row in (try? store.list(running))?.instances ?? [] {
            let resume = Input.operate(.resume, reason: "forgotten", actor: .system)
            enqueue(
                SimulatedClient.Plan(
                    at: now, request: .operate(row.name, resume, isDry: false), repeats: 0))
        }
    }

    /// People do all that is in their lists, one way or the other.
    private mutating func decideTasks() {
        for row in (try? store.tasks(TaskQuery(count: 1_000))) ?? [] {
            guard let stored = try? store.instance(row.instance),
                let definition = catalog.definition(stored.name.workflow, version: stored.version),
                let run = try? Run(decoding: stored, definition: definition),
                let activation = run.activations.first(where: { $0.number == row.activation }),
                let outcome = random.pick(definition.userTask(of: activation)?.outcomes ?? [])
            else { continue }
            let subject = [row.claimedBy, row.assignee].first { !$0.isEmpty } ?? "p-1"
            let decision = TaskDecision(
                outcome.name, form: outcome.form.example.mapValue.map(Value.map) ?? [:],
                comment: outcome.comment == .none ? "" : "so")
            let input = Input.task(
                row.activation, .decide(decision),
                actor: Actor(role: row.role.isEmpty ? "client" : row.role, subject: subject))
            enqueue(
                SimulatedClient.Plan(
                    at: now, request: .operate(row.name, input, isDry: false), repeats: 0))
        }
    }

    private mutating func retryIncidents() {
        guard let rows = try? store.incidents(cause: nil, after: 0, count: 1_000) else { return }
        for id in Set<InstanceID>(rows.map(\.instance)).sorted() {
            guard let row = try? store.instance(id) else { continue }
            enqueue(
                SimulatedClient.Plan(
                    at: now, request: .operate(row.name, .retry, isDry: false), repeats: 0))
        }
    }
}
