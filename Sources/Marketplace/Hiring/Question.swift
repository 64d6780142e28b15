import Guest
import Values

/// A question of a test, with its key if it has one: one choice, a set of choices, a number with a tolerance, or a text of
/// several. What has no key is marked by a person.
struct Question {
    enum Key {
        case choice(Int64)
        /// All or nothing, unless it is `isPartial`: then each wrong one takes a right one away.
        case choices(Set<Int64>, isPartial: Bool)
        case number(Double, tolerance: Double)
        /// Folded.
        case texts([String])
    }

    enum Mark {
        case points(Int64)
        /// For a person.
        case open
    }

    let id: String
    let text: String
    let points: Int64
    /// nil: a person marks the answer.
    let key: Key?

    /// What says how a question is marked, and is kept from candidates.
    static let secrets = ["correct", "partial", "number", "accept"]
    private static let maximumPoints: Int64 = 100

    init(_ value: Value) throws(Refusal) {
        id = try value.text("id")
        text = try value.text("text")
        points = value["points"]?.intValue ?? 1
        key = try Self.key(value, id)
        guard (1...Self.maximumPoints).contains(points) else {
            throw .invalid("questions", "questions of 1 to \(Self.maximumPoints) points (\(id))")
        }
    }

    /// For whoever shows the question.
    var kind: String {
        switch key {
        case .choice: "choice"
        case .choices: "choices"
        case .number: "number"
        case .texts, nil: "text"
        }
    }

    private static func key(_ value: Value, _ id: String) throws(Refusal) -> Key? {
        let kinds = ["choices", "number", "accept"].filter { value[$0] != nil }
        guard kinds.count <= 1 else {
            throw .invalid(
                "questions", "questions of one kind; \(id) has \(kinds.joined(separator: " and "))")
        }
        switch kinds.first {
        case "choices": return try choiceKey(value, id)
        case "number":
            guard let number = value["number"]?["value"]?.number else {
                throw .invalid("questions", "a `number` with its `value` (\(id))")
            }
            let tolerance = value["number"]?["tolerance"]?.number ?? 0
            guard tolerance >= 0 else {
                throw .invalid("questions", "a `tolerance` of 0 or more (\(id))")
            }
            return .number(number, tolerance: tolerance)
        case "accept":
            let texts = (value["accept"]?.listValue ?? []).compactMap(\.stringValue)
                .map(\.answerFolded).filter { !$0.isEmpty }
            guard !texts.isEmpty else {
                throw .invalid("questions", "the texts that `accept` takes (\(id))")
            }
            return .texts(texts)
        default:
            guard value["correct"] == nil else {
                throw .invalid("questions", "`choices` beside `correct` (\(id))")
            }
            return nil
        }
    }

    private static func choiceKey(_ value: Value, _ id: String) throws(Refusal) -> Key {
        let places = 0..<Int64(value["choices"]?.listValue?.count ?? 0)
        if let place = value["correct"]?.intValue, places.contains(place) { return .choice(place) }
        let set = Set<Int64>((value["correct"]?.listValue ?? []).compactMap(\.intValue))
        guard !set.isEmpty, set.allSatisfy(places.contains),
            set.count == value["correct"]?.listValue?.count
        else {
            throw .invalid(
                "questions",
                "questions whose `correct` is the place of a choice, from 0, or a list of them (\(id))"
            )
        }
        return .choices(set, isPartial: value["partial"]?.boolValue ?? false)
    }

    /// Whole points; blank is nothing, and never below nothing.
    func mark(_ answer: Value?) -> Mark {
        guard let answer, !answer.isBlank else { return .points(0) }
        switch key {
        case nil:
            return .open
        case .choice(let place):
            return .points(answer.intValue == place ? points : 0)
        case .choices(let right, let isPartial):
            guard let given = answer.listValue?.compactMap(\.intValue) else { return .points(0) }
            let chosen = Set<Int64>(given)
            if chosen == right { return .points(points) }
            let worth = chosen.intersection(right).count - chosen.subtracting(right).count
            guard isPartial, worth > 0 else { return .points(0) }
            return .points(points * Int64(worth) / Int64(right.count))
        case .number(let number, let tolerance):
            guard let given = answer.number else { return .points(0) }
            // 0.1 is not what it looks like in binary.
            let slack = 1e-9 * max(1, abs(number))
            return .points(abs(given - number) <= tolerance + slack ? points : 0)
        case .texts(let texts):
            guard let given = answer.stringValue?.answerFolded else { return .points(0) }
            return .points(texts.contains { sameUTF8($0, given) } ? points : 0)
        }
    }
}

extension Value {
    fileprivate var isBlank: Bool {
        isNull || stringValue?.answerFolded.isEmpty == true || listValue?.isEmpty == true
    }

    fileprivate var number: Double? {
        intValue.map(Double.init) ?? doubleValue ?? stringValue.flatMap { Double($0) }
    }
}

extension String {
    /// Without the blanks around it.
    fileprivate var answerFolded: String {
        let trimmed = drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return String(trimmed).folded
    }
}
