import Definition
import Values

/// Which calls a hold is about: `out`, `in`, `all`, `adapter:bank`, `operation:bank.payout`, `account:w-7`.
///
/// Calls that move no money, as their manifest says, are in none: an adapter's pause holds those.
package enum MoneyScope: Sendable, Hashable {
    /// Money that leaves, or money that is taken.
    case direction(MoneyFlow.Direction)
    case all
    case adapter(ExactText)
    case operation(ExactText, of: ExactText)
    /// Whose money it is, whichever way it goes.
    case account(ExactText)

    package init?(parsing text: String) {
        if let direction = MoneyFlow.Direction(rawValue: text) {
            self = .direction(direction)
            return
        }
        let parts = text.cut(at: ":")
        switch (parts?.before ?? text, parts?.behind) {
        case ("all", nil): self = .all
        case ("adapter", let name?) where !name.isEmpty: self = .adapter(ExactText(name))
        case ("account", let id?) where !id.isEmpty: self = .account(ExactText(id))
        case ("operation", let name?):
            let names = name.split(separator: ".", omittingEmptySubsequences: false)
            guard names.count == 2, names.allSatisfy({ !$0.isEmpty }) else { return nil }
            self = .operation(ExactText(String(names[1])), of: ExactText(String(names[0])))
        default: return nil
        }
    }

    package var text: String {
        switch self {
        case .direction(let direction): direction.rawValue
        case .all: "all"
        case .adapter(let name): "adapter:\(name.text)"
        case .operation(let name, let adapter): "operation:\(adapter.text).\(name.text)"
        case .account(let id): "account:\(id.text)"
        }
    }

    /// For people.
    package var words: String {
        switch self {
        case .direction(.outgoing): "outgoing money"
        case .direction(.incoming): "incoming money"
        case .all: "all money"
        case .adapter(let name): "the money of `\(name.text)`"
        case .operation(let name, let adapter): "`\(adapter.text).\(name.text)`"
        case .account(let id): "the money of account \(id.text)"
        }
    }

    /// Whose account it is cannot always be told: what the manifest gives as null is nobody's, what fails is held, for what
    /// must not leave is worse than what waits.
    package func covers(_ adapter: String, _ operation: OperationManifest, _ input: Value) -> Bool {
        guard let money = operation.money else { return false }
        return switch self {
        case .direction(let direction): money.direction == direction
        case .all: true
        case .adapter(let name): sameUTF8(name.text, adapter)
        case .operation(let name, let owner):
            sameUTF8(owner.text, adapter) && sameUTF8(name.text, operation.name)
        case .account(let id):
            switch money.account(of: input) {
            case .known(let text): sameUTF8(text, id.text)
            case .nobody: false
            case .failed: true
            }
        }
    }

    /// Why nothing would be held by it; nil: something may be.
    package func problem(in catalog: Catalog) -> Problem? {
        let flows = catalog.moneyOperations
        let known = flows.map { "\($0.adapter).\($0.operation.name)" }
        func none(_ what: String, _ fix: String) -> Problem {
            Problem(.invalid, what, fix: fix)
        }
        guard !flows.isEmpty else {
            return none(
                "no operation of any adapter is declared to move money, so there is nothing to hold",
                "say `money: out` in the manifest of what does, or `pawl adapter pause`")
        }
        switch self {
        case .all: return nil
        case .direction(let direction):
            guard !flows.contains(where: { $0.operation.money?.direction == direction }) else {
                return nil
            }
            return none(
                "no operation moves money \(direction.rawValue)",
                "these move any: \(known.joined(separator: ", "))")
        case .adapter(let name):
            guard !flows.contains(where: { sameUTF8($0.adapter, name.text) }) else { return nil }
            return none(
                "no operation of an adapter \(name.text) moves money",
                "these do: \(known.joined(separator: ", ")); `pawl adapter pause` holds any adapter"
            )
        case .operation(let name, let adapter):
            let wanted = "\(adapter.text).\(name.text)"
            guard !known.contains(exactly: wanted) else { return nil }
            let near = nearestName(to: wanted, among: known).map { "did you mean \($0)?" }
            return none(
                "no operation \(wanted) moves money",
                near ?? "these do: \(known.joined(separator: ", "))")
        case .account:
            guard !flows.contains(where: { $0.operation.money?.account != nil }) else { return nil }
            return none(
                "no operation says whose money it moves",
                "say `money: {account: …}` in the manifest, or hold another scope")
        }
    }
}

extension Catalog {
    /// Operations that move money, in order of adapters and as declared.
    package var moneyOperations: [(adapter: String, operation: OperationManifest)] {
        adapterNames.flatMap { name in
            (adapter(name)?.operations ?? []).filter { $0.money != nil }.map { (name, $0) }
        }
    }
}
