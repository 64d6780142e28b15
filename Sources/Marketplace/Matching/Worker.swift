import Guest
import Values

/// A worker in matching's own words: the *normal sample*, whose characteristics are compared with
/// the reference sample.
struct NormalSample: Hashable {
    let id: String
    let skills: [String]
    let position: Position?
    /// 0 to 5.
    let rating: Double
    let state: WorkerState

    static let collection = "matching.worker"

    init(id: String, skills: [String], position: Position?, rating: Double, state: WorkerState) {
        self.id = id
        self.skills = skills
        self.position = position
        self.rating = rating
        self.state = state
    }

    init(_ record: RecordEntry, state: WorkerState) {
        self.init(
            id: record.id,
            skills: record.body["skills"]?.listValue?.compactMap(\.stringValue) ?? [],
            position: Position(record.body), rating: record.body["rating"]?.doubleValue ?? 0,
            state: state)
    }
}

/// An order with its client in matching's own words: what the workers are compared with.
struct ReferenceSample: Hashable {
    let orderID: String
    let clientID: String
    let service: String
    let visitAt: Timestamp
    let position: Position?
    /// Workers that must not come, such as the one who failed the original order.
    let except: [String]

    /// - Parameter input: of `matching.best`.
    init(_ input: Value) throws(Refusal) {
        guard let order = input["order"] else { throw .invalid("order", "an order") }
        orderID = try order.text("orderId")
        clientID = try order.text("clientId")
        service = try order.text("service")
        visitAt = try order.time("visitAt")
        position = order["place"].flatMap(Position.init)
        except = input["except"]?.listValue?.compactMap(\.stringValue) ?? []
    }

    /// The day of the visit in UTC, `2026-02-14`.
    var day: String { String(visitAt.rfc3339.prefix(10)) }
}

/// A point on the earth, in degrees.
struct Position: Hashable {
    let latitude: Double
    let longitude: Double

    /// - Parameter value: a map with `lat` and `lon`.
    init?(_ value: Value) {
        guard let latitude = value["lat"]?.doubleValue, let longitude = value["lon"]?.doubleValue,
            abs(latitude) <= 90, abs(longitude) <= 180
        else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    /// In kilometres, on a plane through the middle latitude: exact enough within a city, and free
    /// of the C library's trigonometry, whose last digit differs between platforms.
    func distance(to other: Position) -> Double {
        let kilometresPerDegree = 111.195
        var degreesEast = abs(longitude - other.longitude)
        if degreesEast > 180 { degreesEast = 360 - degreesEast }
        let east = degreesEast * Self.cosine((latitude + other.latitude) / 2)
        let north = latitude - other.latitude
        return (east * east + north * north).squareRoot() * kilometresPerDegree
    }

    /// Of degrees from -90 to 90, by Bhaskara's formula (error below 0.002).
    private static func cosine(_ degrees: Double) -> Double {
        let square = degrees * degrees
        return (32_400 - 4 * square) / (32_400 + square)
    }
}
