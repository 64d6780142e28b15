import Values

/// How the engine stands at a moment: read once, for whatever tells it (`/v1/system`, `/metrics`).
package struct Standing: Sendable, Hashable {
    /// Of the last hour, the oldest first; the last one is not over yet.
    package let samples: [Vitals.Sample]
    /// Of the database with its log, of the log alone, and what is left where they are; nil: it is on no disk.
    package let bytes: Int64?
    package let logBytes: Int64?
    package let freeBytes: Int64?

    /// The interval that is not over yet may have just begun: the one before it counts, too.
    private var recent: ArraySlice<Vitals.Sample> { samples.suffix(2) }

    /// The most work that waited in the last five to ten seconds.
    package var waiting: Int { recent.map(\.waiting).max() ?? 0 }
    /// How late the latest timer of the same time was.
    package var late: Duration { recent.map(\.late).max() ?? .zero }
}

extension Engine {
    package var standing: Standing {
        let samples = vitals.samples()
        return Standing(
            samples: samples, bytes: samples.last?.bytes, logBytes: store.logSize,
            freeBytes: store.room)
    }
}
