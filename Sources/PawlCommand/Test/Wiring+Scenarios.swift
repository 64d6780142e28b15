import Definition
import MemoryStore
import Scenarios

extension Wiring {
    /// Scenarios run the real in-process operations on a store in memory, a fresh one each.
    static func scenarioRunner(
        workflows: [WorkflowDefinition], adapters: [AdapterManifest]
    ) -> ScenarioRunner {
        ScenarioRunner(
            workflows: workflows, adapters: adapters, local: operations,
            makeStore: { MemoryStore() })
    }
}
