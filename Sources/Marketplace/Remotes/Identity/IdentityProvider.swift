import Guest
import Values

/// Accounts by SCIM 2.0 (RFC 7643, 7644): no idempotency keys, a user name is taken once in whatever case, an account is
/// found again by its `externalId`. As with the bank, the lines are the whole state and `apply` alone changes it.
public struct IdentityProvider: Remote {
    public static let adapter = "iam"
    public static let path = "/iam/v2"
    public static let operations = [
        RemoteOperation("create"), RemoteOperation("change"), RemoteOperation("remove"),
        RemoteOperation("ask", also: [.undecided]),
    ]

    let token: String?
    public private(set) var lines: [IdentityLine] = []
    /// Accounts that there are, by id: the line that made them, and the one that says how they are.
    private var accounts: [ExactText: (made: Int, latest: Int)] = [:]
    private var names: [ExactText: String] = [:]

    public init(credential: String?) { self.init(token: credential) }

    /// - Parameter token: the bearer token to ask for, or nil for none.
    public init(token: String? = nil) {
        self.token = token
    }

    /// As it is now.
    public func account(_ id: String) -> IdentityLine? { accounts[id].map { lines[$0.latest] } }

    func madeAt(_ id: String) -> Timestamp? { accounts[id].map { lines[$0.made].at } }

    /// Those that there are, in the order of their making.
    public var all: [IdentityLine] {
        accounts.values.sorted { $0.made < $1.made }.map { lines[$0.latest] }
    }

    /// nil: the user name is taken.
    mutating func create(_ account: IdentityAccount, now: Timestamp) -> IdentityLine? {
        guard names[account.userName.lowercased()] == nil else { return nil }
        let seq = Int64(lines.count) + 1
        var line = IdentityLine(
            seq: seq, at: now, kind: .created, id: "user-\(seq)", account: account)
        line.account.offer(activationURL: "https://id.example/activate/\(line.id)")
        _ = apply(line)
        return line
    }

    /// nil: the user name is another account's.
    mutating func change(
        _ id: String, to account: IdentityAccount, now: Timestamp
    ) -> IdentityLine? {
        guard sameUTF8(names[account.userName.lowercased()] ?? id, id) else { return nil }
        let line = IdentityLine(
            seq: Int64(lines.count) + 1, at: now, kind: .changed, id: id, account: account)
        _ = apply(line)
        return line
    }

    /// False when there is no such account.
    mutating func remove(_ id: String, now: Timestamp) -> Bool {
        guard let line = account(id) else { return false }
        return apply(
            IdentityLine(
                seq: Int64(lines.count) + 1, at: now, kind: .removed, id: id,
                account: line.account))
    }

    /// Adds one line; false when it does not follow the last one.
    public mutating func apply(_ line: IdentityLine) -> Bool {
        guard line.seq == Int64(lines.count) + 1 else { return false }
        let place = lines.count
        lines.append(line)
        let before = accounts[line.id]
        if let before { names[lines[before.latest].account.userName.lowercased()] = nil }
        switch line.kind {
        case .created, .changed:
            accounts[line.id] = (before?.made ?? place, place)
            names[line.account.userName.lowercased()] = line.id
        case .removed:
            accounts[line.id] = nil
        }
        return true
    }
}

extension IdentityProvider {
    public var overview: RemoteOverview {
        let active = all.count(where: \.account.isActive)
        return RemoteOverview(
            title: "Accounts", fact: "\(all.count) accounts of workers, \(active) of them active")
    }
}
