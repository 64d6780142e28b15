import Values

/// The data of an instance, each member with what changed it last.
struct DataPart: Sendable {
    struct Member: Sendable {
        let fact: Fact
        let says: Prose
        let changed: Moment?
        let number: String
        /// The history, from that row downwards.
        let rowPath: String
    }

    let list: [Member]
    /// That more is there, or is not known.
    let rest: String?
    let command: String

    private static let memberCount = 30
    private static let lineCount = 12

    init?(_ link: InstanceLink, _ now: Timestamp?, _ visit: Visit) async throws {
        let data = try await visit.get(link.resource + "/data", Revealing.query(visit))
        let members = data["members"]?.listValue ?? []
        guard !members.isEmpty else { return nil }
        let seen = (data["total"]?.intValue ?? 0) - (data["from"]?.intValue ?? 0) + 1
        list = members.prefix(Self.memberCount).map { member in
            let change = member["changed"]
            let number = change?["sequence"]?.intValue
            let fact = Fact(member["name"]?.stringValue ?? "", member["value"] ?? .null)
            return Member(
                fact: fact.shortened(to: Self.lineCount),
                says: Prose(
                    (change?["sentence"]?.stringValue
                        ?? "Not in the newest \(seen.grouped) rows of its history")
                        .shortened(to: 200)),
                changed: Moment(change?["at"]?.stringValue, now: now),
                number: number?.grouped ?? "",
                rowPath: number.map { "\(link.path)?before=\($0 + 1)#history" } ?? "")
        }
        rest =
            members.count > list.count
            ? "\(list.count) of \(members.count); the others: " : nil
        command = visit.line(["data", link.name])
    }
}
