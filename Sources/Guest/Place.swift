internal import Execution
import Values

/// A point on the earth, in degrees.
public struct Place: Sendable, Hashable {
    /// -90 to 90.
    public let latitude: Double
    /// -180 to 180.
    public let longitude: Double

    /// nil: outside the earth.
    public init?(latitude: Double, longitude: Double) {
        guard abs(latitude) <= 90, abs(longitude) <= 180 else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    static let kilometresPerDegree = 111.195
    /// From one end of the earth to the other, on the plane that distances are measured on.
    static let farthest = 40_000.0

    /// In kilometres, on a plane through the middle latitude: exact enough within a city, and free
    /// of the C library's trigonometry, whose last digit differs between platforms.
    public func distance(to other: Place) -> Double {
        var degreesEast = abs(longitude - other.longitude)
        if degreesEast > 180 { degreesEast = 360 - degreesEast }
        let east = degreesEast * Self.cosine((latitude + other.latitude) / 2)
        let north = latitude - other.latitude
        return (east * east + north * north).squareRoot() * Self.kilometresPerDegree
    }

    /// Of degrees from -90 to 90, by Bhaskara's formula (error below 0.002).
    private static func cosine(_ degrees: Double) -> Double {
        let square = degrees * degrees
        return (32_400 - 4 * square) / (32_400 + square)
    }

    /// Boxes of the grid that hold every place up to a distance: two where they go round the earth.
    func boxes(within kilometres: Double) -> [PlaceBox] {
        // A little more than asked for, so that rounding leaves nothing out.
        let north = kilometres / Self.kilometresPerDegree * 1.000_001 + 1e-9
        let south = max(-90, latitude - north)
        let top = min(90, latitude + north)
        let width = min(
            Self.cosine((latitude + south) / 2), Self.cosine((latitude + top) / 2))
        let east = width > 1e-9 ? north / width * 1.000_001 : 360
        func box(_ west: Double, _ east: Double) -> PlaceBox {
            let low = PlaceCode(latitude: south, longitude: west)
            let high = PlaceCode(latitude: top, longitude: east)
            return PlaceBox(x: low.x...max(low.x, high.x), y: low.y...max(low.y, high.y))
        }
        guard east < 180 else { return [box(-180, 180)] }
        if longitude - east < -180 {
            return [box(-180, longitude + east), box(longitude - east + 360, 180)]
        }
        if longitude + east > 180 {
            return [box(longitude - east, 180), box(-180, longitude + east - 360)]
        }
        return [box(longitude - east, longitude + east)]
    }
}

/// A search through an index whose last part is a place, from near to far.
///
/// Rings are looked at one after the other, each twice as wide as the one before; within a ring the order is that of the
/// index. Give it to ``Records/more(of:limit:)`` until it ``isOver``, or until what is farther away does not matter.
public struct NearestFirst<R: Record>: Sendable {
    let index: RecordIndex<R>
    let equals: [any IndexKey]
    let place: Place
    /// Every record up to this distance was given, in kilometres.
    public private(set) var completeWithin = 0.0
    /// Every record was.
    public private(set) var isOver = false

    private var radius = 0.25
    private var boxes: [PlaceBox]
    /// Those that were looked at already.
    private var before: [PlaceBox] = []
    private var ranges: [ClosedRange<UInt64>]
    private var cursor: IndexPosition?

    /// - Parameter keys: of the parts before the place, one each.
    public init(_ index: RecordIndex<R>, equals keys: any IndexKey..., from place: Place) {
        self.init(index, equals: keys, from: place)
    }

    public init(_ index: RecordIndex<R>, equals keys: [any IndexKey], from place: Place) {
        self.index = index
        self.equals = keys
        self.place = place
        boxes = place.boxes(within: radius)
        ranges = boxes.flatMap(\.ranges)
    }

    /// What is to be read next; nil: the search is over.
    mutating func next() -> IndexScan? {
        guard !isOver, let range = ranges.first,
            let whole = IndexRange(equals: equals).scan(index.declaration, after: nil)
        else { return nil }
        return IndexScan(
            index: whole.index, lower: whole.lower + SortKey.encode(range.lowerBound),
            upper: whole.lower + SortKey.after(SortKey.encode(range.upperBound)), after: cursor)
    }

    /// - Returns: the places in the list of those that belong to this ring.
    mutating func took(_ keys: [[UInt8]], _ last: IndexPosition?, isLastPage: Bool) -> [Int] {
        let own = keys.indices.filter { index in
            guard let code = SortKey.place(of: keys[index]) else { return false }
            let found = PlaceCode(code: code)
            return boxes.contains { $0.contains(found) }
                && !before.contains { $0.contains(found) }
        }
        cursor = isLastPage ? nil : last
        if isLastPage {
            ranges.removeFirst()
            if ranges.isEmpty { widen() }
        }
        return own
    }

    private mutating func widen() {
        completeWithin = radius
        guard radius < Place.farthest, !boxes.contains(where: \.isWhole) else {
            isOver = true
            return
        }
        radius *= 2
        before = boxes
        boxes = place.boxes(within: radius)
        ranges = boxes.flatMap(\.ranges)
    }
}
