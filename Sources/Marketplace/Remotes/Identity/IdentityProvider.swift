import Guest
import Values

/// Accounts by SCIM 2.0 (RFC 7643, 7644): no idempotency keys, a user name is taken once, an account is found
/// again by its `externalId`. As with the bank, the lines are the whole state and `apply` alone changes it.
public struct IdentityProvider: Remote {
    public static let adapter = "iam"
    public static let path = "/iam/v2"
    public static let operations = [
        RemoteOperation("create"), RemoteOperation("remove"),
        RemoteOperation("ask", also: [.undecided]),
    ]

    let token: String?
    public private(set) var lines: [IdentityLine] = []
    /// Accounts that there are, by id, as the line that made them.
    private var accounts: [ExactText: Int] = [:]
    private var names: [ExactText: String] = [:]

    public init(credential: String?) { self.init(token: credential) }

    /// - Parameter token: the bearer token to ask for, or nil for none.
    public init(token: String? = nil) {
        self.token = token
    }

    public func account(_ id: String) -> IdentityLine? { accounts[id].map { lines[$0] } }

    /// Those that there are, in the order of their making.
    public var all: [IdentityLine] { accounts.values.sorted().map { lines[$0] } }

    /// nil: the user name is taken.
    mutating func create(_ request: IdentityLine) -> IdentityLine? {
        guard names[request.userName.lowercased()] == nil else { return nil }
        var line = request
        line.seq = Int64(lines.count) + 1
        line.id = "user-\(line.seq)"
        _ = apply(line)
        return line
    }

    /// False when there is no such account.
    mutating func remove(_ id: String, now: Timestamp) -> Bool {
        guard let account = account(id) else { return false }
        return apply(
            IdentityLine(
                seq: Int64(lines.count) + 1, at: now, kind: .removed, id: id,
                userName: account.userName))
    }

    /// Adds one line; false when it does not follow the last one.
    public mutating func apply(_ line: IdentityLine) -> Bool {
        guard line.seq == Int64(lines.count) + 1 else { return false }
        lines.append(line)
        switch line.kind {
        case .created:
            accounts[line.id] = lines.count - 1
            names[line.userName.lowercased()] = line.id
        case .removed:
            accounts[line.id] = nil
            names[line.userName.lowercased()] = nil
        }
        return true
    }
}

extension IdentityProvider {
    public var overview: RemoteOverview {
        RemoteOverview(title: "Accounts", fact: "\(all.count) accounts of workers")
    }
}
