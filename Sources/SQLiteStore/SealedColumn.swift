import Encryption
import Execution

/// A column whose values are sealed.
package struct SealedColumn: Sendable {
    let table: String
    let column: String
    /// What a row is found by, in order.
    let key: [String]
    /// Equal values stay equal; they have no row.
    var isAlike = false
    /// What is not sealed is a blob too.
    var isBlob = false

    /// `table.column`
    package var name: String { "\(table).\(column)" }

    package static let all = [
        SealedColumn(table: "instances", column: "body", key: ["id"], isBlob: true),
        SealedColumn(table: "instances", column: "pause_reason", key: ["id"], isAlike: true),
        SealedColumn(table: "history", column: "entries", key: ["instance", "last"]),
        SealedColumn(table: "calls", column: "data", key: ["instance", "activation", "dispatch"]),
        SealedColumn(table: "messages", column: "data", key: ["source", "number"]),
        SealedColumn(
            table: "receipts", column: "fingerprint", key: ["workflow", "key", "event_id"]),
        SealedColumn(table: "receipts", column: "data", key: ["workflow", "key", "event_id"]),
        SealedColumn(table: "kept", column: "data", key: ["arrival"]),
        SealedColumn(table: "unmatched", column: "data", key: ["early", "number"]),
        SealedColumn(table: "records", column: "body", key: ["collection", "id"]),
        SealedColumn(table: "members", column: "data", key: ["instance", "activation", "number"]),
        SealedColumn(table: "incidents", column: "message", key: ["instance", "number"]),
        SealedColumn(
            table: "incidents", column: "cause", key: ["instance", "number"], isAlike: true),
        SealedColumn(table: "incidents", column: "data", key: ["instance", "number"]),
        SealedColumn(table: "tasks", column: "data", key: ["instance", "activation"]),
    ]

    /// The others, and why each stays as it is.
    package static let plain: [(reason: String, columns: [String])] = [
        (
            "names, which rows are found by",
            [
                "instances.workflow", "instances.key", "receipts.workflow", "receipts.key",
                "receipts.event_id", "kept.workflow", "kept.key", "records.collection",
                "records.id",
                "records.grp", "unmatched.event", "unmatched.workflow", "unmatched.key",
                "tasks.workflow", "tasks.key", "attachment_references.workflow",
                "attachment_references.key", "record_entries.id", "record_indexes.collection",
                "record_indexes.declaration", "ledgers.collection", "settings.name",
            ]
        ),
        (
            "people and roles, whom lists are made for",
            [
                "instances.paused_by", "tasks.role", "tasks.assignee", "tasks.claimed",
                "tasks.decider", "attachments.put_by",
            ]
        ),
        (
            "numbers that rows are found and ordered by",
            [
                "instances.id", "instances.version", "instances.revision", "history.instance",
                "history.last", "timers.instance", "timers.kind", "timers.number", "calls.instance",
                "calls.activation", "calls.dispatch", "messages.source", "messages.number",
                "kept.arrival", "records.revision", "unmatched.early", "unmatched.number",
                "members.instance", "members.activation", "members.number", "incidents.instance",
                "incidents.number", "tasks.instance", "tasks.activation", "tasks.urgency",
                "search_attributes.instance", "record_entries.number", "record_indexes.number",
                "record_indexes.is_built", "attachments.size", "mark.id", "instances.incidents",
            ]
        ),
        (
            "states and kinds, which are counted",
            [
                "instances.status", "instances.states", "instances.is_retrying", "members.status",
                "incidents.kind", "tasks.status", "tasks.state", "tasks.outcome",
                "unmatched.outcome", "attachments.type",
            ]
        ),
        (
            "moments, which are waited for",
            [
                "instances.started_at", "instances.updated_at", "instances.ended_at",
                "instances.overdue_at", "instances.paused_at", "timers.due", "receipts.at",
                "kept.arrived_at", "kept.expires_at", "unmatched.at", "incidents.opened_at",
                "incidents.closed_at", "tasks.due", "attachments.put_at",
                "attachments.condemned_at",
            ]
        ),
        (
            "search attributes, which lists are filtered by: what a workflow declares as one is readable",
            ["instances.search", "search_attributes.name", "search_attributes.value"]
        ),
        (
            "fields of records that a business declares an index over, in the order of the index",
            ["records.entries", "record_entries.key"]
        ),
        (
            "a hash of content, which is its name",
            ["attachments.sha256", "attachment_references.sha256"]
        ),
        (
            "what the project's files say",
            [
                "definitions.kind", "definitions.name", "definitions.version", "definitions.hash",
                "definitions.source",
            ]
        ),
        (
            "who did what: it is verified without a key, and has hashes in place of payloads",
            [
                "audit.sequence", "audit.at", "audit.body", "audit.subject", "audit.principal",
                "audit.reason", "audit.target_key", "audit.subject_seal", "audit.principal_seal",
                "audit.reason_seal", "audit.key_seal", "audit.previous", "audit.hash",
            ]
        ),
        (
            "the engine's own: clock, usual times, how far something has come, which keys there are",
            ["settings.value", "mark.text"]
        ),
    ]
}
