import Definition
import Sabotage
import Values

/// Calls that move money while somebody holds it (docs/reference/money-hold.md).
///
/// An attempt that was not sent waits as `held`: it counts as no attempt, has no timer, and no deadline of its step runs
/// out. One that was sent is awaited or asked about like any other; only sending again waits.
extension Draft {
    /// Instead of the next attempt.
    /// - Returns: false when nothing holds it.
    mutating func holdMoney(_ number: Int64) -> Bool {
        guard let activation = activation(number), let call = activation.call,
            let hold = catalog.hold(of: call, activation.input)
        else { return false }
        if case .held = call.phase { return true }
        updateCall(number) { [now] in $0.hold(at: now) }
        recordHeld(activation, by: hold)
        return true
    }

    /// The adapters did not send it, for somebody holds its money.
    /// - Parameter mayHaveLeft: an earlier process may have.
    mutating func takeMoneyHeld(_ activation: Activation, mayHaveLeft: Bool) {
        guard let call = activation.call, call.phase == .calling,
            !run.holdsAnswer(to: activation.number, call)
        else { return }
        let number = activation.number
        if mayHaveLeft {
            updateCall(number) { $0.mayHaveTakenEffect() }
            record(.callUnknown, describe(number, .interruptedByHold))
            if askIfPossible(number) { return settlePending() }
        }
        guard !activation.isAbandoned || activation.isDetached else {
            record(.callWithdrawn, describe(activation))
            settleAbandoned(number)
            return settlePending()
        }
        guard let hold = catalog.hold(of: call, activation.input) else {
            // It was released meanwhile.
            record(.callWithdrawn, describe(activation))
            return updateCall(number) { [now] in $0.takeBack(at: now) }
        }
        updateCall(number) { [now] in $0.holdUnsent(at: now) }
        recordHeld(activation, by: hold)
    }

    /// The remote says that an attempt took no effect, and the next one must wait: it is as if it had not been made.
    /// - Returns: false when nothing holds it.
    mutating func holdNotApplied(_ number: Int64) -> Bool {
        guard let activation = activation(number), let call = activation.call,
            !activation.isAbandoned || activation.isDetached,
            let hold = catalog.hold(of: call, activation.input)
        else { return false }
        updateCall(number) { [now] in $0.holdUnsent(at: now) }
        recordHeld(activation, by: hold)
        return true
    }

    private mutating func recordHeld(_ activation: Activation, by hold: MoneyHold) {
        var data = describe(activation).mapValue ?? ValueMap()
        data["hold"] = .int(hold.number)
        data["by"] = .string(hold.placed.by.description)
        data["reason"] = .string(hold.placed.reason)
        record(.moneyHeld, .map(data))
    }

    /// Some hold was released: what no other holds goes on.
    mutating func releaseMoney() {
        let held = run.activations.filter { $0.heldSince != nil }
        let free = held.filter { activation in
            activation.call.map { catalog.hold(of: $0, activation.input) == nil } ?? false
        }
        guard !free.isEmpty else { return }
        for fanOut in Set<Int64>(free.compactMap { $0.membership?.fanOut }).sorted() {
            // What its members waited together is no time of its own.
            let members = held.filter { $0.membership?.fanOut == fanOut }
            guard let since = members.compactMap(\.heldSince).min() else { continue }
            update(fanOut) { [now] in $0.prolong(by: now - since) }
            for member in members where !free.contains(where: { $0.number == member.number }) {
                updateCall(member.number) { [now] in $0.holdAnew(at: now) }
            }
        }
        for activation in free {
            record(.moneyReleased, describe(activation))
            updateCall(activation.number) { [now] in $0.letGo(at: now) }
        }
    }
}

extension CallError {
    static let interruptedByHold = CallError(
        name: "unavailable",
        message:
            "the process stopped while the call may have been under way; its money is held now",
        isRetryable: true)
}

extension Activation {
    /// Somebody holds its money since then.
    package var heldSince: Timestamp? {
        if case .held(let since) = call?.phase { since } else { nil }
    }
}

extension Run {
    /// When something happens to it by itself. While the money of a call is held no deadline of its step runs out, that of
    /// a fan-out neither while any member's is.
    package func nextMoment(of activation: Activation) -> Timestamp? {
        guard activation.fanOut != nil, activation.deadline != nil,
            activations.contains(where: {
                $0.membership?.fanOut == activation.number && $0.heldSince != nil
            })
        else { return activation.nextMoment }
        return nil
    }
}
