import CEL
import Definition
import Values

/// So much of a currency, in its minor units.
package struct MoneyAmount: Sendable, Hashable {
    package let minor: Int64
    @ExactText package private(set) var currency: String

    package init(_ minor: Int64, _ currency: String) {
        self.minor = minor
        self.currency = currency
    }
}

extension MoneyFlow {
    package enum Account: Sendable, Hashable {
        case known(String)
        case nobody
        /// The expression failed.
        case failed
    }

    package func account(of input: Value) -> Account {
        guard let account else { return .nobody }
        do throws(EvaluationError) {
            switch try account.evaluate(["input": input]).plain {
            case .null: return .nobody
            case .string(let text): return .known(text)
            case .int(let number): return .known(String(number))
            default: return .failed
            }
        } catch {
            return .failed
        }
    }

    /// nil: nobody knows.
    package func amount(of input: Value) -> MoneyAmount? {
        guard let amount, let currency,
            let minor = (try? amount.evaluate(["input": input]))?.plain.intValue,
            let code = (try? currency.evaluate(["input": input]))?.plain.stringValue
        else { return nil }
        return MoneyAmount(minor, code)
    }
}
