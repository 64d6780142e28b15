import Values

extension CronParser.Piece {
    static func star(_ piece: Self) -> Self { Self(text: "*", offset: piece.offset) }

    func dropLast() -> Self { Self(text: String(text.dropLast()), offset: offset) }
}

extension CronParser {
    func failure(_ message: String, _ piece: Piece) -> RuleError {
        RuleError(message, at: pointer, place: piece.place)
    }

    /// The pieces between the separators, empty ones too.
    static func split(_ text: String, at separators: Set<Character>, offset: Int) -> [Piece] {
        var pieces: [Piece] = []
        var current = ""
        var start = offset
        for character in text {
            if separators.contains(character) {
                pieces.append(Piece(text: current, offset: start))
                start += current.utf8.count + character.utf8.count
                current = ""
            } else {
                current.append(character)
            }
        }
        return pieces + [Piece(text: current, offset: start)]
    }

    /// What a `*`, a value or a range stands for, with a step or without; bit n is n.
    func values(_ item: Piece, _ field: CronField) throws(RuleError) -> UInt64 {
        let parts = Self.split(item.text, at: ["/"], offset: item.offset)
        guard parts.count <= 2 else { throw failure("more than one step", parts[2]) }
        let (low, high, isSingle) = try range(parts[0], field)
        guard parts.count == 2 else { return Self.bits(low, high, step: 1) }
        guard let step = Int(parts[1].text), parts[1].isNumber, step > 0 else {
            throw failure("a step is a number from 1", parts[1])
        }
        guard step <= field.range.upperBound else {
            throw failure(
                "a step of \(step) is longer than the field: a \(field.title) is "
                    + "\(field.range.lowerBound) to \(field.range.upperBound)", parts[1])
        }
        // A weekday's 7 is the Sunday that 0 was.
        let end = field == .dayOfWeek ? 6 : field.range.upperBound
        return Self.bits(low, isSingle ? max(low, end) : high, step: step)
    }

    private static func bits(_ low: Int, _ high: Int, step: Int) -> UInt64 {
        stride(from: low, through: high, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private func range(
        _ piece: Piece, _ field: CronField
    ) throws(RuleError) -> (low: Int, high: Int, isSingle: Bool) {
        if piece.text == "*" {
            let range = field.range
            return (range.lowerBound, field == .dayOfWeek ? 6 : range.upperBound, false)
        }
        let ends = Self.split(piece.text, at: ["-"], offset: piece.offset)
        guard ends.count <= 2 else { throw failure("a range has two ends", piece) }
        let low = try value(ends[0], field)
        guard ends.count == 2 else { return (low, low, true) }
        var high = try value(ends[1], field)
        if field == .dayOfWeek, high == 0, low > 0 { high = 7 }
        guard low <= high else {
            let (first, last) = (
                field.range.lowerBound, field == .dayOfWeek ? 6 : field.range.upperBound
            )
            throw failure(
                "'\(piece.text.quotable)' runs backwards; "
                    + "write '\(low)-\(last),\(first)-\(high)' to go round", piece)
        }
        return (low, high, false)
    }

    /// A number of the field's range, or a name.
    func value(_ piece: Piece, _ field: CronField) throws(RuleError) -> Int {
        guard !piece.text.isEmpty else { throw failure("a \(field.title) is missing", piece) }
        let range = field.range
        if piece.isNumber {
            guard let number = Int(piece.text), range.contains(number) else {
                throw failure(
                    "'\(piece.text.quotable)' is no \(field.title): "
                        + "\(range.lowerBound) to \(range.upperBound)", piece)
            }
            return number
        }
        if let index = CalendarNames.index(of: piece.text, in: field.names) {
            return range.lowerBound + index
        }
        let isShort = piece.text.count <= 4
        let hint = CalendarNames.hint(for: piece.text, in: field.names, short: isShort)
        throw failure("'\(piece.text.quotable)' is no \(field.title)" + hint, piece)
    }
}

extension CronParser.Piece {
    fileprivate var isNumber: Bool {
        !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}
