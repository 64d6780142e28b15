import CEL

/// That an operation moves money, and what of its input says how much: `money` in an adapter's manifest. Nothing else
/// tells the engine which calls those are.
package struct MoneyFlow: Sendable, Hashable {
    package enum Direction: String, Sendable, Hashable, CaseIterable {
        /// To others.
        case outgoing = "out"
        /// From others.
        case incoming = "in"
    }

    package let direction: Direction
    /// Over `input`: an integer in the minor units of the currency; nil, or null of it: nobody knows.
    package let amount: Expression?
    /// Over `input`: the code of ISO 4217.
    package let currency: Expression?
    /// Over `input`: whose money it is.
    package let account: Expression?

    package init(
        _ direction: Direction, amount: Expression? = nil, currency: Expression? = nil,
        account: Expression? = nil
    ) {
        self.direction = direction
        self.amount = amount
        self.currency = currency
        self.account = account
    }
}
