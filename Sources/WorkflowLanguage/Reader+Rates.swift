extension Reader {
    /// `100/s`, `10/min`, `1000/h`, in a second.
    mutating func rate(_ node: YAMLNode?) -> Double? {
        guard let node else { return nil }
        let parts = node.text.split(separator: "/", omittingEmptySubsequences: false)
        let seconds: Double? =
            switch parts.count == 2 ? parts[1] : "" {
            case "s": 1
            case "min", "m": 60
            case "h": 3600
            default: nil
            }
        guard let seconds, let first = parts.first, let count = Int(first), count > 0 else {
            error(
                .invalidRate, "a rate is a count per s, min or h, like 100/s, not '\(node.text)'",
                at: node)
            return nil
        }
        return Double(count) / seconds
    }
}
