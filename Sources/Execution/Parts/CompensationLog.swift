import Definition
import Values

/// A line of the compensation log. Registered when the call *starts*: registering at completion leaves
/// endings with an effect that nobody undoes.
package struct EffectRecord: Sendable, Hashable {
    /// What is known of the effect.
    package enum Status: String, Sendable, Hashable {
        /// Started; the outcome is not known yet.
        case possible
        case applied
        case compensated
    }

    package let activation: Int64
    /// `adapter.operation` or the child's workflow.
    package let task: String
    package let key: String
    package let input: Value
    package let compensation: Invocation.Target
    package fileprivate(set) var output: Value?
    package fileprivate(set) var status: Status

    package init(
        activation: Int64, task: String, key: String, input: Value,
        compensation: Invocation.Target, output: Value? = nil, status: Status = .possible
    ) {
        self.activation = activation
        self.task = task
        self.key = key
        self.input = input
        self.compensation = compensation
        self.output = output
        self.status = status
    }
}

/// The effects that the instance has, or may have, in the order in which their calls started.
///
/// A line is written when a call starts, and struck out only while it is merely possible: by a classified answer that
/// nothing took place. What took place stays until it is undone, and is undone in reverse order of starting (G7).
package struct CompensationLog: Part {
    package typealias Element = EffectRecord

    package private(set) var list: [EffectRecord] = []

    init(_ list: [EffectRecord] = []) { self.list = list }

    func knows(_ activation: Int64) -> Bool { list.contains { $0.activation == activation } }

    /// What is not undone.
    var standing: [EffectRecord] { list.filter { $0.status != .compensated } }

    /// A retry registers its call again, behind what was started later; a line for each activation is enough.
    mutating func register(_ effect: EffectRecord) {
        guard !knows(effect.activation) else { return }
        let place = list.firstIndex { $0.activation > effect.activation } ?? list.endIndex
        list.insert(effect, at: place)
    }

    /// The call took no effect.
    mutating func strike(_ activation: Int64) {
        list.removeAll { $0.activation == activation && $0.status == .possible }
    }

    mutating func confirm(_ activation: Int64, output: Value) {
        guard let index = index(of: activation) else { return }
        list[index].output = output
        list[index].status = .applied
    }

    mutating func markCompensated(_ activation: Int64) {
        guard let index = index(of: activation) else { return }
        list[index].status = .compensated
    }

    mutating func forgetCompensated() { list.removeAll { $0.status == .compensated } }

    private func index(of activation: Int64) -> Int? {
        list.firstIndex { $0.activation == activation }
    }
}
