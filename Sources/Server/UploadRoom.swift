import Definition
import Sabotage
import Synchronization

/// How much of requests' bodies is in memory at once. Small bodies always have room; what large ones have beyond that is shared,
/// so that many which never come to their end take no more than this.
final class UploadRoom: Sendable {
    /// Of each body; not counted.
    static let own = 64 << 10

    private let limit: Int
    private let taken = Mutex(0)

    /// - Parameter limit: bytes beyond what each body has of its own.
    init(limit: Int) { self.limit = limit }

    var free: Int { taken.withLock { limit - $0 } }

    /// Of one request, until nobody holds it.
    func share() -> Share { Share(self) }

    final class Share: Sendable {
        private let room: UploadRoom
        private let state = Mutex((own: UploadRoom.own, taken: 0))

        fileprivate init(_ room: UploadRoom) { self.room = room }

        /// - Throws: `overloaded` where there is no room.
        func take(_ bytes: Int) throws(Refusal) {
            let shared = state.withLock { state in
                let shared = max(0, bytes - state.own)
                state.own = max(0, state.own - bytes)
                return shared
            }
            guard shared > 0 else { return }
            guard room.take(shared) else { throw Self.full }
            state.withLock { $0.taken += shared }
        }

        private static let full = Refusal(
            Problem(
                .overloaded, "too many large bodies are on their way",
                fix: "try again in a second; bodies up to 64 KiB are taken now"))

        /// Nothing is left of the body but what was made of it.
        func end() {
            room.give(
                state.withLock { state in
                    defer { state.taken = 0 }
                    return state.taken
                })
        }

        deinit { end() }
    }

    private func take(_ bytes: Int) -> Bool {
        taken.withLock { taken in
            guard taken + bytes <= limit || isMutant(.uploadsWithoutBound) else { return false }
            taken += bytes
            return true
        }
    }

    private func give(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}
