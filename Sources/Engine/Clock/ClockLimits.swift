import Values

/// How far a wall clock is believed. The words are those of ntpd, which does not step a clock either until a difference
/// beyond its step threshold has held for the stepout.
package struct ClockLimits: Sendable, Hashable {
    /// A jump of more than that, either way, is not followed at once.
    package var step = Duration.seconds(3_600)
    /// It is followed once it has held for so long.
    package var stepout = Duration.seconds(600)
    /// How long an engine may have been away: at its start the wall clock may be so far ahead of the last moment that is recorded.
    package var absence = Duration.seconds(400 * 86_400)

    package init() {}

    package init(step: Duration, stepout: Duration, absence: Duration) {
        self.step = step
        self.stepout = stepout
        self.absence = absence
    }
}
