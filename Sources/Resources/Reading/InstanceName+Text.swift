import Execution
import Values

extension InstanceName {
    /// `loan/7`: the workflow is what stands before the first slash.
    package init?(parsing text: String) {
        guard let (workflow, key) = text.cut(at: "/"), !workflow.isEmpty, !key.isEmpty else {
            return nil
        }
        self.init(workflow: workflow, key: key)
    }
}
