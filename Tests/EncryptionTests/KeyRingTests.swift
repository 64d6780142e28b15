import Testing

@testable import Encryption

@Suite("A ring of keys")
struct KeyRingTests {
    private static func key(_ name: String, _ seed: UInt8 = 1) throws -> KeyRing.Key {
        try KeyRing.Key(name, (0..<32).map { UInt8($0) &* 7 &+ seed })
    }

    private let place = SealedPlace("history.entries", 4, 7)

    @Test func whatIsSealedOpensAtItsPlaceOnly() throws {
        let ring = try KeyRing([Self.key("k1")], current: "k1")
        let sealed = ring.seal(Array("hello".utf8), at: place)
        #expect(sealed.first == SealedHeader.magic)
        #expect(try ring.open(sealed, at: place) == Array("hello".utf8))
        let others = [
            SealedPlace("history.entries", 7, 4), SealedPlace("history.entries", 4),
            SealedPlace("calls.data", 4, 7), SealedPlace("history.entries", "4", "7"),
        ]
        for other in others {
            #expect(throws: KeyProblem.self) { try ring.open(sealed, at: other) }
        }
    }

    @Test func everyChangedByteIsTold() throws {
        let ring = try KeyRing([Self.key("k1")], current: "k1")
        let sealed = ring.seal(Array("a value of some length".utf8), at: place)
        for index in sealed.indices.dropFirst() {
            for bit in [UInt8(1), 0x80] {
                var changed = sealed
                changed[index] ^= bit
                #expect(throws: KeyProblem.self, "byte \(index)") {
                    try ring.open(changed, at: place)
                }
            }
        }
        for length in 1..<sealed.count {
            #expect(throws: KeyProblem.self) {
                try ring.open(Array(sealed.prefix(length)), at: place)
            }
        }
    }

    @Test func placesNeverLookAlike() {
        #expect(SealedPlace("t.c", "a", "bc").bytes != SealedPlace("t.c", "ab", "c").bytes)
        #expect(SealedPlace("t.c", "a").bytes != SealedPlace("t.ca").bytes)
    }

    @Test func noTwoSealsAreAlikeUnlessTheyAreMeantToBe() throws {
        let ring = try KeyRing([Self.key("k1"), Self.key("k2", 9)], current: "k1")
        // Past the uses of one salt.
        let seals = Set<[UInt8]>((0..<3000).map { _ in ring.seal([1, 2, 3], at: place) })
        #expect(seals.count == 3000)
        for seal in seals { #expect(try ring.open(seal, at: place) == [1, 2, 3]) }
        let alike = ring.sealAlike([1, 2, 3], at: place)
        #expect(alike == ring.sealAlike([1, 2, 3], at: place))
        #expect(alike != ring.sealAlike([1, 2, 4], at: place))
        #expect(alike != ring.sealAlike([1, 2, 3], at: SealedPlace("other")))
        #expect(try ring.open(alike, at: place) == [1, 2, 3])
        #expect(ring.everyLikeness([1, 2, 3], at: place).count == 3)
        #expect(ring.everyLikeness([1, 2, 3], at: place).contains(alike))
    }

    @Test func withoutAKeyNothingIsSealed() throws {
        let known = try KeyRing([Self.key("k1")], current: "k1")
        let reading = try KeyRing([Self.key("k1")], current: nil)
        #expect(reading.seal([1, 2], at: place) == [1, 2])
        #expect(KeyRing.none.seal([], at: place) == [])
        #expect(try reading.open(known.seal([1, 2], at: place), at: place) == [1, 2])
        #expect(throws: KeyProblem("it is sealed with key k1, which is not given")) {
            try KeyRing.none.open(known.seal([1, 2], at: place), at: place)
        }
    }

    @Test func aKeyThatIsNoneIsRefusedWithoutAByteOfIt() throws {
        #expect(throws: KeyProblem("key k1 has 31 bytes, not 32")) {
            try KeyRing.Key("k1", Array(repeating: 1, count: 31))
        }
        #expect(throws: KeyProblem("key k1 is not random: its bytes repeat")) {
            try KeyRing.Key("k1", Array("0123456789abcdef0123456789abcde".utf8) + [48])
        }
        #expect(throws: KeyProblem("key k1 is not random: its bytes are a text")) {
            try KeyRing.Key("k1", Array("Correct horse battery staple, 42".utf8))
        }
        for name in ["", "a b", "ä", String(repeating: "x", count: 33)] {
            #expect(throws: KeyProblem.self) { try Self.key(name) }
        }
        #expect(throws: KeyProblem("there are two keys with the name k1")) {
            try KeyRing([Self.key("k1"), Self.key("k1", 2)], current: nil)
        }
        #expect(throws: KeyProblem("there is no key k2")) {
            try KeyRing([Self.key("k1")], current: "k2")
        }
        #expect(try Self.key("k1").check != Self.key("k1", 2).check)
    }

    @Test(arguments: [0, 1, SealedPieces.piece - 1, SealedPieces.piece, 3 * SealedPieces.piece + 5])
    func filesAreSealedInPieces(size: Int) throws {
        let ring = try KeyRing([Self.key("k1")], current: "k1")
        let pieces = try #require(SealedPieces(ring))
        let plain = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let count = max(1, (size + SealedPieces.piece - 1) / SealedPieces.piece)
        var file = pieces.header.bytes
        for number in 0..<count {
            let part = plain.dropFirst(number * SealedPieces.piece).prefix(SealedPieces.piece)
            file += pieces.seal(Array(part), number: Int64(number), isLast: number == count - 1)
        }
        let other = try #require(try SealedPieces(file, ring))
        #expect(other.plainSize(Int64(file.count)) == Int64(size))
        var read: [UInt8] = []
        for number in 0..<count {
            let (offset, length) = other.place(of: Int64(number), in: Int64(file.count))
            read += try other.open(
                Array(file[Int(offset)...].prefix(length)), number: Int64(number),
                isLast: number == count - 1)
        }
        #expect(read == plain)
        // A file that is cut after a piece does not end there.
        let (offset, length) = other.place(of: 0, in: Int64(file.count))
        if count > 1 {
            #expect(throws: KeyProblem.self) {
                try other.open(Array(file[Int(offset)...].prefix(length)), number: 0, isLast: true)
            }
        }
    }
}
