import Values

/// A row that belongs to an instance beside its own, as the JSON that it holds: for who goes through all that there is of one
/// instance without asking what it means.
package struct InstanceRow: Sendable, Hashable {
    /// Where it stands.
    package enum Place: Sendable, Hashable {
        /// `[[sequence, at, kind, data], …]`, of one commit or a part of one; under the number of the last.
        case history(last: Int64)
        case receipt(eventID: ExactText)
        case task(activation: Int64)
        case member(activation: Int64, number: Int64)
        /// Whether it is open or closed; what it is found by follows from it.
        case incident(number: Int64)
        /// An event that waits for an instance of the name.
        case kept(arrival: Int64)
        case unmatched(isEarly: Bool, number: Int64)
    }

    package let instance: InstanceID
    package let name: InstanceName
    package let place: Place
    package let data: Value

    package init(instance: InstanceID, name: InstanceName, place: Place, data: Value) {
        self.instance = instance
        self.name = name
        self.place = place
        self.data = data
    }
}
