import Execution
import Values

/// What the API answers with, by name, as JSON Schema of draft 2020-12. Members may be added to any of them: who reads
/// them passes over what they do not know.
package enum ResourceSchema {
    /// In the order of the reference.
    package static let all: [(name: String, schema: Value)] =
        ofInstances + ofTasks + ofMany + ofOperations + ofErasures + ofMoney + ofSchedules
        + ofAlerts
        + ofStatements + ofRetention + ofAudit
        + ofTheCatalog
        + ofAccess + ofTheProcess

    package static let memberStatus = Value.list(
        (["running"] + MemberRow.Status.allCases.map(\.rawValue)).map { .string($0) })

    static let usual = described(
        object(["medianSeconds": number, "p95Seconds": number, "visits": integer]),
        "How long instances stay in the state: of the last 200 visits that have ended.")

    // MARK: Parts of schemas

    static let text: Value = ["type": "string"]
    static let number: Value = ["type": "number"]
    static let integer: Value = ["type": "integer"]
    static let flag: Value = ["type": "boolean"]
    static let moment: Value = ["type": "string", "format": "date-time"]
    static let anything: Value = true
    static let texts = list(text)
    /// Names that the workflow or the engine chooses.
    static let map: Value = ["type": "object"]

    static func object(_ required: ValueMap, optional: ValueMap = ValueMap()) -> Value {
        [
            "type": "object",
            "required": .list(required.keys.compactMap(\.stringValue).map { .string($0) }),
            "properties": .map(required.merging(optional)),
        ]
    }

    static func list(_ element: Value) -> Value { ["type": "array", "items": element] }

    static func choice(_ names: [String]) -> Value {
        ["type": "string", "enum": .list(names.map { .string($0) })]
    }

    package static func reference(_ name: String) -> Value {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    static func described(_ schema: Value, _ text: String) -> Value {
        guard var map = schema.mapValue else { return schema }
        map["description"] = .string(text)
        return .map(map)
    }
}

/// What is sent, where it is no action's.
enum BodySchema {
    static func text(upTo limit: Int64 = 200) -> Value {
        ["type": "string", "minLength": 1, "maxLength": .int(limit)]
    }

    static func closed(_ required: ValueMap, optional: ValueMap = ValueMap()) -> Value {
        var schema = ResourceSchema.object(required, optional: optional).mapValue ?? ValueMap()
        schema["additionalProperties"] = false
        if required.isEmpty { schema["required"] = nil }
        return .map(schema)
    }

    static let start = closed(
        ValueMap(), optional: ["key": text(), "input": true, "params": ["type": "object"]])

    private static let told: ValueMap = ["id": text(), "data": true]

    static let event = closed(["event": text()], optional: told)

    static let correlated = closed(
        ["event": text()], optional: told.merging(["key": text(), "workflow": text()]))

    static let substitution = closed(
        ["for": text(), "by": text(), "until": ResourceSchema.moment],
        optional: [
            "from": ResourceSchema.moment, "workflows": ResourceSchema.texts,
            "reason": text(upTo: 1000),
        ])

    static let operation = closed(
        [
            "action": ResourceSchema.choice(BulkRequest.actions.map(\.verb.name))
        ],
        optional: [
            "arguments": ResourceSchema.described(
                ["type": "object"], "The action's own, as when it is done to one instance."),
            "filter": ResourceSchema.described(
                text(upTo: 2000), "Which instances (filter.md); this or `cause`."),
            "cause": ResourceSchema.described(
                text(upTo: 1000), "Those with an open incident of this cause."),
            "reason": ResourceSchema.described(
                text(upTo: 1000), "Why; it is kept in each history. A dry run needs none."),
            "canary": [
                "type": "integer", "minimum": 0, "maximum": .int(Int64(BulkOperation.maximumItems)),
                "description": "It waits after so many; 0: it does not.",
            ],
            "rate": [
                "type": "number", "minimum": .double(BulkOperation.Plan.rates.lowerBound),
                "maximum": .double(BulkOperation.Plan.rates.upperBound),
                "default": .double(BulkOperation.Plan.usualRate),
                "description": "Instances a second, at most.",
            ],
            "stopAfter": [
                "type": "integer", "minimum": 1, "maximum": .int(Int64(BulkOperation.maximumItems)),
                "default": .int(Int64(BulkOperation.Plan.usualStop)),
                "description": "So many that fail again or are refused stop it.",
            ],
            "dryRun": ResourceSchema.flag,
        ])

    static let endOfSubstitution = closed(["for": text(), "by": text()])
}
