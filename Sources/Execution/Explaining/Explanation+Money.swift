import Definition
import Values

/// Calls whose money somebody holds. It is the hold that needs a person, not each of those that wait for it.
extension Explanation {
    func moneyHeld(
        _ activation: Activation, _ call: Work.Call, since: Timestamp, _ evidence: ValueMap
    ) -> Blocker {
        var evidence = evidence
        let money = catalog?.operation(call.adapter, call.operation)?.money
        let amount = money?.amount(of: activation.input)
        evidence.set("amount", amount?.document)
        let what = amount.map { " (\($0.text))" } ?? ""
        guard let hold = catalog?.hold(of: call, activation.input) else {
            return Blocker(
                kind: .moneyHeld, state: state(activation),
                sentence:
                    "`\(activation.label)`\(what) was held and is released; it is still in the row of "
                    + "those that are sent.",
                since: since, evidence: evidence,
                next: Blocker.NextStep(at: nil, sentence: "it is sent in its turn"), actions: [wait]
            )
        }
        evidence["hold"] = .int(hold.number)
        evidence["by"] = .string(hold.placed.by.description)
        evidence["reason"] = .string(hold.placed.reason)
        evidence["scope"] = .string(hold.scope.text)
        return Blocker(
            kind: .moneyHeld, state: state(activation),
            sentence: "\(hold.scope.words.capitalizedFirst) is held by \(hold.placed.by) "
                + "\((now - hold.placed.at).shortText) ago: \"\(hold.placed.reason)\" (hold \(hold.number)); "
                + "`\(activation.label)`\(what) waits and was not sent.",
            since: hold.placed.at, evidence: evidence,
            actions: [
                Blocker.LegalAction(
                    .money, of: run.name,
                    sentence: "See what is held; somebody other than \(hold.placed.by) releases it."
                )
            ])
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}

extension MoneyAmount {
    /// `1234.50 EUR`; of a code that nobody knows the minor units are given as they are.
    package var text: String {
        "\(Currency(currency)?.text(minor) ?? String(minor)) \(currency)"
    }

    /// As the API gives it.
    package var document: Value {
        ["currency": .string(currency), "minor": .int(minor), "text": .string(text)]
    }
}
