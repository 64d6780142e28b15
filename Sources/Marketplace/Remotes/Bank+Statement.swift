import Guest
import Values

/// The statement of an account for a span: pages of `{account, statement, opening, closing, entries, next}`. An entry
/// is `{id, booked, valued, kind, key?, of?, amount, currency, party?, text?}`, its amount signed as the account sees
/// it; `opening` and `closing` are by currency.
extension Bank {
    static let pageLimit = 1000
    /// Entries of the page before that come once more, under ``Trouble/What/repeat``.
    private static let repeated = 3

    /// The entries in `[from, to)`, so many at a time; `next` continues with `after`.
    func statement(_ request: RemoteRequest, now: Timestamp) -> RemoteResponse {
        do throws(FieldError) {
            guard let account = request.parameter("account"), !account.isEmpty else {
                throw FieldError(pointer: "", detail: "a statement needs ?account=")
            }
            let span = Span(
                from: try moment("from", request), to: try moment("to", request) ?? now)
            let after = request.parameter("after").flatMap { Int64($0) } ?? 0
            let count = request.parameter("count").flatMap { Int($0) } ?? Self.pageLimit
            return page(
                of: account, span, after: after, count: min(max(count, 1), Self.pageLimit),
                now: now)
        } catch {
            return .problem(400, code: "invalid", detail: error.detail)
        }
    }

    private struct Span {
        let from: Timestamp?
        let to: Timestamp
    }

    private func moment(
        _ name: String, _ request: RemoteRequest
    ) throws(FieldError) -> Timestamp? {
        guard let text = request.parameter(name), !text.isEmpty else { return nil }
        guard let moment = Timestamp(rfc3339: text) else {
            throw FieldError(pointer: "", detail: "`\(name)` is not an RFC 3339 time")
        }
        return moment
    }

    private func page(
        of account: String, _ span: Span, after: Int64, count: Int, now: Timestamp
    ) -> RemoteResponse {
        var opening: [ExactText: Int64] = [:]
        var closing: [ExactText: Int64] = [:]
        var entries: [BankLine] = []
        var before: [BankLine] = []
        var next: Int64?
        for line in lines(of: account) where !isHidden(line, now: now) {
            guard line.at < span.to else { continue }
            let amount = self.amount(of: line, for: account)
            closing[line.currency, default: 0] += amount
            if let from = span.from, line.at < from {
                opening[line.currency, default: 0] += amount
            } else if line.seq <= after {
                before.append(line)
                if before.count > Self.repeated { before.removeFirst() }
            } else if entries.count < count {
                entries.append(line)
            } else if next == nil {
                next = entries.last?.seq
            }
        }
        if has(.cut), next == nil, !entries.isEmpty { entries.removeLast() }
        if has(.repeat) { entries = before + entries }
        if has(.reorder) { entries.reverse() }
        if let off = trouble(.unbalance) { closing[currency, default: 0] += off.amount }
        return .json(
            200,
            [
                "account": .string(account),
                "statement": .string("\(account)/\(span.to.rfc3339)"),
                "opening": Self.amounts(opening), "closing": Self.amounts(closing),
                "entries": .list(entries.map { entry(of: $0, for: account) }),
                "next": next.map { .string(String($0)) } ?? .null,
            ])
    }

    private static func amounts(_ sums: [ExactText: Int64]) -> Value {
        .map(ValueMap(sums.sorted { $0.key < $1.key }.map { ($0.key.text, .int($0.value)) }))
    }

    private func amount(of line: BankLine, for account: String) -> Int64 {
        if let altered = trouble(.alter, line) { return altered.amount }
        let gained = line.houseAmount
        return sameUTF8(account, Bank.house) ? gained : 0 - gained
    }

    private func entry(of line: BankLine, for account: String) -> Value {
        var entry: Value = [
            "id": .string(line.id), "booked": .string(line.at.rfc3339),
            "valued": .string(line.at.rfc3339), "kind": .string(line.kind.rawValue),
            "amount": .int(amount(of: line, for: account)),
            "currency": .string(line.currency), "party": .string(line.account),
        ]
        if !line.key.isEmpty, trouble(.strip, line) == nil {
            entry["key"] = .string(
                trouble(.respell, line) == nil ? line.key : line.key.uppercased() + " ")
        }
        if let of = line.of { entry["of"] = .string(of) }
        if let text = line.reason { entry["text"] = .string(text) }
        if trouble(.garble, line) != nil { entry["amount"] = "12,00" }
        return entry
    }
}

