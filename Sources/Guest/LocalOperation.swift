// Guest: what a business brings into an engine that knows none.
//
// Theory of operation. A business is in-process operations over records of its own. An operation is one function
// of a call's input and of `Records`: it reads them as it goes (what it read may name what it reads next), changes
// them, and gives an output or refuses by a name. It keeps nothing and sees no clock, no chance and no store: the
// time and a key to derive ids from come with the call. The engine performs it between two decisions and writes the
// changes in the commit of the transition that called, so they happen exactly once; operations are as if one after
// another, what they did not find included.
//
// Everything `public` here is what a business is written against; it imports this and `Values`, and nothing else of
// the engine. What travels in and out is a `ValueConvertible`: a `Value` itself, or a type whose members are read and
// written by name.

import Values

/// A pure function that a workflow calls, by an adapter with `transport: local`.
///
/// No clock, no chance, no I/O, and nothing kept: it may be performed again, and must then give the same. Its writes
/// are part of the calling transition's commit: they happen once, without a key. Below a millisecond, for all others
/// wait for it.
public protocol LocalOperation<Input, Output>: Sendable {
    /// What the manifest's `input` describes. An undoing operation takes an ``Undo``.
    associatedtype Input: ValueConvertible
    /// What the manifest's `outputSchema` describes.
    associatedtype Output: ValueConvertible

    /// - Throws: a ``Refusal`` by a name that the manifest declares in `errors`; nothing is written then.
    func perform(_ call: Call<Input>, _ records: inout Records) throws(Refusal) -> Output
}

/// What an operation is called with.
public struct Call<Input: ValueConvertible>: Sendable {
    public let input: Input
    /// Unique to this call and the same whenever it is performed again: ids of what it makes are derived from it.
    public let key: String
    /// The name of the calling instance's workflow.
    public let workflow: String
    /// The calling instance, `loan/7`.
    public let instance: String
    /// The moment of the decision, in whole milliseconds: the only time there is.
    public let now: Timestamp

    package init(
        input: Input, key: String, workflow: String, instance: String, now: Timestamp
    ) {
        self.input = input
        self.key = key
        self.workflow = workflow
        self.instance = instance
        self.now = now
    }

    /// For tests of one operation.
    public init(
        testing input: Input, key: String = "pawl/test/1/1", instance: String = "test/1",
        now: Timestamp
    ) {
        let workflow = String(instance.prefix { $0 != "/" })
        self.init(input: input, key: key, workflow: workflow, instance: instance, now: now)
    }
}

/// A named error of an operation, which its manifest declares in `errors`; `onError: [{error: no-copy, …}]` matches it.
///
/// It is never tried again by itself: the same call over the same records refuses again. A name that the manifest does
/// not declare is an incident that says so, for no workflow can match it; `invalid-input` needs no declaration.
public struct Refusal: Error, Sendable, Hashable {
    /// Lower case with hyphens, `no-copy`.
    public let name: String
    /// For people; whatever differs from case to case goes here.
    public let message: String
    /// What else a person should know, a row each: `pawl why` shows them.
    public let facts: ValueMap

    public init(_ name: String, _ message: String) {
        self.init(name, message, facts: ValueMap())
    }

    public init(_ name: String, _ message: String, facts: ValueMap) {
        self.name = name
        self.message = message
        self.facts = facts
    }

    /// A member of the input that is not what the operation needs.
    /// - Parameter expected: `a non-empty string`.
    public static func invalid(_ member: String, _ expected: String) -> Refusal {
        Refusal("invalid-input", "`\(member)` must be \(expected)")
    }
}

/// What an operation gets that undoes another one (`compensate` in the manifest).
///
/// It must do nothing where the other took no effect, and nothing when it is performed twice.
public struct Undo<Input: ValueConvertible, Output: ValueConvertible>: ValueConvertible {
    /// The ``Call/key`` of the call to undo.
    public let key: String
    /// The input of the call to undo.
    public let input: Input
    /// What the call gave; nil when that is not known.
    public let output: Output?

    public init(key: String, input: Input, output: Output? = nil) {
        self.key = key
        self.input = input
        self.output = output
    }

    public init(_ value: Value) throws(ValueMismatch) {
        guard let key = value["key"]?.stringValue else {
            throw ValueMismatch("/key", "is no string: an undoing operation is given one")
        }
        self.key = key
        do throws(ValueMismatch) { input = try Input(value["input"] ?? .null) } catch {
            throw error.inside("input")
        }
        guard let output = value["output"], !output.isNull else {
            self.output = nil
            return
        }
        do throws(ValueMismatch) { self.output = try Output(output) } catch {
            throw error.inside("output")
        }
    }

    public var value: Value {
        get throws(ValueMismatch) {
            var map: ValueMap = ["key": .string(key), "input": try input.value]
            if let output { map["output"] = try output.value }
            return .map(map)
        }
    }
}
