extension BinaryInteger {
    /// The digits with zeros before them: texts of one width sort as their numbers do. Of what is not negative.
    /// - Parameter width: a longer number stays whole.
    package func padded(to width: Int, radix: Int = 10) -> String {
        let digits = String(self, radix: radix)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }
}
