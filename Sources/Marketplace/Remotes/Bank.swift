import Guest
import Values

/// The bank: a double-entry ledger behind idempotency keys.
///
/// Everything the bank knows is in its lines: `apply` is the only place that changes state, and
/// rebuilding from the file is applying the lines again. The lines are the judge of crash tests,
/// so an answer is a function of its line alone and a repeat cannot answer anything else.
public struct Bank: Remote {
    public static let adapter = "bank"
    public static let operations = [
        RemoteOperation("charge", also: [.refuseKey, .decline]),
        RemoteOperation("refund", also: [.refuseKey]),
        RemoteOperation("payout", also: [.refuseKey, .decline]),
        RemoteOperation("ask", also: [.undecided]), RemoteOperation("statement"),
    ]

    /// The bank's own side of every movement.
    public static let house = "house"
    static let amountLimit: Int64 = 1_000_000_000_000

    public let token: String?
    public let currency: String
    public private(set) var lines: [BankLine] = []
    private var byKey: [ExactText: Int] = [:]
    private var fences: Set<ExactText> = []
    private var refunded: Set<ExactText> = []
    private var byAccount: [ExactText: [Int]] = [:]
    private var balances: [ExactText: [ExactText: Int64]] = [:]
    private var declined: [ExactText: Int] = [:]
    /// What is wrong with the statements, in the order in which it was asked for.
    private(set) var troubles: [Trouble] = []

    public init(credential: String?) { self.init(token: credential) }

    /// - Parameters:
    ///   - token: the bearer token to ask for, or nil for none.
    ///   - currency: of a request that names none.
    public init(token: String? = nil, currency: String = "EUR") {
        self.token = token
        self.currency = currency
    }

    public func line(forKey key: String) -> BankLine? { byKey[key].map { lines[$0] } }
    public func isFenced(_ key: String) -> Bool { fences.contains(key) }
    public func isRefunded(_ key: String) -> Bool { refunded.contains(key) }

    /// Balances by currency, sorted by currency; empty for an account that never moved.
    public func balances(of account: String) -> [(currency: String, amount: Int64)] {
        (balances[account] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
    }

    /// Every account that moved, sorted by name.
    public var accounts: [String] { balances.sortedTexts }

    func lines(of account: String) -> [BankLine] {
        (byAccount[account] ?? []).map { lines[$0] }
    }

    // MARK: Effects

    /// Takes or pays money once per key, or records why not.
    ///
    /// - Returns: the line that answers, and whether it was there before; nil when the key belongs
    ///   to another request.
    mutating func move(
        _ request: BankLine, declining: Bool
    ) throws(BankRefusal) -> (line: BankLine, replayed: Bool) {
        if let earlier = try earlierAnswer(to: request) { return (earlier, true) }
        var line = request
        if fences.contains(line.key) {
            line.status = .fenced
        } else if declining || declines(line.account) {
            line.status = .declined
        }
        return (try record(line), false)
    }

    /// Gives a charge back once per key; a charge that never came is fenced instead.
    mutating func refund(
        _ request: BankLine, of target: String
    ) throws(BankRefusal) -> (line: BankLine, replayed: Bool) {
        if let earlier = try earlierAnswer(to: request) { return (earlier, true) }
        var line = request
        if let charge = self.line(forKey: target) {
            guard charge.kind == .charge else { throw .notACharge }
            if charge.status == .posted && !refunded.contains(target) {
                line.account = charge.account
                line.amount = charge.amount
                line.currency = charge.currency
                return (try record(line), false)
            }
        } else if !fences.contains(target) {
            var fence = request
            (fence.key, fence.kind, fence.status) = (target, .fence, .fenced)
            (fence.of, fence.reason) = (nil, nil)
            _ = try record(fence)
        }
        line.status = .nothingToRefund
        return (try record(line), false)
    }

    private func earlierAnswer(to request: BankLine) throws(BankRefusal) -> BankLine? {
        guard let earlier = line(forKey: request.key) else { return nil }
        guard earlier.isSameRequest(as: request) else { throw .keyReused }
        return earlier
    }

    mutating func record(_ line: BankLine) throws(BankRefusal) -> BankLine {
        var line = line
        line.seq = Int64(lines.count) + 1
        guard apply(line) else { throw .balanceLimit }
        return line
    }

    /// An account named `…declines-2-…` declines its first two attempts, `…declines…` all.
    private func declines(_ account: String) -> Bool {
        guard let name = account.firstRange(of: "declines") else { return false }
        let rest = account[name.upperBound...].split(
            separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard rest.count == 3, rest[0].isEmpty, let attempts = Int(rest[1]) else { return true }
        return declined[account, default: 0] < attempts
    }

    // MARK: State

    /// Adds one line; false when it does not follow the last one or a balance would overflow.
    public mutating func apply(_ line: BankLine) -> Bool {
        guard line.seq == Int64(lines.count) + 1, post(line) else { return false }
        let index = lines.count
        lines.append(line)
        switch line.kind {
        case .fence:
            fences.insert(line.key)
        case .refund:
            byKey[line.key] = index
            if line.status == .posted, let target = line.of { refunded.insert(target) }
        case .charge, .payout:
            // One that the bank made by itself may have none.
            if !line.key.isEmpty { byKey[line.key] = index }
            if line.status == .declined { declined[line.account, default: 0] += 1 }
        case .giveBack, .chargeback, .fee, .interest, .other:
            break
        case .trouble:
            guard let trouble = Trouble(line) else { break }
            if trouble.what == .mended { troubles = [] } else { troubles.append(trouble) }
        }
        return true
    }

    private mutating func post(_ line: BankLine) -> Bool {
        let postings = line.postings
        var after: [Int64] = []
        for posting in postings {
            let before = balances[posting.account]?[line.currency] ?? 0
            let (sum, overflow) = before.addingReportingOverflow(posting.amount)
            if overflow { return false }
            after.append(sum)
        }
        for (posting, balance) in zip(postings, after) {
            balances[posting.account, default: [:]][line.currency] = balance
            byAccount[posting.account, default: []].append(lines.count)
        }
        return true
    }
}

/// Why the bank takes no line at all for a request.
enum BankRefusal: Error {
    case keyReused, notACharge, balanceLimit
}