extension Bank {
    /// Something wrong with the statements, for tests and for who tries what happens then.
    struct Trouble: Sendable, Hashable {
        enum What: String, CaseIterable, Sendable {
            /// Each page begins with the last entries of the one before.
            case `repeat`
            /// Entries are in the reverse order.
            case reorder
            /// Entries have no key.
            case strip
            /// Keys are spelt otherwise: in capitals, with a blank behind.
            case respell
            /// A line is not there before so many seconds have passed.
            case late
            /// A line is never there, and the balances say so.
            case hide
            /// A line has another amount.
            case alter
            /// An amount cannot be read.
            case garble
            /// The last entry of the last page is missing, and the balances do not say so.
            case cut
            /// The closing balance is off by an amount.
            case unbalance
            /// Nothing is wrong any more.
            case mended
        }

        let what: What
        let since: Timestamp
        /// The line that it is about, as statements name it; nil: every one.
        let line: String?
        let amount: Int64

        init?(_ line: BankLine) {
            guard let what = What(rawValue: line.key) else { return nil }
            self.what = what
            since = line.at
            self.line = line.of
            amount = line.amount
        }
    }

    private func has(_ what: Trouble.What) -> Bool { trouble(what) != nil }

    private func trouble(_ what: Trouble.What) -> Trouble? { troubles.last { $0.what == what } }

    private func trouble(_ what: Trouble.What, _ line: BankLine) -> Trouble? {
        troubles.last { $0.what == what && ($0.line == nil || sameUTF8($0.line, line.id)) }
    }

    private func isHidden(_ line: BankLine, now: Timestamp) -> Bool {
        guard !troubles.isEmpty else { return false }
        if trouble(.hide, line) != nil { return true }
        guard let late = trouble(.late, line) else { return false }
        return now < late.since + .seconds(late.amount)
    }
}

/// What only a judge asks for: no operation of the adapter's, so that no fault comes between.
extension Bank {
    /// A movement that the bank makes by itself: `{kind, amount, account?, key?, of?, currency?, text?}`; the amount as
    /// the kind has it.
    mutating func postLine(_ request: RemoteRequest, now: Timestamp) -> RemoteResponse {
        do throws(FieldError) {
            let fields = try RemoteFields(body: request.body)
            try fields.only(["kind", "amount", "account", "key", "of", "currency", "text"])
            let kinds: [BankLine.Kind] = [
                .charge, .refund, .payout, .giveBack, .chargeback, .fee, .interest, .other,
            ]
            let name = try fields.choice("kind", of: kinds.map(\.rawValue))
            let kind = BankLine.Kind(rawValue: name) ?? .other
            let least = kind.isSigned ? -Bank.amountLimit : 1
            let line = BankLine(
                seq: 0, at: now, key: try fields.optional("key") ?? "", kind: kind,
                account: try fields.optional("account") ?? "bank",
                amount: try fields.integer("amount", in: least...Bank.amountLimit),
                currency: try currency(fields), status: .posted, of: try fields.optional("of"),
                reason: try fields.optional("text"))
            return recorded(line)
        } catch {
            return IdempotencyKey.invalid(error)
        }
    }

    /// `{what, line?, amount?}`: what is wrong with the statements from now on.
    mutating func postTrouble(_ request: RemoteRequest, now: Timestamp) -> RemoteResponse {
        do throws(FieldError) {
            let fields = try RemoteFields(body: request.body)
            try fields.only(["what", "line", "amount"])
            let line = BankLine(
                seq: 0, at: now,
                key: try fields.choice("what", of: Trouble.What.allCases.map(\.rawValue)),
                kind: .trouble, account: Bank.house,
                amount: try fields.optionalInteger(
                    "amount", in: -Bank.amountLimit...Bank.amountLimit) ?? 0,
                currency: currency, status: .posted, of: try fields.optional("line"))
            return recorded(line)
        } catch {
            return IdempotencyKey.invalid(error)
        }
    }

    private mutating func recorded(_ line: BankLine) -> RemoteResponse {
        do throws(BankRefusal) {
            let posted = try record(line)
            return .json(201, ["id": .string(posted.id)])
        } catch {
            return .problem(422, code: "balance-limit", detail: "a balance would leave 64 bits")
        }
    }
}
