import NIOCore
import Synchronization

/// Whether whoever asked is still there; of one connection.
final class Departure: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isGone = false
        var nextNumber = 0
        var waiting: [Int: @Sendable () -> Void] = [:]
        var certificates: [[UInt8]] = []
    }

    /// What the client has shown of itself, of an authority that the server trusts: DER, its own first.
    var certificates: [[UInt8]] { state.withLock { $0.certificates } }

    func shows(_ certificates: [[UInt8]]) { state.withLock { $0.certificates = certificates } }

    /// The client has closed its end.
    func leave() {
        let waiting = state.withLock { state in
            state.isGone = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for tell in waiting.values { tell() }
    }

    /// What the body comes to; it is cancelled when the client goes, or is gone.
    func whileThere<T: Sendable>(
        _ body: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        let task = Task { try await body() }
        let number = note { task.cancel() }
        defer { forget(number) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// - Returns: nil when it was told at once.
    private func note(_ tell: @escaping @Sendable () -> Void) -> Int? {
        let number: Int? = state.withLock { state in
            guard !state.isGone else { return nil }
            state.nextNumber += 1
            state.waiting[state.nextNumber] = tell
            return state.nextNumber
        }
        if number == nil { tell() }
        return number
    }

    private func forget(_ number: Int?) {
        guard let number else { return }
        state.withLock { state in _ = state.waiting.removeValue(forKey: number) }
    }
}

/// The connections that there are.
final class Departures: Sendable {
    private let all = Mutex<[ObjectIdentifier: Departure]>([:])

    /// nil: it is gone already.
    subscript(channel: any Channel) -> Departure? {
        all.withLock { $0[ObjectIdentifier(channel)] }
    }

    func enter(_ channel: any Channel) -> Departure {
        let departure = Departure()
        all.withLock { $0[ObjectIdentifier(channel)] = departure }
        return departure
    }

    func leave(_ channel: any Channel) {
        let departure = all.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
        departure?.leave()
    }
}
