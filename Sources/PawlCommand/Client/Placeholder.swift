import Values

/// What a suggested command leaves to be filled in: `<why>`. Pasted as it stands it says nothing.
enum Placeholder {
    static func refuse(in value: Value) throws(Failure) {
        switch value {
        case .string(let text): try refuse(in: text)
        case .list(let list): for element in list { try refuse(in: element) }
        case .map(let map): for entry in map.entries { try refuse(in: entry.value) }
        default: return
        }
    }

    private static func refuse(in text: String) throws(Failure) {
        guard text.hasPrefix("<"), text.hasSuffix(">"), text.utf8.count > 2,
            text.dropFirst().dropLast().allSatisfy({ $0.isLetter || $0 == "|" || $0 == " " })
        else { return }
        throw Failure(
            status: 64, "`\(text)` stands for what you have to say", fix: "fill it in")
    }
}
