import Execution

/// Everything that can be asked for, by name. A server answers each of them: the compiler sees to it that none is
/// forgotten.
package enum Endpoint: Sendable, Hashable {
    // The process
    case live, ready, version, system, metrics, description, clock, followClock
    // What is declared
    case workflows, workflow, versionDifference, adapters, adapter
    // Many
    case instances, incidents, incidentGroups, pauseGroups, tasks
    case substitutions, substitute, endSubstitution
    // Starting
    case put, start
    // One instance
    case instance, why, neighbours, history, data, members, actions, send, instanceTasks,
        instanceTask
    /// To an instance, a task, a schedule, an adapter or a workflow.
    case act(ActionDeclaration)
    case correlate, events, eventStream
    case schedules, schedule
    // Many instances at once
    case operations, operation, operationItems, beginOperation
    case steerOperation(BulkOperation.Steering)
    case erasures, erasure, erase
    case money, moneyHolds, moneyHold, holdMoney, releaseMoney
    case alerts, alert, acknowledgeAlert, testAlert
    case silences, silence, endSilence, deliveries, redeliver
    case retention, archived, restoreArchived
    case statements, statement, statementDocument
    case audit
    case putAttachment, attachment
    // Who may
    case whoami, tokens, issueToken, revokeToken, sessions, endSessions
    /// Of the public entry.
    case startFromOutside

    /// A verb and a noun, in camel case; part of the API, since programs are made from it.
    package var id: String {
        switch self {
        case .live: "getLiveness"
        case .ready: "getReadiness"
        case .version: "getVersion"
        case .system: "getSystem"
        case .metrics: "getMetrics"
        case .description: "getDescription"
        case .clock: "getClock"
        case .followClock: "followClock"
        case .workflows: "listWorkflows"
        case .workflow: "getWorkflow"
        case .versionDifference: "compareVersions"
        case .adapters: "listAdapters"
        case .adapter: "getAdapter"
        case .instances: "listInstances"
        case .incidents: "listIncidents"
        case .incidentGroups: "listIncidentGroups"
        case .pauseGroups: "listPauseGroups"
        case .tasks: "listTasks"
        case .substitutions: "listSubstitutions"
        case .substitute: "setSubstitution"
        case .endSubstitution: "endSubstitution"
        case .put: "putInstance"
        case .start: "startInstance"
        case .instance: "getInstance"
        case .why: "explainInstance"
        case .neighbours: "getNeighbours"
        case .history: "getHistory"
        case .data: "getData"
        case .members: "listMembers"
        case .actions: "listActions"
        case .send: "sendEvent"
        case .instanceTasks: "listInstanceTasks"
        case .instanceTask: "getTask"
        case .act(let action): Self.id(action)
        case .correlate: "correlateEvent"
        case .events: "listEvents"
        case .eventStream: "streamEvents"
        case .schedules: "listSchedules"
        case .schedule: "getSchedule"
        case .operations: "listOperations"
        case .operation: "getOperation"
        case .operationItems: "listOperationItems"
        case .beginOperation: "beginOperation"
        case .erasures: "listErasures"
        case .erasure: "getErasure"
        case .erase: "erasePerson"
        case .money: "getMoney"
        case .moneyHolds: "listMoneyHolds"
        case .moneyHold: "getMoneyHold"
        case .holdMoney: "holdMoney"
        case .releaseMoney: "releaseMoney"
        case .steerOperation(let steering): steering.rawValue + "Operation"
        case .alerts: "listAlerts"
        case .alert: "getAlert"
        case .acknowledgeAlert: "acknowledgeAlert"
        case .testAlert: "testAlert"
        case .silences: "listSilences"
        case .silence: "silenceAlerts"
        case .endSilence: "endSilence"
        case .deliveries: "listDeliveries"
        case .redeliver: "redeliver"
        case .retention: "getRetention"
        case .archived: "getArchivedInstance"
        case .restoreArchived: "restoreArchivedInstance"
        case .statements: "listStatements"
        case .statement: "getStatement"
        case .statementDocument: "getStatementDocument"
        case .audit: "listAudit"
        case .putAttachment: "putAttachment"
        case .attachment: "getAttachment"
        case .whoami: "getPrincipal"
        case .sessions: "listSessions"
        case .endSessions: "endSessions"
        case .tokens: "listTokens"
        case .issueToken: "issueToken"
        case .revokeToken: "revokeToken"
        case .startFromOutside: "startFromOutside"
        }
    }

    /// `fireTimer`, `claimTask`, `backfillSchedule`.
    private static func id(_ action: ActionDeclaration) -> String {
        let words = action.verb.name.split(separator: "-")
        let verb = words.enumerated().map {
            $0.offset == 0 ? String($0.element) : capitalized($0.element)
        }
        .joined()
        if action.verb == .fireTimer { return verb }
        return verb + capitalized(action.subject.rawValue)
    }

    private static func capitalized(_ word: some StringProtocol) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }
}
