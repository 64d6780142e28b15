import Guest
import Values

/// A worker in matching's own words: the *normal sample*, whose characteristics are compared with
/// the reference sample. One record holds who it is and how busy it is.
struct NormalSample: Record, Hashable {
    let id: String
    let skills: [String]
    let position: Place?
    /// 0 to 5.
    let rating: Double
    var state: WorkerState
    /// All members but the state's.
    private let profile: ValueMap

    static let collection = "matching.worker"

    private enum Member: String, CodingKey {
        case skills, open, reliability, rating, lat, lon
    }

    /// Nearest first among those that are nearly alike; holds who has a place.
    static let near = RecordIndex<Self>(parts: [
        .each(Member.skills), .ascending(Member.open, else: 0),
        .descending(Member.reliability, stepsOfOne: 64, else: .double(WorkerState.unknown)),
        .descending(Member.rating, stepsOfOne: 8, else: 0),
        .place(latitude: Member.lat, longitude: Member.lon),
    ])
    /// The best first where distance is no matter.
    static let rated = RecordIndex<Self>(parts: [
        .each(Member.skills), .hasPlace(latitude: Member.lat, longitude: Member.lon),
        .ascending(Member.open, else: 0),
        .descending(Member.reliability, else: .double(WorkerState.unknown)),
        .descending(Member.rating, else: 0),
    ])
    static let indexes = [near, rated]

    init(id: String, _ body: Value) {
        self.id = id
        skills = body["skills"]?.listValue?.compactMap(\.stringValue) ?? []
        position = Place(body)
        rating = body["rating"]?.doubleValue ?? 0
        state = WorkerState(body)
        var profile = body.mapValue ?? ValueMap()
        for member in WorkerState.members { profile[member] = .none }
        self.profile = profile
    }

    init(_ value: Value) { self.init(id: value["id"]?.stringValue ?? "", value) }

    var value: Value { .map(profile.merging(state.body)) }

    /// An imported profile with the state that the worker has.
    func replacing(profile body: Value) -> NormalSample {
        var other = NormalSample(id: id, body)
        other.state = state
        return other
    }
}

extension Place {
    /// - Parameter value: a map with `lat` and `lon`.
    init?(_ value: Value) {
        guard let latitude = value["lat"]?.doubleValue, let longitude = value["lon"]?.doubleValue
        else { return nil }
        self.init(latitude: latitude, longitude: longitude)
    }
}

/// An order with its client in matching's own words: what the workers are compared with.
struct ReferenceSample: Hashable {
    let orderID: String
    let clientID: String
    let service: String
    let visitAt: Timestamp
    let position: Place?
    /// Workers that must not come, such as the one who failed the original order.
    let except: [String]

    /// - Parameter input: of `matching.best`.
    init(_ input: Value) throws(Refusal) {
        guard let order = input["order"] else { throw .invalid("order", "an order") }
        orderID = try order.text("orderId")
        clientID = try order.text("clientId")
        service = try order.text("service")
        visitAt = try order.time("visitAt")
        position = order["place"].flatMap(Place.init)
        except = input["except"]?.listValue?.compactMap(\.stringValue) ?? []
    }

    /// The day of the visit in UTC, `2026-02-14`.
    var day: String { String(visitAt.rfc3339.prefix(10)) }
}
