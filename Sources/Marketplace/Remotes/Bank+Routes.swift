import Guest
import Values

extension Bank {
    /// The operation that faults name; nil for the routes that only the judge reads.
    public static func operation(of request: RemoteRequest) -> String? {
        switch (request.method, request.path) {
        case ("POST", "/bank/v1/charges"): "charge"
        case ("POST", "/bank/v1/refunds"): "refund"
        case ("POST", "/bank/v1/payouts"): "payout"
        case ("GET", "/bank/v1/charges"), ("GET", "/bank/v1/refunds"), ("GET", "/bank/v1/payouts"):
            "ask"
        case ("GET", "/bank/v1/statement"): "statement"
        default: nil
        }
    }

    public func refusal(of request: RemoteRequest) -> RemoteResponse? {
        guard let token, request.header("authorization") != "Bearer \(token)" else { return nil }
        return .problem(401, code: "unauthorized", detail: "the bank wants its bearer token")
    }

    public mutating func answer(
        _ request: RemoteRequest, now: Timestamp, isDeclining declining: Bool
    ) -> RemoteResponse {
        switch (request.method, request.path) {
        case ("POST", "/bank/v1/charges"):
            return postMove(.charge, request, now: now, declining: declining)
        case ("POST", "/bank/v1/payouts"):
            return postMove(.payout, request, now: now, declining: declining)
        case ("POST", "/bank/v1/refunds"):
            return postRefund(request, now: now)
        case ("GET", "/bank/v1/charges"):
            return ask(.charge, request)
        case ("GET", "/bank/v1/payouts"):
            return ask(.payout, request)
        case ("GET", "/bank/v1/refunds"):
            return ask(.refund, request)
        case ("GET", "/bank/v1/statement"):
            return statement(request, now: now)
        case ("GET", "/bank/v1/ledger"):
            return ledger(request)
        case ("POST", "/bank/v1/lines"):
            return postLine(request, now: now)
        case ("POST", "/bank/v1/troubles"):
            return postTrouble(request, now: now)
        case ("GET", let path) where path.hasPrefix("/bank/v1/accounts/"):
            return account(String(path.dropFirst("/bank/v1/accounts/".count)))
        default:
            return .problem(
                404, code: "not-found", detail: "the bank has no \(request.method) here")
        }
    }

    // MARK: Effects

    private mutating func postMove(
        _ kind: BankLine.Kind, _ request: RemoteRequest, now: Timestamp, declining: Bool
    ) -> RemoteResponse {
        do throws(FieldError) {
            let key = try IdempotencyKey.read(from: request)
            let fields = try RemoteFields(body: request.body)
            let account = try fields.required("account")
            guard account != Bank.house else {
                throw FieldError(pointer: "/account", detail: "`house` is the bank's own account")
            }
            let line = BankLine(
                seq: 0, at: now, key: key, kind: kind, account: account,
                amount: try fields.integer("amount", in: 1...Bank.amountLimit),
                currency: try currency(fields), status: .posted)
            return answer { (bank: inout Bank) throws(BankRefusal) in
                try bank.move(line, declining: declining)
            }
        } catch {
            return IdempotencyKey.invalid(error)
        }
    }

    private mutating func postRefund(
        _ request: RemoteRequest, now: Timestamp
    ) -> RemoteResponse {
        do throws(FieldError) {
            let key = try IdempotencyKey.read(from: request)
            let fields = try RemoteFields(body: request.body)
            let target = try fields.required("key")
            let line = BankLine(
                seq: 0, at: now, key: key, kind: .refund, account: "", amount: 0, currency: "",
                status: .posted, of: target, reason: try fields.optional("reason"))
            return answer { (bank: inout Bank) throws(BankRefusal) in
                try bank.refund(line, of: target)
            }
        } catch {
            return IdempotencyKey.invalid(error)
        }
    }

    func currency(_ fields: RemoteFields) throws(FieldError) -> String {
        guard let code = try fields.optional("currency") else { return currency }
        guard code.utf8.count == 3, code.utf8.allSatisfy({ (65...90).contains($0) }) else {
            throw FieldError(
                pointer: "/currency", detail: "`currency` must be an ISO 4217 code such as EUR")
        }
        return code
    }

