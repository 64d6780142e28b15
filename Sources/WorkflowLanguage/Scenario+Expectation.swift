import Execution
import Values

/// What must hold at a step. What is nil or empty is not looked at.
package struct ScenarioExpectation: Sendable, Hashable {
    /// nil: the instance under test.
    package let instance: InstanceName?
    /// Ids of states that must all be active; an id of a state above the active ones counts.
    package let states: [String]
    /// Ids of states that must not be active.
    package let notStates: [String]
    /// The run's status as the API writes it: `running`, `completed`, `failed`, `cancelled`, …
    package let status: String?
    /// The instance's output, in part: maps may hold more.
    package let output: Value?
    /// In part.
    package let context: ValueMap
    /// How often tasks were called since the start, repeats included.
    package let calls: [Count]
    /// Mails sent since the start, in any order, each matched by one; nil: not looked at.
    package let mails: [Mail]?
    /// How many mails were sent since the start.
    package let mailCount: Int?
    package let blocker: Blocker?
    /// Open incidents.
    package let incidents: Int?
    /// Kept events.
    package let kept: Int?
    package let records: [Record]
    /// Other instances by name, with the states that must be active and their status.
    package let instances: [Other]

    package struct Count: Sendable, Hashable {
        /// `adapter.operation`.
        package let task: String
        package let count: Int
    }

    package struct Mail: Sendable, Hashable {
        /// To the letter.
        package let to: String?
        /// The name of a mail of `mails`.
        package let mail: String?
        /// A part of it.
        package let subject: String?
        /// A part of it.
        package let text: String?
    }

    package struct Blocker: Sendable, Hashable {
        package let kind: String?
        /// A part of the sentence.
        package let contains: String?
    }

    package struct Record: Sendable, Hashable {
        package let collection: String
        package let id: String
        /// In part; nil: the record must not be there.
        package let body: Value?
    }

    package struct Other: Sendable, Hashable {
        package let instance: InstanceName
        package let states: [String]
        package let status: String?
    }
}

extension Value {
    /// Whether everything in the other value is in this one: maps may hold more, lists must be as
    /// long.
    package func contains(_ part: Value) -> Bool {
        switch (self, part) {
        case (.map(let map), .map(let wanted)):
            return wanted.entries.allSatisfy { entry in
                map[entry.key].map { $0.contains(entry.value) } ?? false
            }
        case (.list(let list), .list(let wanted)):
            return list.count == wanted.count && zip(list, wanted).allSatisfy { $0.contains($1) }
        default: return celEquals(part)
        }
    }
}
