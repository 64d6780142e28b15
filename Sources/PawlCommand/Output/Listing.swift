import ArgumentParser
import Execution
import Values

/// What a listing command found, and what it left out.
struct Listing: Equatable {
    /// What the rows are called in a document, as the API calls them.
    let name: String
    var rows: [Value] = []
    /// Where the next page begins, as `--after` takes it; nil: this was the last one.
    var next: String?
    /// All there are, on whatever page; nil: nobody counted.
    var total: Int64?
    /// There are more than `total`.
    var totalIsLeast = false
    /// What may have been meant, where nothing is found.
    var hint: String?

    /// What programs get: `next` says whether that was all.
    var document: Value {
        var document: ValueMap = [name: .list(rows)]
        document.set("total", total.map(Value.int))
        if totalIsLeast { document["totalIsLeast"] = true }
        document["next"] = next.map(Value.string) ?? .null
        return .map(document)
    }
}

extension Listing {
    /// One page, as whoever was asked gives it.
    struct Page {
        var rows: [Value]
        var next: String?
        var total: Int64?
        var totalIsLeast = false
        var hint: String?

        init(rows: [Value], next: String?) {
            self.rows = rows
            self.next = next
        }

        /// An answer with an opaque `cursor`.
        init(_ answer: Value, _ name: String) {
            self.init(rows: answer[name]?.listValue ?? [], next: answer["cursor"]?.stringValue)
            total = answer["total"]?.intValue
            totalIsLeast = answer["totalIsLeast"]?.boolValue ?? false
            hint = answer["hint"]?.stringValue
        }

        /// An answer whose rows are numbered, and which says whether it `hasMore`.
        init(_ answer: Value, _ name: String, numberedBy number: String) {
            let rows = answer[name]?.listValue ?? []
            let last = rows.last?[number]?.intValue
            self.init(
                rows: rows, next: answer["hasMore"] == true ? last.map { String($0) } : nil)
            total = answer["total"]?.intValue
        }
    }

    /// One line for people where something was left out: how much, and what to type to see it.
    func rest(after typed: [String]) -> String? {
        guard let next else { return nil }
        let isFirst = !typed.contains { $0 == "--after" || $0.hasPrefix("--after=") }
        let line = CommandLineText(
            typed.filter { $0 != "--watch" }.droppingOption("--after") + ["--after", next]
        ).text
        let all = typed.contains("--all") ? "" : ", or --all"
        return "… \(count(isFirst: isFirst))more: \(line)\(all)"
    }

    /// `37 `, `9,950+ `, or nothing where it is not known.
    private func count(isFirst: Bool) -> String {
        guard isFirst, let total, total > Int64(rows.count) else { return "" }
        return (total - Int64(rows.count)).grouped + (totalIsLeast ? "+ " : " ")
    }
}

extension [String] {
    /// Without an option that has a value.
    func droppingOption(_ name: String) -> [String] {
        var words: [String] = []
        var isValue = false
        for word in self {
            if isValue {
                isValue = false
            } else if word == name {
                isValue = true
            } else if !word.hasPrefix(name + "=") {
                words.append(word)
            }
        }
        return words
    }
}

extension Int64 {
    /// `10,000`
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + text
    }
}

extension Value {
    /// Without what changes as time goes by: the moment of the answer, sentences that count seconds.
    var substance: Value {
        guard case .map(var map) = self else { return self }
        for name in ["at", "now", "why", "runningSeconds"] { map.removeValue(forKey: name) }
        for name in ["instances", "blockers"] {
            guard let list = map[name]?.listValue else { continue }
            map[name] = .list(
                list.map { element in
                    guard case .map(var map) = element else { return element }
                    map.removeValue(forKey: "why")
                    map.removeValue(forKey: "sentence")
                    return .map(map)
                })
        }
        return .map(map)
    }
}

/// How much of a list.
struct PageOptions: ParsableArguments {
    /// More than anybody reads, and no more than fits into memory.
    static let most = 100_000
    private static let page = 500

    @Option(
        name: [.customShort("n"), .customLong("limit")],
        help: "How many at most; what is left out is said.")
    var count: Int?

    @Flag(help: "All there are, 100,000 at most.")
    var all = false

    @Option(help: "Only what comes after this place, as the end of a list named it.")
    var after: String?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("-n is 1 or more") }
        if all, count != nil { throw ValidationError("--all and -n exclude each other") }
    }

    /// For lists whose places are numbers.
    func checkNumber() throws {
        guard let after else { return }
        guard let number = Int64(after), number >= 0 else {
            throw ValidationError("--after is a number, as the end of the list named it")
        }
    }

    /// - Parameters:
    ///   - usual: so many where nobody says.
    ///   - page: asks for so many after a place.
    func collect(
        _ name: String, usual: Int = 50,
        page: (_ after: String?, _ count: Int) async throws -> Listing.Page
    ) async throws -> Listing {
        var listing = Listing(name: name)
        let limit = all ? Self.most : min(count ?? usual, Self.most)
        var place = after
        repeat {
            let new = try await page(place, min(Self.page, limit - listing.rows.count))
            listing.rows += new.rows
            listing.total = new.total
            listing.totalIsLeast = new.totalIsLeast
            listing.hint = new.hint
            listing.next = new.rows.isEmpty ? nil : new.next
            place = listing.next
        } while place != nil && listing.rows.count < limit
        return listing
    }
}

/// What a looking command shows: once, or again on every change.
struct Sight: Equatable {
    var data: String
    /// For programs: every character as it is.
    var isExact: Bool
    /// What is said beside it.
    var talk: [String] = []
    /// What of it is more than the passing of time.
    var substance = Value.null

    /// All of it, for one screen.
    var text: String { ([data] + talk).filter { !$0.isEmpty }.joined(separator: "\n") }

    func show() {
        if !data.isEmpty { isExact ? Terminal.printExactly(data) : Terminal.print(data) }
        for line in talk { Terminal.say(line) }
    }
}
