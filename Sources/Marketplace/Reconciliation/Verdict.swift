import Guest
import Sabotage
import Values

/// What a line of the statement comes to, by the books and the other lines as they are.
enum Verdict {
    /// - Parameter rule: 1 by key, 2 by what it goes back to, 3 by likeness.
    case matched(BankItem, rule: Int)
    /// A charge of which our books know nothing, and the refund that gave it back.
    case undone(StatementLine)
    /// A fee or interest.
    case booked
    case returned(BankItem)
    case chargedBack(BankItem)
    case difference(Difference.Kind, BankItem?)
    /// Items that may be meant.
    case ambiguous([BankItem])
}

/// The rules of money.md's section 6. None guesses: a match wants one on each side.
struct Judge {
    let account: BankAccount

    func verdict(
        on line: StatementLine, _ records: inout Records
    ) throws(Refusal) -> Verdict {
        switch line.kind {
        case .fee, .interest: return .booked
        case .other: return .difference(.atBankOnly, nil)
        case .giveBack, .chargeback: return try reversal(line, &records)
        case .charge, .refund, .payout: break
        }
        if isMutant(.matchByAmountBeforeKey), let item = try candidates(line, &records).first {
            return .matched(item, rule: 1)
        }
        guard let key = line.key else { return try keyless(line, &records) }
        if let item = try ours(line, key, &records) {
            return try keyed(line, key, item, &records)
        }
        if let other = try annulled(by: line, &records) { return .undone(other) }
        return try claimed(line, key, &records)
    }

    // MARK: With a key

    private func ours(
        _ line: StatementLine, _ key: String, _ records: inout Records
    ) throws(Refusal) -> BankItem? {
        if let item = try BankItem.find(key: key, line.kind, &records) { return item }
        return try records.first(BankItem.byLine, equals: line.line).flatMap {
            $0.kind == line.kind && $0.key == nil ? $0 : nil
        }
    }

    /// Rule 1: key, kind, amount and currency.
    private func keyed(
        _ line: StatementLine, _ key: String, _ item: BankItem, _ records: inout Records
    ) throws(Refusal) -> Verdict {
        if let other = item.line {
            guard sameUTF8(other, line.id) else { return .difference(.twice, item) }
        } else {
            let rivals = try StatementLine.find(key: key, &records).filter {
                $0.kind == line.kind
            }
            let first = rivals.min { Self.order($0, item) < Self.order($1, item) }
            guard first == nil || sameUTF8(first?.id, line.id) else {
                return .difference(.twice, item)
            }
        }
        guard sameUTF8(line.currency, item.currency) else {
            return .difference(.currencyDiffers, item)
        }
        guard line.amount == item.amount else { return .difference(.amountDiffers, item) }
        return .matched(item, rule: 1)
    }

    /// Of several lines under one key that one is meant that says what we booked, then the earliest.
    private static func order(
        _ line: StatementLine, _ item: BankItem
    ) -> (Int, Timestamp, ExactText) {
        let isSame = line.amount == item.amount && sameUTF8(line.currency, item.currency)
        return (isSame ? 0 : 1, line.booked, ExactText(line.id))
    }

    /// A charge and the refund of it, neither of which is in our books: it was undone before we knew of it.
    private func annulled(
        by line: StatementLine, _ records: inout Records
    ) throws(Refusal) -> StatementLine? {
        let others: [StatementLine]
        switch line.kind {
        case .charge:
            guard let key = line.key else { return nil }
            others = try records.all(
                StatementLine.byOf, equals: key, limit: StatementLine.maximumAlike
            ).filter { $0.kind == .refund }
        case .refund:
            guard let of = line.of, try BankItem.find(key: of, .charge, &records) == nil else {
                return nil
            }
            others = try StatementLine.find(key: of, &records).filter { $0.kind == .charge }
        default: return nil
        }
        return others.filter {
            $0.amount == 0 - line.amount && sameUTF8($0.currency, line.currency)
                && ($0.reference == nil || $0.state == .suspense
                    || sameUTF8($0.reference, line.id))
        }
        .min { ($0.booked, ExactText($0.id)) < ($1.booked, ExactText($1.id)) }
    }

    /// Nothing is booked under its key: what do we know of who called?
    private func claimed(
        _ line: StatementLine, _ key: String, _ records: inout Records
    ) throws(Refusal) -> Verdict {
        switch try Claim(key, line, &records) {
        case .asked: return .difference(.stillAsked, nil)
        case .closed: return .difference(.closedHere, nil)
        case .paidOtherwise: return .difference(.twice, nil)
        case .unknown:
            // A key that is nearly ours is a proposal, for a person.
            let near = try nearby(line, &records)
            return .difference(.atBankOnly, near.count == 1 ? near.first : nil)
        }
    }

    /// Items whose key is the line's but for blanks, case or encoding.
    private func nearby(
        _ line: StatementLine, _ records: inout Records
    ) throws(Refusal) -> [BankItem] {
        guard let plain = line.plain else { return [] }
        return try records.all(
            BankItem.byPlain, equals: plain, limit: StatementLine.maximumAlike
        ).filter { $0.isOpen && $0.kind == line.kind }
    }

    // MARK: Without one

