/// Compact JSON that is written member by member, for what is written so often that making a `Value` of it first
/// would be most of the work. Gives the very bytes that `JSON.encode` gives for that value.
package struct JSONText: Sendable {
    private var writer: JSONWriter
    /// Nothing stands before the next element, so that no comma does.
    private var isFirst = true

    package init(capacity: Int = 256) {
        writer = JSONWriter(indented: false, capacity: capacity)
    }

    /// UTF-8.
    package var bytes: [UInt8] { writer.bytes }

    // MARK: Elements

    package mutating func value(_ value: Value) {
        separate()
        writer.write(value)
    }

    package mutating func value(_ number: Int64) {
        separate()
        writer.write(number)
    }

    package mutating func value(_ text: String) {
        separate()
        writer.write(text)
    }

    package mutating func object(_ members: (inout JSONText) -> Void) {
        begin(UInt8(ascii: "{"))
        members(&self)
        end(UInt8(ascii: "}"))
    }

    package mutating func list(_ elements: (inout JSONText) -> Void) {
        begin(UInt8(ascii: "["))
        elements(&self)
        end(UInt8(ascii: "]"))
    }

    package mutating func list<T>(_ elements: [T], _ element: (inout JSONText, T) -> Void) {
        begin(UInt8(ascii: "["))
        for item in elements { element(&self, item) }
        end(UInt8(ascii: "]"))
    }

    // MARK: Members

    /// The name of the member whose value is written next; it needs no escape.
    package mutating func name(_ name: StaticString) {
        separate()
        writer.writeName(name)
        isFirst = true
    }

    package mutating func member(_ name: StaticString, _ value: Value) {
        self.name(name)
        self.value(value)
    }

    package mutating func member(_ name: StaticString, _ number: Int64) {
        self.name(name)
        value(number)
    }

    package mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        value(text)
    }

    /// Left out when there is none.
    package mutating func member(_ name: StaticString, optional value: Value?) {
        if let value { member(name, value) }
    }

    /// Left out when it is empty.
    package mutating func member<T>(
        _ name: StaticString, unlessEmpty elements: [T], _ element: (inout JSONText, T) -> Void
    ) {
        guard !elements.isEmpty else { return }
        self.name(name)
        list(elements, element)
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        writer.append(bracket)
        isFirst = true
    }

    private mutating func end(_ bracket: UInt8) {
        writer.append(bracket)
        isFirst = false
    }

    private mutating func separate() {
        if !isFirst { writer.append(UInt8(ascii: ",")) }
        isFirst = false
    }
}
