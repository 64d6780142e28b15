import Values

/// An event that came before any state waited for it.
package struct KeptEvent: Sendable, Hashable {
    package let number: Int64
    package let event: InboundEvent
    package let arrivedAt: Timestamp
    package let expiresAt: Timestamp

    package init(
        number: Int64, event: InboundEvent, arrivedAt: Timestamp, expiresAt: Timestamp
    ) {
        self.number = number
        self.event = event
        self.arrivedAt = arrivedAt
        self.expiresAt = expiresAt
    }
}

/// Early events, in the order of their arrival: part of the run, and therefore few and small.
package struct KeptEvents: Part {
    package typealias Element = KeptEvent

    package private(set) var list: [KeptEvent] = []
    /// Of all that were ever kept.
    package private(set) var lastNumber: Int64 = 0

    /// Early events of one instance at most.
    package static let maximum = 256
    /// What they hold together, in bytes.
    static let maximumBytes = 1 << 20

    package init() {}

    init(_ list: [KeptEvent], lastNumber: Int64) {
        self.list = list
        self.lastNumber = lastNumber
    }

    /// - Parameter held: what has to have room beside it.
    package func hasRoom(for event: InboundEvent, besides held: [InboundEvent] = []) -> Bool {
        guard list.count < Self.maximum else { return false }
        var left = Self.maximumBytes
        for data in (list.map(\.event) + held + [event]).map(\.data) where left > 0 {
            left -= data.weight(upTo: left)
        }
        return left > 0
    }

    mutating func keep(_ event: InboundEvent, arrivedAt: Timestamp, until expiry: Timestamp) {
        lastNumber += 1
        list.append(
            KeptEvent(number: lastNumber, event: event, arrivedAt: arrivedAt, expiresAt: expiry))
    }

    mutating func remove(_ kept: KeptEvent) { list.removeAll { $0.number == kept.number } }
}