    private mutating func answer(
        _ effect: (inout Bank) throws(BankRefusal) -> (line: BankLine, replayed: Bool)
    ) -> RemoteResponse {
        do throws(BankRefusal) {
            let (line, replayed) = try effect(&self)
            return IdempotencyKey.mark(Bank.response(to: line), replayed: replayed)
        } catch {
            switch error {
            case .keyReused:
                return IdempotencyKey.reused
            case .notACharge:
                return .problem(
                    422, code: "not-a-charge", detail: "only a charge can be given back")
            case .balanceLimit:
                return .problem(
                    422, code: "balance-limit", detail: "a balance would leave 64 bits")
            }
        }
    }

    /// The answer that a line stands for; the same for the first time and every repeat.
    static func response(to line: BankLine) -> RemoteResponse {
        switch line.status {
        case .posted:
            return .json(201, body(of: line))
        case .nothingToRefund:
            return .json(200, body(of: line))
        case .declined:
            return .problem(402, code: "declined", detail: "\(line.account) was declined")
        case .fenced:
            return .problem(
                409, code: "fenced",
                detail: "the key was refunded before it came; it can never be applied")
        }
    }

    private static func body(of line: BankLine) -> Value {
        let status =
            line.kind == .refund && line.status == .posted ? "refunded" : line.status.rawValue
        var members: [(String, Value)] = [
            ("id", .string("\(line.kind.rawValue)-\(line.seq)")), ("key", .string(line.key)),
            ("status", .string(status)), ("at", .string(line.at.rfc3339)),
        ]
        if line.status == .posted {
            members.append(("account", .string(line.account)))
            members.append(("amount", .int(line.amount)))
            members.append(("currency", .string(line.currency)))
        }
        if let of = line.of { members.append(("of", .string(of))) }
        return .map(ValueMap(members))
    }
}

extension Bank {
    // MARK: Questions

    /// 200 with what was applied under the key; 404 when nothing was, with the reason if known.
    private func ask(_ kind: BankLine.Kind, _ request: RemoteRequest) -> RemoteResponse {
        guard let key = request.parameter("key"), !key.isEmpty else {
            return .problem(400, code: "invalid", detail: "ask with ?key=")
        }
        guard let line = line(forKey: key), line.kind == kind,
            line.status == .posted || line.status == .nothingToRefund
        else {
            let reason =
                line(forKey: key)?.status.rawValue ?? (isFenced(key) ? "fenced" : "unknown")
            return .problem(
                404, code: "not-applied",
                detail: "no \(kind.rawValue) was applied under this key (\(reason))")
        }
        guard case .map(var members) = Bank.body(of: line) else { return .json(200, .null) }
        if kind == .charge { members["refunded"] = .bool(isRefunded(key)) }
        return .json(200, .map(members))
    }

    private func account(_ name: String) -> RemoteResponse {
        let amounts = balances(of: name).map { ($0.currency, Value.int($0.amount)) }
        return .json(
            200,
            .map(
                ValueMap([
                    ("account", .string(name)), ("balances", .map(ValueMap(amounts))),
                    ("postings", .int(Int64(lines(of: name).count))),
                ])))
    }

    private func ledger(_ request: RemoteRequest) -> RemoteResponse {
        let after = request.parameter("after").flatMap { Int($0) } ?? 0
        var body: [UInt8] = []
        for line in lines.dropFirst(max(0, after)) {
            body += JSON.encode(line.value)
            body.append(10)
        }
        return RemoteResponse(
            status: 200, headers: [("content-type", "application/jsonl")], body: body)
    }
}

extension Bank {
    public var overview: RemoteOverview {
        let rows = accounts.map { account in
            [
                account,
                balances(of: account).map { Self.money($0.amount, $0.currency) }.joined(
                    separator: "\n"),
            ]
        }
        return RemoteOverview(
            title: "Bank", fact: "\(lines.count) lines in the ledger", link: "/bank/v1/ledger",
            table: .init(title: "Balances", columns: ["Account", "Balance"], rows: rows))
    }

    /// Minor units as units with two decimals, the bank's own currencies all having two.
    private static func money(_ amount: Int64, _ currency: String) -> String {
        let (units, cents) = amount.magnitude.quotientAndRemainder(dividingBy: 100)
        let fraction = cents < 10 ? "0\(cents)" : "\(cents)"
        return "\(amount < 0 ? "−" : "")\(units).\(fraction) \(currency)"
    }
}
