/// The port for what leaves the process: makes calls and answers each exactly once, whatever happens.
package protocol CallPort: Sendable {
    /// Returns at once; the answer comes through the closure that the port was made with. The same call may be
    /// submitted again after a restart.
    func submit(_ call: CallRow)

    /// The call shall not leave any more. One that has not left, or was never submitted, is answered as `withdrawn`;
    /// one that has left is not touched.
    func withdraw(_ call: CallID, recall: Int64)

    /// No call of the adapter leaves, or they do again in their order. Those that have left are not touched.
    func setPaused(_ isPaused: Bool, adapter: String)

    /// No call that one of these covers leaves any more; those that wait are answered as `held`, and so is what is
    /// submitted later. Those that have left are not touched.
    func setHolds(_ holds: MoneyHolds)

    /// The adapter's open breaker lets its next call through now.
    func probe(adapter: String)

    /// Every adapter, for explanations.
    /// - Parameter calls: those whose place in the queue is asked for, all in one walk.
    func conditions(of calls: [CallID]) -> [AdapterCondition]
}