    private func keyless(
        _ line: StatementLine, _ records: inout Records
    ) throws(Refusal) -> Verdict {
        if let of = line.of {
            // Rule 2: what it goes back to, and the kind.
            let items = try records.all(
                BankItem.byOf, equals: of, limit: StatementLine.maximumAlike
            ).filter { $0.kind == line.kind && isFree($0, line) }
            if items.count > 1 { return .ambiguous(items) }
            if let item = items.first {
                guard sameUTF8(item.currency, line.currency) else {
                    return .difference(.currencyDiffers, item)
                }
                return item.amount == line.amount
                    ? .matched(item, rule: 2) : .difference(.amountDiffers, item)
            }
            if let other = try annulled(by: line, &records) { return .undone(other) }
        }
        let items = try candidates(line, &records)
        guard let item = items.first else { return .difference(.atBankOnly, nil) }
        let isOne = items.count == 1 ? try isOnlyOne(line, for: item, &records) : false
        guard isOne || isMutant(.ambiguousGuessed) else { return .ambiguous(items) }
        return .matched(item, rule: 3)
    }

    private func isFree(_ item: BankItem, _ line: StatementLine) -> Bool {
        item.isOpen || sameUTF8(item.line, line.id)
    }

    /// Rule 3: party, amount, currency, kind, and dates near each other; not one that a key speaks for.
    private func candidates(
        _ line: StatementLine, _ records: inout Records
    ) throws(Refusal) -> [BankItem] {
        var found: [BankItem] = []
        let alike = try records.all(
            BankItem.byLike, equals: line.like, limit: StatementLine.maximumAlike)
        for item in alike where isFree(item, line) && account.isNear(item.at, line.booked) {
            if let key = item.key, !isMutant(.matchByAmountBeforeKey),
                try StatementLine.find(key: key, &records).contains(where: { $0.kind == item.kind })
            {
                continue
            }
            found.append(item)
        }
        return found
    }

    private func isOnlyOne(
        _ line: StatementLine, for item: BankItem, _ records: inout Records
    ) throws(Refusal) -> Bool {
        let alike = try records.all(
            StatementLine.byLike, equals: line.like, limit: StatementLine.maximumAlike)
        return alike.allSatisfy { other in
            sameUTF8(other.id, line.id) || other.key != nil
                || ![.open, .suspense].contains(other.state)
                || !account.isNear(item.at, other.booked)
        }
    }

    // MARK: What the bank sends back

    private func reversal(
        _ line: StatementLine, _ records: inout Records
    ) throws(Refusal) -> Verdict {
        let kind = line.kind == .giveBack ? StatementLine.Kind.payout : .charge
        guard let of = line.of, let item = try BankItem.find(key: of, kind, &records),
            item.party != nil, sameUTF8(item.currency, line.currency),
            // A payout comes back whole; of a charge, a part may be taken back.
            kind == .payout
                ? line.amount == 0 - item.amount
                : line.amount < 0 && 0 - line.amount <= item.amount
        else { return .difference(.atBankOnly, nil) }
        let others = try records.all(
            StatementLine.byOf, equals: of, limit: StatementLine.maximumAlike
        ).filter { $0.kind == line.kind }
        let first = others.min { ($0.booked, ExactText($0.id)) < ($1.booked, ExactText($1.id)) }
        guard first == nil || sameUTF8(first?.id, line.id) else {
            return .difference(.twice, item)
        }
        return kind == .payout ? .returned(item) : .chargedBack(item)
    }
}

/// What our books know of a call by which nothing is booked at the bank.
enum Claim {
    /// Its outcome is not known yet.
    case asked
    /// It was declined, given up or void.
    case closed(String)
    /// What it was for is paid, by another call.
    case paidOtherwise(String)
    case unknown

    init(_ key: String, _ line: StatementLine, _ records: inout Records) throws(Refusal) {
        for name in ["payout:", "refund:"] where try Ledger.find(name + key, &records) != nil {
            self =
                try Ledger.find("\(name)\(key)/back", &records) == nil
                ? .asked : .closed("\(name)\(key)/back")
            return
        }
        guard line.kind == .charge, let instance = BankKey.instance(key), let party = line.party,
            let cycle = Self.cycle(in: instance.key, of: party),
            let invoice = try Self.invoice(party, cycle, &records)
        else {
            self = .unknown
            return
        }
        switch invoice.status {
        case .open: self = .asked
        case .paid: self = .paidOtherwise("invoice \(invoice.id), paid")
        case .overdue, .writtenOff, .voided:
            self = .closed("invoice \(invoice.id), \(invoice.status.rawValue)")
        }
    }

    /// What is behind the last colon is the part, where it is one.
    private static func invoice(
        _ account: String, _ cycle: String, _ records: inout Records
    ) throws(Refusal) -> Invoice? {
        let whole = try Invoice.find(account: account, cycle: cycle, kind: "client", &records)
        guard whole == nil, let colon = cycle.lastIndex(of: ":"),
            let part = Int64(cycle[cycle.index(after: colon)...]), part > 1
        else { return whole }
        return try Invoice.find(
            account: account, cycle: String(cycle[..<colon]), kind: "client/\(part)", &records)
    }

    /// An invoice's instance is named `account:cycle`, or `account:cycle:part`.
    private static func cycle(in key: String, of party: String) -> String? {
        let prefix = "\(party):"
        guard key.utf8.starts(with: prefix.utf8) else { return nil }
        return String(key.unicodeScalars.dropFirst(prefix.unicodeScalars.count))
    }

    /// What was found; nil: nothing.
    var text: String? {
        switch self {
        case .asked, .unknown: nil
        case .closed(let what), .paidOtherwise(let what): what
        }
    }
}
