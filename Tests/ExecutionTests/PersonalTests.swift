import Testing
import Values

@testable import Definition

/// What is erased of any value, and what stays.
@Suite struct PersonalTests {
    private static let personal = Personal(
        [
            schema([
                "properties": [
                    "name": ["x-personal": true], "home": ["x-personal": "client"],
                    "lines": ["items": ["properties": ["mail": ["x-personal": ["client", "x"]]]]],
                    "plain": [:],
                ]
            ])
        ], persons: ["client", "other"])

    private static func schema(_ source: Value) -> Schema {
        (try? Schema(parsing: source)) ?? .any
    }

    // MARK: Any value

    @Test(arguments: 0..<400)
    func noPersonalTextIsLeft(seed: UInt64) {
        var dice = Dice(state: seed)
        let value = dice.value(depth: 5)
        let texts = Self.personal.texts(in: value)
        let erased = Self.personal.erased(value, forgetting: ForgottenTexts(texts, keeping: []))
        let left = Self.strings(of: erased)
        for text in texts.map(\.text)
        where text.unicodeScalars.count >= 4 && !text.allSatisfy(\.isNumber) {
            #expect(!left.contains { $0.contains(text) }, "\(text) is left of \(value): \(erased)")
        }
        // What stands under such a name says nothing at all.
        Self.visit(erased) { name, value in
            guard Self.personal.isPersonal(name) else { return }
            #expect(
                [.string("[erased]"), "", 0, .double(0), false, .null, [], [:]].contains(value))
        }
        let again = Self.personal.erased(erased, forgetting: ForgottenTexts(texts, keeping: []))
        #expect(again == erased)
    }

    @Test(arguments: 0..<400)
    func everythingElseIsAsItWas(seed: UInt64) {
        var dice = Dice(state: seed)
        let value = dice.value(depth: 5)
        let erased = Self.personal.erased(value, forgetting: .none)
        #expect(Self.withoutPersonal(erased) == Self.withoutPersonal(value))
        let known = Self.personal.texts(in: value)
        let all = Self.personal.erased(value, forgetting: ForgottenTexts(known, keeping: known))
        #expect(Self.withoutPersonal(all) == Self.withoutPersonal(value))
    }

    // MARK: Cases

    @Test func aTextIsForgottenUnderOtherNames() {
        let value: Value = [
            "name": "Ada Lovelace", "client": "c-4", "price": 1250,
            "mail": "Dear Ada Lovelace, order 20101012 costs 12.50", "home": "1010",
            "lines": [["mail": "ada@example.org"], ["text": "to ada@example.org, 1010 Vienna"]],
        ]
        let texts = ForgottenTexts(Self.personal.texts(in: value), keeping: ["c-4"])
        #expect(
            Self.personal.erased(value, forgetting: texts) == [
                "name": "[erased]", "client": "c-4", "price": 1250,
                "mail": "[erased]", "home": "[erased]",
                "lines": [["mail": "[erased]"], ["text": "to [erased], [erased] Vienna"]],
            ])
        #expect(texts.removed(from: "Dear Ada Lovelace: 20101012") == "Dear [erased]: 20101012")
    }

    @Test func whatIsOnesOwnIsNotTheOthers() {
        let other = Self.personal.belonging(to: "other")
        #expect(other.isPersonal("name") && !other.isPersonal("home") && !other.isPersonal("mail"))
        #expect(Self.personal.belonging(to: "client").isPersonal("home"))
        #expect(Self.personal.strangers == ["x"])
    }

    @Test func aFileLosesWhatNamesItAndNothingThatOthersHave() {
        let hash = String(repeating: "a", count: 64)
        let file: Value = [
            "sha256": .string(hash), "name": "ada.png", "type": "image/png", "size": 3,
        ]
        let value: Value = [
            "name": file, "note": .string("see \(hash)"), "other": ["type": "image/png"],
        ]
        let texts = ForgottenTexts(Self.personal.texts(in: value), keeping: [])
        #expect(
            Self.personal.erased(value, forgetting: texts)
                == ["name": [:], "note": "see [erased]", "other": ["type": "image/png"]])
    }

    @Test func idsAndShortTextsAndTheMarkItselfStay() {
        let texts = ForgottenTexts(["c-4", "client-4", "Bob", "erased"], keeping: ["client-4"])
        #expect(texts.isEmpty)
        #expect(texts.removed(from: "Bob is client-4 [erased]") == "Bob is client-4 [erased]")
        // One that holds another goes first, and is one.
        let nested = ForgottenTexts(["Main Street", "Main Street 12"], keeping: [])
        #expect(nested.removed(from: "at Main Street 12") == "at [erased]")
    }

    @Test func aLongTextOfManyIsLookedThroughOnce() {
        let text = String(repeating: "aaab", count: 1_000)
        #expect(ForgottenTexts(["aaaa"], keeping: []).removed(from: text) == text)
        #expect(
            ForgottenTexts(["aaab"], keeping: []).removed(from: text)
                == String(repeating: "[erased]", count: 1_000))
    }

    // MARK: Looking

    private static func strings(of value: Value) -> [String] {
        switch value {
        case .string(let text): [text]
        case .list(let list): list.flatMap(strings)
        case .map(let map):
            map.entries.flatMap { [$0.key.stringValue ?? ""] + strings(of: $0.value) }
        default: []
        }
    }

    private static func visit(_ value: Value, _ body: (String, Value) -> Void) {
        switch value {
        case .list(let list): for element in list { visit(element, body) }
        case .map(let map):
            for (key, value) in map.entries {
                if let name = key.stringValue { body(name, value) }
                visit(value, body)
            }
        default: break
        }
    }

    private static func withoutPersonal(_ value: Value) -> Value {
        switch value {
        case .list(let list): return .list(list.map(withoutPersonal))
        case .map(let map):
            var rest = ValueMap()
            for (key, value) in map.entries
            where !(key.stringValue.map { personal.isPersonal($0) } ?? false) {
                rest[key] = withoutPersonal(value)
            }
            return .map(rest)
        default: return value
        }
    }

    /// SplitMix64.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return Int((mixed ^ (mixed >> 31)) % UInt64(max(sides, 1)))
        }

        /// Few letters, so that one text is often in another.
        mutating func text() -> String {
            String((0..<roll(9)).map { _ in ["a", "b", "1", "é", "𝄞", " "][roll(6)] }.joined())
        }

        mutating func value(depth: Int) -> Value {
            switch roll(depth > 0 ? 8 : 5) {
            case 0: return .null
            case 1: return .bool(roll(2) == 0)
            case 2: return .int(Int64(roll(5_000)))
            case 3: return .double(Double(roll(100)) / 8)
            case 4: return .string(text())
            case 5: return .list((0..<roll(4)).map { _ in value(depth: depth - 1) })
            default:
                let names = ["name", "home", "mail", "plain", "other", text()]
                let pairs = (0..<roll(5)).map { _ in
                    (names[roll(names.count)], value(depth: depth - 1))
                }
                return .map(ValueMap(pairs))
            }
        }
    }
}
