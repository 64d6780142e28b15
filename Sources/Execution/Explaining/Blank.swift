import Sabotage
import Values

/// What stands in a suggestion for what only a person knows: the name of its member in angle brackets, as `<orderId>`, or
/// in words what is asked for. Sent back as it is, it says nothing, and is refused wherever people's actions are read.
package enum Blank {
    static func text(_ name: String) -> Value { .string("<\(name)>") }

    static let why = "why"
    static let howYouKnow = "how you know"
    static let subject = "subject"
    static let role = "role"

    private static let words = [why, howYouKnow, subject, role]

    /// - Parameter member: which one it is the value of; of a list the list's.
    package static func isBlank(_ text: String, of member: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "<"), text.utf8.last == UInt8(ascii: ">"),
            text.utf8.count > 2
        else { return false }
        if isMutant(.blankTaken) { return false }
        let name = text.dropFirst().dropLast()
        return sameUTF8(String(name), member) || words.contains(String(name))
    }

    /// Where in the value something is still to be filled in, at most so many places.
    package static func places(
        in value: Value, of member: String, at pointer: String, atMost limit: Int
    ) -> [(pointer: String, text: String)] {
        var places: [(pointer: String, text: String)] = []
        look(value, member, pointer, limit, &places)
        return places
    }

    private static func look(
        _ value: Value, _ member: String, _ pointer: String, _ limit: Int,
        _ places: inout [(pointer: String, text: String)]
    ) {
        guard places.count < limit else { return }
        switch value {
        case .string(let text):
            if isBlank(text, of: member) { places.append((pointer, text)) }
        case .list(let list):
            for (index, element) in list.enumerated() {
                look(element, member, "\(pointer)/\(index)", limit, &places)
            }
        case .map(let map):
            for entry in map.entries {
                guard let name = entry.key.stringValue else { continue }
                look(entry.value, name, "\(pointer)/\(name.pointerToken)", limit, &places)
            }
        default: break
        }
    }
}
