import CEL
import Definition
import Values

extension AdapterParser {
    /// `out`, `in`, or a map with what says how much, in which currency and whose.
    mutating func money(
        _ fields: Fields, _ transport: AdapterManifest.Transport, _ kind: OperationManifest.Kind,
        _ input: Schema
    ) -> MoneyFlow? {
        guard let key = fields.key("money"), let node = fields["money"] else { return nil }
        if transport == .local {
            reader.error(
                .misplacedWord,
                "a local operation has no 'money': it moves nothing outside of the books", at: key)
        }
        if kind == .query {
            reader.error(.misplacedWord, "a query moves no money", at: key)
        }
        let directions = MoneyFlow.Direction.allCases
        guard node.isMap else {
            return reader.choice(node, "'money'", of: directions).map { MoneyFlow($0) }
        }
        let scope = Scope([("input", .schema(input))])
        let inner = reader.fields(
            node, of: "'money'", words: ["direction", "amount", "currency", "account"])
        let direction = reader.choice(
            reader.required("direction", in: inner, of: "'money'"), "'direction'", of: directions)
        let amount = reader.expression(inner["amount"], "'amount'", in: scope)
        let currency = reader.expression(inner["currency"], "'currency'", in: scope)
        let account = reader.expression(inner["account"], "'account'", in: scope)
        if inner.has("amount") != inner.has("currency") {
            reader.error(
                .missingWord, "an amount without its currency says nothing: give both, or neither",
                at: node)
        }
        return direction.map {
            MoneyFlow($0, amount: amount, currency: currency, account: account)
        }
    }
}
