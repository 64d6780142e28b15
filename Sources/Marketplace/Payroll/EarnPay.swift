import Guest
import Sabotage
import Values

/// `payroll.earn {worker, orderId, outcome, price, currency?, at, share?, penalty?} -> {transaction, amount}`: what the end of
/// an order means for its worker: a share of its price, or a penalty. The business date is the outcome, the
/// transaction the call's key. No discount, decline or write-off of the client touches it.
struct EarnPay: LocalOperation {
    func perform(_ call: Call<Value>, _ records: inout Records) throws(Refusal) -> Value {
        let worker = try call.input.person("worker")
        let currency = try call.input.currency()
        let outcome = try call.input.text("outcome")
        let orderID = try call.input.text("orderId")
        let at = try call.input.time("at")
        let line: PayLine
        switch outcome {
        case "completed":
            let share = call.input["share"]?.intValue ?? Pay.share
            let price = try call.input.price()
            line = PayLine(
                id: call.key, worker: worker, .work, at: at,
                amount: try Pay.part(share, of: price), currency: currency,
                facts: [
                    "orderId": .string(orderID), "price": .int(price), "share": .int(share),
                ])
        case "failed":
            let units = call.input["penalty"]?.intValue ?? Pay.penalty
            line = PayLine(
                id: call.key, worker: worker, .penalty, at: at,
                amount: -(try Pay.minor(units, currency)), currency: currency,
                facts: ["orderId": .string(orderID), "units": .int(units)])
        default: throw .invalid("outcome", "`completed` or `failed`: nothing else is paid")
        }
        _ = try line.post(
            line.kind == .work ? .work : .penalties, line.kind == .work ? .work : .penalty,
            Booking(call), to: &records)
        return ["transaction": .string(call.key), "amount": .int(line.amount)]
    }
}

/// The figures of.
package enum Pay {
    /// In thousandths of the price.
    package static let share: Int64 = 600
    /// In units of the currency.
    package static let penalty: Int64 = 40
    static let rounding = "half-even on each line"

    /// Half to even on the line; the part of a negative amount is the mirror of the part of its positive one.
    /// - Parameter share: in thousandths, from 0 to 1,000.
    package static func part(_ share: Int64, of amount: Int64) throws(Refusal) -> Int64 {
        guard (0...1_000).contains(share) else {
            throw .invalid("share", "thousandths, from 0 to 1000")
        }
        let product = Int128(amount) * Int128(share)
        if isMutant(.halfRoundedUp) { return Int64(clamping: (product * 2 + 1_000) / 2_000) }
        guard let part = Int64(exactly: Rounding.halfEven(product, by: 1_000)) else {
            throw .outOfRange
        }
        return part
    }

    /// Units in minor units, not above what a line can be.
    static func minor(_ units: Int64, _ currency: String) throws(Refusal) -> Int64 {
        guard units >= 0, let amount = Currency(currency)?.minor(units: units),
            amount <= Ledger.maximumAmount
        else { throw .outOfRange }
        return amount
    }

    /// What is to be paid, and what is left for the month after: `due - carry` is never both.
    /// - Parameter sum: of the lines, with what was carried here.
    package static func split(_ sum: Int64) -> (due: Int64, carry: Int64) {
        (max(0, sum), min(0, sum))
    }
}

extension Value {
    /// In minor units; what an order cost.
    fileprivate func price() throws(Refusal) -> Int64 {
        guard let price = self["price"]?.intValue, (0...Ledger.maximumAmount).contains(price)
        else { throw .invalid("price", "an integer from 0 to \(Ledger.maximumAmount)") }
        return price
    }

    /// In minor units, with either sign.
    func signedAmount(_ member: String) throws(Refusal) -> Int64 {
        guard let amount = self[member]?.intValue, amount != 0,
            amount.magnitude <= Ledger.maximumAmount.magnitude
        else {
            throw .invalid(
                member, "an integer other than 0, of \(Ledger.maximumAmount) at most")
        }
        return amount
    }
}
