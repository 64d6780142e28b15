import Definition
import Guest
import MemoryStore
import Scenarios

extension Wiring {
    /// Scenarios run the real in-process operations on a store in memory, a fresh one each.
    static func scenarioRunner(
        workflows: [WorkflowDefinition], earlier: [WorkflowDefinition] = [],
        adapters: [AdapterManifest],
        calendars: Calendars = Calendars(),
        business: any Business = Wiring.business
    ) -> ScenarioRunner {
        ScenarioRunner(
            workflows: workflows, earlier: earlier, adapters: adapters,
            local: OperationTable(business),
            calendars: calendars, makeStore: { MemoryStore() })
    }
}
