import Execution
import Values

/// An instance that is held with its workflow: a record by its id, in a group of the workflow's name.
package enum InstanceHold {
    package static let collection = "pawl.workflow-hold"

    static func id(_ instance: InstanceID) -> String { instance.rawValue.padded(to: 19) }

    package static func instance(ofRecord id: String) -> InstanceID? {
        Int64(id).map { InstanceID($0) }
    }
}
