import Foundation
import Testing

@testable import Rehearsal

/// Files that gzip has packed; the constants are what gzip makes of these texts.
@Suite struct GzipTests {
    private static let text = (0..<200).map { number in
        "line \(number * number) of a log, \(number % 7) and "
            + String(repeating: "x", count: number % 11) + "\n"
    }.joined()

    /// In blocks with codes of their own.
    private static let dynamic = bytes(
        """
        H4sIAAAAAAAC/4WYS25kIQxF51lFLaAH+IPBy4nUH7UUJdMsv0kH3sOFDbNS3VtS2WBz7Le/778e6fHx+/H6ePv486N9fn3/+Xh5+/oepu/h//ef3wJPAn4LXdFJoa50CWTSeGhdxDyJ+RK7SvNP5VbH39ElgM9ZF14DMYYKTkDGASl5kVkPwhJhV5jX8EZW1ImtaypeYD1jJmWw5FP8kLpcNQinJxzZPazpRMA/sPtQTMbESyozRAd3e+p6eN9KRl1D7FIRJ7x+GUze2CZVzA/zU1ILqh9Sl81fTUtSK0N0D3vxmJShk1Q1aSf/psZnN5nMBcjzXYXsVNu44SZ5yd5WNNcVnqqfRN3grgphP7KuZ6e4TERikpfX7IKYMhcnvVCE4xvZPdW0G/Dzq7TWXy+9ZHJIc34R3CY5Cj6pF2FXKbEbXZc5BbU2+oVJHyz5RUlhk+yOkji8nKPtmBDYyy8qSNharvZjkyhTfgnI6ZpXW/POrosk3rs2VK5+6Y1+aPLHywtWMGqY3VCZo9vZHSrhO3f1XL8EjcfWMPpdl/LaQUfTrs4Zdk3QeeiGWMStv/GGp+RG1zt6ippn16FyEFU3EEZP3nBwkfBydotEnDJ5SpH44RsmRQ2gS5Lz4l1vF0OIXsI+o3Q1C2z4S4p7crdeq24ZrKQseworEbFMFlI5kVjJokcUK4U5YLGiXiUODnShpYtYIcaxygFldllYd0BWK8mWyDT53DI5cNM4u4WTnqBMJfGRyrQmCLCspdDDmAtOEoRoBokTx3AGSfwX8IYakB2gASSXX2YHkuwhDRqq6AHT2jMufAQ1qBXOpIbggM3QCCFmtcy8gbUiuqE11KASB82hRzGzgbPsgY2k6oHYSJFPyMYgcGQ25hBvZpc47XVotXKEbZABNeQ2yORPFUMWh2Vm8q1FdujW4kfdshsIha/jZbGxe/TWRtUIcmaEhs1oeLvYOdkLwqtGBAdFs4QIBzWAmxvdZQNxUG1RLBQHmpi3GNfAH2HPcW2qD1Bn9tje4JJca6XCR5TDZPsVmVmkkEQwh0/d0tIcAvnNdsi2Vz/zHH6lcgd0iBgOHNcCJF7KDIt9pzymQ4LEJ6hD2r6cl6uABFjXBjAPf4ZIJCHYIQtv9mptphHertYsuOR19pNwVzMcFpocusPGpqc1G0oWPfEdtuqXI+DhE03OhIclZ4kQD4tPsmNAReTNzq1ail62bjVc4YzhFsM2Oxy5HnZv7W1GPZBeG5B3Y8gwSchDs0uLBLDXhu14C9cahPdmXrO4HemeYK+N6sFCZ+jBOHmP84D7fRyRHWUd2COqWQ6wRxyy0GzKKkfYI7Yz/gx7lMnbEAyxuAV6LWt9/BkyBwvwoVfZLueo2L3KCnuNgEj2sEc1BRxkliQgJ9ijardMPuw1tEwcwF6bQr0p5eUfmbkaWS0ZAAA=
        """)
    /// As it is, without codes.
    private static let stored = bytes("H4sIAAAAAAAA/wEHAPj/c3RvcmVkCuKcU6UHAAAA")
    /// With the codes of the RFC, and the name of a file in its header.
    private static let fixed = bytes(
        "H4sICAAAAAAC/2xvZy5qc29ubABLy6xITVFIQ5BcAMM84KgSAAAA")

    private static func bytes(_ text: String) -> [UInt8] {
        Array(Data(base64Encoded: text) ?? Data())
    }

    private static func unpacked(_ bytes: [UInt8], limit: Int = 1 << 20) throws -> String {
        String(decoding: try Gzip.unpack(bytes, limit: limit), as: UTF8.self)
    }

    @Test func everyKindOfBlockIsUnpacked() throws {
        #expect(try Self.unpacked(Self.stored) == "stored\n")
        #expect(try Self.unpacked(Self.fixed) == "fixed fixed fixed\n")
        #expect(try Self.unpacked(Self.dynamic) == Self.text)
        #expect(Self.text.utf8.count == 6_445)
    }

    /// `cat a.gz b.gz`, and a tape's zeros behind it.
    @Test func membersFollowEachOther() throws {
        let both = Self.fixed + Self.stored + [0, 0, 0]
        #expect(try Self.unpacked(both) == "fixed fixed fixed\nstored\n")
        #expect(throws: Gzip.Failure.self) { try Self.unpacked(Self.stored + [7]) }
    }

    @Test func nothingComesOutOfWhatIsCutOffOrChanged() throws {
        for end in 0..<Self.dynamic.count {
            do throws(Gzip.Failure) {
                _ = try Gzip.unpack(Array(Self.dynamic[..<end]), limit: 1 << 20)
                Issue.record("\(end) bytes of it were taken for all")
            } catch {
                #expect(error.offset <= end, "\(end)")
            }
        }
        for place in Self.dynamic.indices.dropFirst(10) {
            var bytes = Self.dynamic
            bytes[place] ^= 1
            #expect(throws: Gzip.Failure.self, "byte \(place)") { try Self.unpacked(bytes) }
        }
    }

    @Test func noMoreComesOutThanIsAllowed() throws {
        #expect(try Self.unpacked(Self.dynamic, limit: 6_445) == Self.text)
        do throws(Gzip.Failure) {
            _ = try Gzip.unpack(Self.dynamic, limit: 6_444)
            Issue.record("more came out")
        } catch {
            #expect(error.message == "it unpacks to more than 6444 bytes")
        }
        #expect(throws: Gzip.Failure.self) { try Self.unpacked(Self.stored, limit: 6) }
    }

    @Test func wordsThatHaveNoRoomAreRefused() {
        #expect(HuffmanCode([1, 1, 1]) == nil)
        #expect(HuffmanCode([1, 2, 2])?.symbol(for: 0b011)?.symbol == 2)
        #expect(HuffmanCode([1])?.symbol(for: 1) == nil)
    }
}
