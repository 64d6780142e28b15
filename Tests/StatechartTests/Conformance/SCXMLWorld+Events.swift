import Statechart
import Values

/// The event processor: who is meant, what is wrong with an order to send, and what is under way.
extension SCXMLWorld {
    struct Delivery {
        let due: Duration
        let isDelayed: Bool
        let sender: Int
        let receiver: Int
        let sendID: String?
        let message: Message
    }

    /// An event on its way.
    struct Message {
        let name: String
        let data: Value
        let attributes: ValueMap

        init(name: String, data: Value, attributes: ValueMap) {
            self.name = name
            self.data = data
            self.attributes = attributes
        }

        /// An error that an order to send has led to.
        init(error name: String, sendID: Value?) {
            var attributes: ValueMap = ["type": "platform"]
            attributes["sendid"] = sendID
            self.init(name: name, data: .null, attributes: attributes)
        }

        var invokeID: String? { attributes["invokeid"]?.stringValue }
        var event: Event { event(as: .named) }

        func event(as identity: Event.Identity) -> Event {
            Event(name: name, identity: identity, data: data, attributes: attributes)
        }
    }

    /// The names of the only event processor.
    static let types = ["scxml", "http://www.w3.org/TR/scxml/#SCXMLEventProcessor"]

    static func address(of session: Int) -> String { "#_scxml_\(session)" }

    mutating func deliverNext() {
        let delivery = agenda.removeFirst()
        now = delivery.due
        let receiver = delivery.receiver
        guard sessions[receiver].isRunning else { return }
        let errors = prepare(delivery.message, for: receiver)
        take(delivery.message.event, in: receiver)
        for _ in 0..<errors {
            take(Message(error: "error.execution", sendID: nil).event, in: receiver)
        }
    }

    // MARK: Orders

    /// Judges what a session wants to send, at the moment at which it does.
    func processor(of index: Int) -> EventProcessor {
        let world = self
        return { $0.kind == .log ? .effect : world.dispatch($0.payload, from: index) }
    }

    private func dispatch(_ order: Value, from index: Int) -> SendOutcome {
        if order["cancel"] != nil { return .effect }
        let type = order["type"]?.stringValue ?? Self.types[0]
        let target = order["target"]?.stringValue ?? ""
        guard Self.types.contains(type), target.isEmpty || target.hasPrefix("#_") else {
            return .refused(Message(error: "error.execution", sendID: order["id"]).event)
        }
        if target == "#_internal" {
            var message = message(order, from: index)
            message = Message(
                name: message.name, data: message.data, attributes: ["type": "internal"])
            return .queued(message.event)
        }
        guard receiver(of: target, from: index) != nil else {
            return .queued(Message(error: "error.communication", sendID: order["id"]).event)
        }
        return .effect
    }

    /// What `dispatch` has let through.
    mutating func send(_ order: Value, from index: Int) {
        if let id = order["cancel"]?.stringValue {
            agenda.removeAll { $0.sender == index && $0.sendID == id }
            return
        }
        let target = order["target"]?.stringValue ?? ""
        guard let receiver = receiver(of: target, from: index) else { return }
        post(
            message(order, from: index), from: index, to: receiver, id: order["id"]?.stringValue,
            after: order["delay"]?.stringValue.map(Self.delay) ?? .zero)
    }

    private func message(_ order: Value, from index: Int) -> Message {
        var attributes: ValueMap = [
            "type": "external", "origin": .string(Self.address(of: index)),
            "origintype": .string(Self.types[1]),
        ]
        attributes["sendid"] = order["id"]
        if order["target"]?.stringValue == "#_parent" {
            attributes["invokeid"] = sessions[index].parent.map { .string($0.invokeID) }
        }
        return Message(
            name: order["event"]?.stringValue ?? "", data: order["data"] ?? .null,
            attributes: attributes)
    }

    /// The session that an address means to another one; nil: there is none, or it has ended.
    private func receiver(of target: String, from index: Int) -> Int? {
        let found: Int? =
            switch target {
            case "": index
            case "#_parent": sessions[index].parent?.session
            default:
                sessions.indices.first { Self.address(of: $0) == target }
                    ?? sessions[index].children.values.first { "#_\($0.invokeID)" == target }?
                    .session
            }
        return found.flatMap { $0 == index || sessions[$0].isRunning ? $0 : nil }
    }

    // MARK: Under way

    mutating func post(
        _ message: Message, from sender: Int, to receiver: Int, id: String? = nil,
        after delay: Duration = .zero
    ) {
        let delivery = Delivery(
            due: now + delay, isDelayed: delay > .zero, sender: sender, receiver: receiver,
            sendID: id, message: message)
        let place = agenda.firstIndex { $0.due > delivery.due } ?? agenda.endIndex
        agenda.insert(delivery, at: place)
    }

    /// A time of CSS 2: `1s`, `.5s`, `20ms`.
    private static func delay(_ text: String) -> Duration {
        if text.hasSuffix("ms") { return .milliseconds(Double(text.dropLast(2)) ?? 0) }
        return .seconds(Double(text.dropLast()) ?? 0)
    }
}
