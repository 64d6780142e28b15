import Testing

@testable import CEL
@testable import Values

/// How names are told apart and found, which every expression does all the time.
@Suite struct NamesTests {
    /// Each length beside the words that are compared at once, each place of a difference.
    @Test(arguments: 0...40)
    func stringsAreTheSameByEveryByte(length: Int) {
        let bytes = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(sameUTF8(text, String(decoding: bytes, as: UTF8.self)))
        #expect(!sameUTF8(text, text + "a"))
        for place in 0..<length {
            var other = bytes
            other[place] = UInt8(ascii: "Z")
            #expect(!sameUTF8(text, String(decoding: other, as: UTF8.self)), "byte \(place)")
        }
    }

    /// The same letter for Swift, and equally long: the two marks stand in either order.
    @Test func stringsThatAreOnlyCanonicallyEqualDiffer() {
        let (one, other) = ("q\u{0307}\u{0323}", "q\u{0323}\u{0307}")
        #expect(one == other && one.utf8.count == other.utf8.count)
        #expect(!sameUTF8(one, other))
        let map: ValueMap = [one: 1]
        #expect(map[other] == nil)
    }

    @Test func innerBindingsHideOuterOnesAndLeaveThemAlone() throws {
        let outer: Bindings = ["now": 1, "input": 2]
        var inner = Bindings(inside: outer)
        inner["now"] = 3
        inner["event"] = 4
        let sum = try Expression(parsing: "[now, input, event]")
        #expect(try sum.evaluate(inner) == [3, 2, 4])
        #expect(outer["now"] == 1 && outer["event"] == nil)
        #expect(inner.names.sorted() == ["event", "input", "now"])
        inner["now"] = nil
        #expect(inner["now"] == nil)
        #expect(outer["now"] == 1)
    }

    @Test func aThirdLevelSeesBothOthers() {
        var middle = Bindings(inside: ["a": 1, "b": 1])
        middle["b"] = 2
        var inner = Bindings(inside: middle)
        inner["c"] = 3
        #expect(inner["a"] == 1 && inner["b"] == 2 && inner["c"] == 3)
    }

    @Test func settingAMemberInPlaceChangesNobodyElsesMap() {
        let data: ValueMap = ["price": 5, "hours": 0]
        var bindings: Bindings = ["context": .map(data)]
        bindings.set("hours", of: "context", to: 3)
        bindings.set("total", of: "context", to: 15)
        #expect(bindings["context"] == ["price": 5, "hours": 3, "total": 15])
        #expect(data == ["price": 5, "hours": 0])
    }

    @Test func aNameWithADotIsStillFoundInside() throws {
        let bindings = Bindings(inside: ["a.b": 1])
        #expect(try Expression(parsing: "a.b + 1").evaluate(bindings) == 2)
    }
}
