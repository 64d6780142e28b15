import Values

/// How the store's time stands to the wall clock, at one look at both.
package struct ClockStanding: Sendable, Hashable {
    /// A jump of the wall clock that is not followed, or not yet.
    package struct Jump: Sendable, Hashable {
        /// What the wall clock shows beyond what it should; below zero: it was set back.
        package let by: Duration
        /// In the store's time.
        package let since: Timestamp
        /// It is followed if it holds for so long from now on.
        package let followedIn: Duration
    }

    package let store: Timestamp
    package let wall: Timestamp
    package let jump: Jump?
    /// How far the store's time is before the wall clock's, which was set back: it goes on at half speed until the wall clock
    /// has caught up. Zero where there is nothing to catch up with.
    package let ahead: Duration

    /// The store's time is not the wall clock's.
    package var isApart: Bool { jump != nil || ahead >= Self.worthTelling }

    /// What clocks are corrected by every day is nobody's concern.
    private static let worthTelling = Duration.seconds(10)

    /// What is to be known of it, in a sentence; nil: there is nothing to say.
    package var sentence: String? {
        if let jump {
            let way = jump.by < .zero ? "back" : "ahead"
            return
                "the wall clock has jumped \(way) by \(Self.text(jump.by)) to \(wall.rfc3339) and "
                + "is not followed yet: the engine's time goes on evenly; if the jump holds it is followed in "
                + "\(max(jump.followedIn, .zero).shortText)"
        }
        guard ahead >= Self.worthTelling else { return nil }
        return
            "the engine's time is \(Self.text(ahead)) ahead of the wall clock, which was set back: it goes on "
            + "at half speed for \(Self.text(ahead * 2)), until the wall clock has caught up"
    }

    /// To the second.
    package static func text(_ span: Duration) -> String {
        let positive = max(span, .zero - span) + .milliseconds(500)
        return Duration.seconds(positive.components.seconds).shortText
    }
}

/// What has become of a jump of the wall clock; told once.
package enum ClockTurn: Sendable, Hashable {
    /// It is not followed until it has held for so long.
    case jumped(by: Duration, to: Timestamp, followedAfter: Duration)
    /// The wall clock is where it should be again.
    case returned
    /// It has held, or a person has asked for it.
    case followed(by: Duration, isAsked: Bool)
}
