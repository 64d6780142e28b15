/// Points on the earth as numbers of which near ones are often near: the bits of both coordinates in turn (Z-order).
///
/// Each coordinate has 32 bits, about a centimetre. A box is covered by a few ranges of numbers, which hold more than the
/// box: whoever reads them looks at each point again.
package struct PlaceCode: Sendable, Hashable {
    package let x: UInt32
    package let y: UInt32

    package init(x: UInt32, y: UInt32) {
        self.x = x
        self.y = y
    }

    /// - Parameters: degrees; what lies outside is taken to the edge.
    package init(latitude: Double, longitude: Double) {
        x = Self.grid(longitude, 180)
        y = Self.grid(latitude, 90)
    }

    /// Never decreasing, so that a box of degrees is a box of the grid.
    private static func grid(_ degrees: Double, _ limit: Double) -> UInt32 {
        let share = (min(max(degrees, -limit), limit) + limit) / (2 * limit)
        return UInt32(min((share * 4_294_967_295).rounded(.down), 4_294_967_295))
    }

    package init(code: UInt64) {
        x = Self.gather(code)
        y = Self.gather(code >> 1)
    }

    package var code: UInt64 { Self.spread(x) | Self.spread(y) << 1 }

    private static func spread(_ number: UInt32) -> UInt64 {
        var result = UInt64(number)
        result = (result | result << 16) & 0x0000_FFFF_0000_FFFF
        result = (result | result << 8) & 0x00FF_00FF_00FF_00FF
        result = (result | result << 4) & 0x0F0F_0F0F_0F0F_0F0F
        result = (result | result << 2) & 0x3333_3333_3333_3333
        return (result | result << 1) & 0x5555_5555_5555_5555
    }

    private static func gather(_ code: UInt64) -> UInt32 {
        var result = code & 0x5555_5555_5555_5555
        result = (result | result >> 1) & 0x3333_3333_3333_3333
        result = (result | result >> 2) & 0x0F0F_0F0F_0F0F_0F0F
        result = (result | result >> 4) & 0x00FF_00FF_00FF_00FF
        result = (result | result >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: result | result >> 16)
    }
}

/// A box of the grid, its edges included.
package struct PlaceBox: Sendable, Hashable {
    package let x: ClosedRange<UInt32>
    package let y: ClosedRange<UInt32>

    package init(x: ClosedRange<UInt32>, y: ClosedRange<UInt32>) {
        self.x = x
        self.y = y
    }

    package func contains(_ place: PlaceCode) -> Bool {
        x.contains(place.x) && y.contains(place.y)
    }

    /// All of the earth.
    package var isWhole: Bool { x == 0...UInt32.max && y == 0...UInt32.max }

    /// Ranges of codes that hold all of it, in order, 16 at most.
    package var ranges: [ClosedRange<UInt64>] {
        var shift: UInt64 = 0
        while shift < 32, steps(x, shift) > 3 || steps(y, shift) > 3 { shift += 1 }
        var starts: [UInt64] = []
        for row in UInt64(y.lowerBound) >> shift...UInt64(y.upperBound) >> shift {
            for column in UInt64(x.lowerBound) >> shift...UInt64(x.upperBound) >> shift {
                let cell = PlaceCode(
                    x: UInt32(truncatingIfNeeded: column << shift),
                    y: UInt32(truncatingIfNeeded: row << shift))
                starts.append(cell.code)
            }
        }
        let last: UInt64 = shift >= 32 ? .max : (1 << (2 * shift)) - 1
        var result: [ClosedRange<UInt64>] = []
        for start in starts.sorted() {
            if let open = result.last, open.upperBound != .max, open.upperBound + 1 == start {
                result[result.count - 1] = open.lowerBound...(start | last)
            } else {
                result.append(start...(start | last))
            }
        }
        return result
    }

    private func steps(_ range: ClosedRange<UInt32>, _ shift: UInt64) -> UInt64 {
        (UInt64(range.upperBound) >> shift) - (UInt64(range.lowerBound) >> shift)
    }
}
