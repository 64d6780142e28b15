import Engine
import Logging
import Values

extension Logger {
    /// What becomes of a jump of the wall clock.
    func tell(_ turn: ClockTurn) {
        switch turn {
        case .jumped(let by, let wall, let after):
            error(
                "the wall clock has jumped and is not followed until that has held",
                metadata: [
                    "by": "\(Self.signed(by))", "wall": "\(wall.rfc3339)",
                    "followedAfter": "\(after.shortText)", "fix": "pawl clock",
                ])
        case .returned:
            notice("the wall clock is back from its jump: nothing of it was followed")
        case .followed(let by, let isAsked):
            warning(
                "the wall clock's jump is followed",
                metadata: [
                    "by": "\(Self.signed(by))",
                    "reason": "\(isAsked ? "a person asked for it" : "it has held")",
                ])
        }
    }

    private static func signed(_ span: Duration) -> String {
        (span < .zero ? "-" : "+") + ClockStanding.text(span)
    }
}
