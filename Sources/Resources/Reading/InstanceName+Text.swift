import Execution

extension InstanceName {
    /// `loan/7`: the workflow is what stands before the first slash.
    package init?(parsing text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(workflow: String(parts[0]), key: String(parts[1]))
    }
}
