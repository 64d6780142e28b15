import Values

/// Where the members of an object stand in its text, for what is wrong with one of them. Only texts that are JSON are
/// asked about, and only when something is wrong.
struct MemberPlaces {
    private struct Place {
        let name: String
        let nameOffset: Int
        let valueOffset: Int
    }

    private let text: [UInt8]
    private var places: [Place] = []

    init(_ text: [UInt8]) {
        self.text = text
        find()
    }

    /// The column of a member's name; 1: there is none of that name.
    func name(_ name: String) -> Int { column(of: name, \.nameOffset) }

    /// The column at which a member's value begins; 1: there is none of that name.
    func value(of name: String) -> Int { column(of: name, \.valueOffset) }

    /// From 1, in code points.
    private func column(of name: String, _ offset: KeyPath<Place, Int>) -> Int {
        guard let place = places.first(where: { sameUTF8($0.name, name) }) else { return 1 }
        return text.prefix(place[keyPath: offset]).count { $0 & 0xC0 != 0x80 } + 1
    }

    /// Names stand at the first level, before a colon.
    private mutating func find() {
        var (depth, offset) = (0, 0)
        var string = 0..<0
        while offset < text.count {
            switch text[offset] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                string = offset..<endOfString(from: offset)
                offset = string.upperBound - 1
            case UInt8(ascii: ":") where depth == 1:
                let name = (try? JSON.parse(Array(text[string])))?.stringValue ?? ""
                places.append(
                    Place(
                        name: name, nameOffset: string.lowerBound,
                        valueOffset: firstOfValue(after: offset)))
            default: break
            }
            offset += 1
        }
    }

    /// The offset behind its closing quote.
    private func endOfString(from start: Int) -> Int {
        var offset = start + 1
        while offset < text.count, text[offset] != UInt8(ascii: "\"") {
            offset += text[offset] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(offset + 1, text.count)
    }

    private func firstOfValue(after colon: Int) -> Int {
        text[(colon + 1)...].firstIndex { ![32, 9, 13].contains($0) } ?? colon
    }
}
