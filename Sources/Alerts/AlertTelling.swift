import Execution
import Values

/// Who knows of an alert, and who does not yet: that a message was made says nothing of it.
package struct AlertTelling: Sendable, Hashable {
    package struct Told: Sendable, Hashable {
        package let receiver: ExactText
        /// When it last took a message.
        package let at: Timestamp
    }

    package private(set) var told: [Told] = []
    /// What is still tried, or nobody tries any more: one for each address.
    package private(set) var untold: [AlertDelivery] = []

    /// - Parameter deliveries: of any alert, those of a status in the order that they were made. Those that were delivered may
    ///   be missing: they go after a while.
    package init(_ alert: Alert, _ deliveries: [AlertDelivery]) {
        let own = deliveries.filter { $0.alert.map { sameUTF8($0, alert.id) } == true }
        for notice in alert.notices {
            let taken = own.filter {
                $0.receiver == notice.receiver && $0.status == .delivered
            }
            let last = (taken.map(\.endedAt) + [notice.toldAt]).compactMap(\.self).max()
            if let last { told.append(Told(receiver: notice.receiver, at: last)) }
            // Of one address the first that waits is the one that is tried.
            var waiting: [ExactText: AlertDelivery] = [:]
            var dead: [ExactText: AlertDelivery] = [:]
            for delivery in own where delivery.receiver == notice.receiver {
                let address = ExactText(delivery.address ?? "")
                switch delivery.status {
                case .pending: waiting[address] = waiting[address] ?? delivery
                case .dead: dead[address] = delivery
                case .delivered: break
                }
            }
            for address in Set<ExactText>(waiting.keys).union(dead.keys).sorted() {
                if let delivery = waiting[address] {
                    untold.append(delivery)
                } else if let delivery = dead[address] {
                    let later = taken.filter { sameUTF8($0.address ?? "", address.text) }
                        .compactMap(\.endedAt).max()
                    let reached = delivery.address == nil ? last : later
                    // Whoever took a later one knows.
                    if let reached, let end = delivery.endedAt, end <= reached { continue }
                    untold.append(delivery)
                }
            }
        }
    }
}

extension Alert {
    /// A receiver took a message of it.
    /// - Returns: whether that says anything new.
    package mutating func note(told receiver: ExactText, at now: Timestamp) -> Bool {
        guard let index = notices.firstIndex(where: { $0.receiver == receiver }) else {
            return false
        }
        notices[index].toldAt = Timestamp(milliseconds: now.milliseconds)
        return true
    }
}
