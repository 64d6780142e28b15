import Values

/// Filters of RFC 7644, 3.4.2.2: `attribute eq value`, several of them with `and` and `or`. Values are JSON, so a text is
/// quoted.
struct IdentityFilter {
    private struct Comparison {
        let attribute: String
        let value: Value
    }

    /// One of these holds; all of each.
    private var alternatives: [[Comparison]] = [[]]

    private static let maximumComparisons = 50

    init?(_ text: String) {
        var rest = Substring(text)
        for _ in 0..<Self.maximumComparisons {
            guard let comparison = Self.comparison(&rest) else { return nil }
            alternatives[alternatives.count - 1].append(comparison)
            switch Self.word(&rest).lowercased() {
            case "" where rest.isEmpty: return
            case "and": continue
            case "or": alternatives.append([])
            default: return nil
            }
        }
        return nil
    }

    func holds(of line: IdentityLine) -> Bool {
        alternatives.contains { $0.allSatisfy { Self.holds($0, line) } }
    }

    // MARK: Reading

    private static func comparison(_ rest: inout Substring) -> Comparison? {
        let attribute = word(&rest).lowercased()
        guard !attribute.isEmpty, word(&rest).lowercased() == "eq", let value = value(&rest)
        else { return nil }
        return Comparison(attribute: attribute, value: value)
    }

    private static func word(_ rest: inout Substring) -> String {
        rest = rest.drop { $0 == " " }
        let word = rest.prefix { $0 != " " }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private static func value(_ rest: inout Substring) -> Value? {
        rest = rest.drop { $0 == " " }
        guard rest.first == "\"" else {
            let value = try? JSON.parse(Array(word(&rest).utf8))
            return value?.boolValue == nil ? nil : value
        }
        var end = rest.index(after: rest.startIndex)
        var isEscaped = false
        while end < rest.endIndex, isEscaped || rest[end] != "\"" {
            isEscaped = !isEscaped && rest[end] == "\\"
            end = rest.index(after: end)
        }
        guard end < rest.endIndex else { return nil }
        let value = try? JSON.parse(Array(rest[...end].utf8))
        rest = rest[rest.index(after: end)...]
        return value
    }

    // MARK: Comparing

    /// A user name and a mail address are alike whatever their case; what a client calls an account is not.
    private static func holds(_ comparison: Comparison, _ line: IdentityLine) -> Bool {
        let attributes = line.account.attributes
        let wanted = comparison.value
        switch comparison.attribute {
        case "id": return sameUTF8(wanted.stringValue, line.id)
        case "externalid": return sameUTF8(wanted.stringValue, line.account.externalID)
        case "username": return isAlike(wanted, attributes["userName"])
        case "displayname": return isAlike(wanted, attributes["displayName"])
        case "active": return wanted == attributes["active"]
        case "emails", "emails.value":
            return (attributes["emails"]?.listValue ?? []).contains {
                isAlike(wanted, $0["value"])
            }
        default: return false
        }
    }

    private static func isAlike(_ a: Value, _ b: Value?) -> Bool {
        guard let a = a.stringValue, let b = b?.stringValue else { return false }
        return sameUTF8(a.lowercased(), b.lowercased())
    }
}
