import Values

extension Engine {
    /// Between two looks at what is kept for instances that have not started.
    private static let expiring = Duration.seconds(600)
    /// Removed in one transaction.
    private static let share = 500

    /// Until it is cancelled. What has expired counts for nobody; here it goes from the disk.
    func expireForEver() async {
        while !Task.isCancelled {
            expireKept()
            do { try await Task.sleep(for: Self.expiring) } catch { return }
        }
    }

    /// A store that takes no writes now takes them the next time.
    private func expireKept() {
        while let gone = try? store.expireKept(by: clock.now(), limit: Self.share),
            gone == Self.share, !Task.isCancelled
        {}
    }
}
