import Alerts
import Definition
import Execution
import Values

/// What an alert is to those who look at it.
package enum AlertStatus: String, Sendable, Hashable, CaseIterable {
    /// Receivers are told of it.
    case firing
    /// Somebody sees to it: nobody is told again before it is over.
    case acknowledged
    /// A silence holds.
    case silenced
    case resolved
}

extension Alert {
    /// - Parameter silences: of those that there are.
    package func status(_ silences: [Silence], at now: Timestamp) -> AlertStatus {
        if resolvedAt != nil { return .resolved }
        if acknowledgement != nil { return .acknowledged }
        return silence(among: silences, at: now) == nil ? .firing : .silenced
    }

    private func silence(among silences: [Silence], at now: Timestamp) -> Silence? {
        silences.first { $0.holds(at: now) && matches($0.matcher) }
    }

    /// The API's resource `alert`.
    /// - Parameter deliveries: at least those of this alert that were not taken.
    package func document(
        _ silences: [Silence], _ deliveries: [AlertDelivery], at now: Timestamp
    ) -> Value {
        let telling = AlertTelling(self, deliveries)
        var map = document(as: resolvedAt == nil ? .firing : .resolved)
        map["status"] = .string(status(silences, at: now).rawValue)
        map["messages"] = .int(Int64(messages))
        map["told"] = .list(
            telling.told.map {
                ["receiver": .string($0.receiver.text), "at": .string($0.at.rfc3339)]
            })
        map["untold"] = .list(telling.untold.map(\.document))
        map.set(
            "acknowledgement",
            acknowledgement.map {
                [
                    "by": .string($0.by.description), "at": .string($0.at.rfc3339),
                    "note": .string($0.note),
                ]
            })
        map.set("silence", silence(among: silences, at: now)?.document(at: now))
        return .map(map)
    }
}

extension Silence {
    /// The API's resource `silence`.
    package func document(at now: Timestamp) -> Value {
        var map: ValueMap = [
            "id": .string(id), "from": .string(from.rfc3339), "until": .string(until.rfc3339),
            "by": .string(by.description), "reason": .string(reason),
            "holds": .bool(holds(at: now)),
        ]
        if !matcher.kinds.isEmpty {
            map["kinds"] = .list(
                Condition.Kind.allCases.filter(matcher.kinds.contains).map { .string($0.rawValue) })
        }
        map.set("workflow", matcher.workflow.map(Value.string))
        map.set("adapter", matcher.adapter.map(Value.string))
        map.set("cause", matcher.cause.map(Value.string))
        return .map(map)
    }
}

extension AlertDelivery {
    /// The API's resource `delivery`.
    package var document: Value {
        var map: ValueMap = [
            "id": .string(id), "status": .string(status.rawValue),
            "receiver": .string(receiver.text), "type": event["type"] ?? "",
            "attempts": .int(Int64(attempts)), "madeAt": .string(madeAt.rfc3339),
        ]
        map.set("address", address.map(Value.string))
        map.set("alert", alert.map(Value.string))
        if status == .pending { map["nextAt"] = .string(nextAt.rfc3339) }
        map.set("endedAt", endedAt.map { .string($0.rfc3339) })
        map.set("error", error.map(Value.string))
        map.set("sentence", event["data"]?["sentence"])
        return .map(map)
    }
}

extension DisabledReceiver {
    package var document: Value {
        ["name": .string(name.text), "at": .string(at.rfc3339), "reason": .string(reason)]
    }
}
