import Values

/// The store's time: what decisions and timers run on. Never steps back.
package protocol StoreClock: Sendable {
    func now() -> Timestamp
    /// How long to sleep until then.
    func delay(until moment: Timestamp) -> Duration
    /// How it stands to the wall clock; nil: it has none.
    var standing: ClockStanding? { get }
    /// Takes the wall clock as it is now, however far it has jumped.
    func follow()
}

extension StoreClock {
    package var standing: ClockStanding? { nil }
    package func follow() {}
}
