import Values

/// How the members of a fan-out stand, by the marks of everything else.
struct MemberCounts: Sendable {
    struct Count: Sendable {
        let mark: String
        let word: String
        let number: String
        let isZero: Bool
        let path: String
    }

    /// A part of the bar, in thousandths of its width.
    struct Share: Sendable {
        let mark: String
        let start: Int64
        let width: Int64
    }

    let list: [Count]
    let shares: [Share]
    let sentence: String

    /// - Parameter path: of the page of all members, with its query begun.
    init(_ counts: Value?, path: String) {
        let numbers = Self.words.map { counts?[$0.name]?.intValue ?? 0 }
        let total = numbers.reduce(0, +)
        list = zip(Self.words, numbers).map { word, number in
            Count(
                mark: word.mark, word: word.word, number: number.grouped, isZero: number == 0,
                path: word.isStatus ? "\(path)&status=\(word.name)" : path)
        }
        var shares: [Share] = []
        var (sum, start) = (Int64(0), Int64(0))
        for (word, number) in zip(Self.words, numbers) where total > 0 {
            sum += number
            // Their ends are rounded and not their widths, so that they fill the bar; a few of many are still seen.
            let end = sum * 1000 / total
            let least = number > 0 ? max(end, min(start + 4, 1000)) : start
            shares.append(Share(mark: word.mark, start: start, width: least - start))
            start = least
        }
        self.shares = shares.filter { $0.width > 0 }
        sentence = zip(Self.words, numbers).filter { $1 > 0 }
            .map { "\($1.grouped) \($0.word.lowercased())" }.joined(separator: ", ")
    }

    private static let words: [(name: String, word: String, mark: String, isStatus: Bool)] = [
        ("failed", "Failed", "blocked", true), ("completed", "Completed", "done", true),
        ("cancelled", "Cancelled", "skipped", true), ("running", "Under way", "running", true),
        ("waiting", "Not begun", "planned", false),
    ]
}

/// One member.
struct MemberLine: Sendable {
    let number: String
    let mark: String
    let word: String
    /// The child that it is; nil: it is a call, or the child is gone.
    let child: InstanceLink?
    let name: String
    let says: String
    let begun: Moment?

    init(_ member: Value, _ now: Timestamp?) {
        let status = member["status"]?.stringValue ?? ""
        number = (member["number"]?.intValue ?? 0).grouped
        (mark, word) = Self.marks[status] ?? ("running", "Under way")
        child = InstanceLink(member["instance"]?.stringValue)
        name = member["key"]?.stringValue ?? ""
        begun = Moment(member["since"]?.stringValue, now: now)
        let error = [member["error"]?["name"], member["error"]?["message"]]
            .compactMap { $0?.stringValue }.filter { !$0.isEmpty }.joined(separator: ": ")
        let output = member["output"].map { Fact("", $0).text } ?? ""
        says = (error.isEmpty ? output : error).shortened(to: 200)
    }

    private static let marks = [
        "completed": ("done", "Completed"), "failed": ("blocked", "Failed"),
        "cancelled": ("skipped", "Cancelled"), "running": ("running", "Under way"),
    ]
}

/// Of an instance's page: how its latest fan-out stands, and what failed first.
struct MembersPart: Sendable {
    let counts: MemberCounts
    let failures: [MemberLine]
    let hasFailures: Bool
    let all: String

    private static let failureCount = 5

    init?(_ link: InstanceLink, _ now: Timestamp?, _ visit: Visit) async throws {
        let query = [("status", "failed"), ("count", "\(Self.failureCount)")]
        let page: Value
        do {
            page = try await visit.get(link.resource + "/members", query)
        } catch let problem as APIProblem where problem.status == 404 {
            return nil
        }
        all = MembersPage.path(link, page["activation"]?.intValue)
        counts = MemberCounts(page["counts"], path: all)
        failures = (page["members"]?.listValue ?? []).map { MemberLine($0, now) }
        hasFailures = !failures.isEmpty
    }
}

/// All members of a fan-out, in their order.
struct MembersPage: PageContent {
    static let template = "members"
    let section = Section.instances
    var title: String { "Members of \(link.name)" }

    let link: InstanceLink
    let counts: MemberCounts
    let which: String
    let rows: [MemberLine]
    let isEmpty: Bool
    let first: String?
    let older: String?
    let command: String

    private static let count = 50

    static func path(_ link: InstanceLink, _ activation: Int64?) -> String {
        "\(link.path)/members?activation=\(activation ?? 0)"
    }

    init(_ visit: Visit) async throws {
        let segments = visit.request.segments
        link = InstanceLink(workflow: segments[1], key: segments[2])
        let now = visit.now
        var query = [("count", "\(Self.count)")]
        for name in ["activation", "status", "after"] {
            if let value = visit.request.option(name), !value.isEmpty {
                query.append((name, value))
            }
        }
        let page = try await visit.get(link.resource + "/members", query)
        let members = page["members"]?.listValue ?? []
        let base = Self.path(link, page["activation"]?.intValue)
        let status = visit.request.option("status").flatMap { $0.isEmpty ? nil : $0 }
        let here = status.map { "\(base)&status=\($0.urlEncoded)" } ?? base
        counts = MemberCounts(page["counts"], path: base)
        which = status.map { $0 == "running" ? "under way" : $0 } ?? "all, in their order"
        rows = members.map { MemberLine($0, now) }
        isEmpty = rows.isEmpty
        first = visit.request.option("after") == nil ? nil : here
        older =
            page["hasMore"] == true
            ? members.last?["number"]?.intValue.map { "\(here)&after=\($0)" } : nil
        command = visit.line(["members", link.name] + (status.map { ["--status", $0] } ?? []))
    }
}
