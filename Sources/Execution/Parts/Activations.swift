import Definition
import Statechart
import Values

/// Calls, children, fan-outs, tasks and undoings that are not done, in the order of their start. A number is never used
/// again: it makes the idempotency key of a call.
package struct Activations: Part {
    package typealias Element = Activation

    package private(set) var list: [Activation] = []
    /// Of all that were ever started.
    package private(set) var lastNumber: Int64 = 0

    init() {}

    init(_ list: [Activation], lastNumber: Int64) {
        self.list = list
        self.lastNumber = lastNumber
    }

    func numbered(_ number: Int64) -> Activation? { list.first { $0.number == number } }

    /// Local operations are performed one by one, before anything leaves the process.
    package var nextLocal: Activation? { list.first(where: \.isLocal) }

    var nextNumber: Int64 { lastNumber + 1 }

    mutating func begin(_ work: Work, _ input: Value, key: String, at now: Timestamp) -> Int64 {
        lastNumber += 1
        list.append(
            Activation(number: lastNumber, work: work, input: input, key: key, startedAt: now))
        return lastNumber
    }

    /// One that is over stays over.
    mutating func update(_ number: Int64, _ change: (inout Work) -> Void) {
        guard let index = list.firstIndex(where: { $0.number == number }) else { return }
        change(&list[index].work)
    }

    /// A person is shown something else.
    mutating func show(_ number: Int64, _ shown: Value) {
        guard let index = list.firstIndex(where: { $0.number == number }) else { return }
        list[index].show(shown)
    }

    mutating func end(_ number: Int64) { list.removeAll { $0.number == number } }

    mutating func endAll() { list = [] }
}
