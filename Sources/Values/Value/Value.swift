/// One piece of data: JSON's kinds and CEL's further ones.
///
/// `==` and `hash` are structural: `1` and `1.0` differ, strings are compared by their UTF-8 bytes
/// (never by canonical equivalence), the order of a map's entries is ignored. CEL's own equality,
/// by which `1 == 1.0 == 1u`, is ``celEquals(_:)``.
public enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([Value])
    case map(ValueMap)
    case timestamp(Timestamp)
    case duration(Duration)
    /// A type as a value, `type(1) == int`; the name is CEL's.
    case type(String)
    /// CEL's optional; it lives inside expressions only, `plain` unwraps it.
    indirect case optional(Value?)
}

extension Value: Equatable {
    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.int(let x), .int(let y)): x == y
        case (.uint(let x), .uint(let y)): x == y
        case (.double(let x), .double(let y)): x.structuralBits == y.structuralBits
        case (.string(let x), .string(let y)): sameUTF8(x, y)
        case (.bytes(let x), .bytes(let y)): x == y
        case (.list(let x), .list(let y)): x == y
        case (.map(let x), .map(let y)): x == y
        case (.timestamp(let x), .timestamp(let y)): x == y
        case (.duration(let x), .duration(let y)): x == y
        case (.type(let x), .type(let y)): sameUTF8(x, y)
        case (.optional(let x), .optional(let y)): x == y
        default: false
        }
    }
}

extension Value: Hashable {
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let x): hasher.combine(x)
        case .int(let x): hasher.combine(x)
        case .uint(let x): hasher.combine(x)
        case .double(let x): hasher.combine(x.structuralBits)
        case .string(let x), .type(let x): hashUTF8(x, into: &hasher)
        case .bytes(let x): hasher.combine(x)
        case .list(let x): hasher.combine(x)
        case .map(let x): hasher.combine(x)
        case .timestamp(let x): hasher.combine(x)
        case .duration(let x): hasher.combine(x)
        case .optional(let x): hasher.combine(x)
        }
    }
}

extension Value: CustomStringConvertible {
    /// As JSON, for messages and tests.
    public var description: String { JSON.string(self) }
}

extension Double {
    /// The bit pattern with all NaNs made one, so that structural equality is reflexive.
    fileprivate var structuralBits: UInt64 { isNaN ? Double.nan.bitPattern : bitPattern }
}

/// Whether two strings consist of the same UTF-8 bytes.
@inline(__always)
public func sameUTF8(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && (areOne(a, b) || sameBytes(a, b))
}

/// Whether both are the same bits in memory, which short strings of the same letters are. Then they are the
/// same string, however it is stored; the reverse does not hold.
@inline(__always)
private func areOne(_ a: String, _ b: String) -> Bool {
    withUnsafeBytes(of: a) { x in
        withUnsafeBytes(of: b) { y in
            stride(from: 0, to: x.count, by: MemoryLayout<UInt>.size).allSatisfy {
                x.load(fromByteOffset: $0, as: UInt.self)
                    == y.load(fromByteOffset: $0, as: UInt.self)
            }
        }
    }
}

private func sameBytes(_ a: String, _ b: String) -> Bool {
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
        b.utf8.withContiguousStorageIfAvailable { y in
            sameBytes(UnsafeRawBufferPointer(x), UnsafeRawBufferPointer(y))
        }
    }
    if let fast, let isSame = fast { return isSame }
    return a.utf8.elementsEqual(b.utf8)
}

/// Eight at a time, then the rest in powers of two. Both are equally long.
private func sameBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    func isSame<Word: FixedWidthInteger>(at offset: Int, as word: Word.Type) -> Bool {
        a.loadUnaligned(fromByteOffset: offset, as: word)
            == b.loadUnaligned(fromByteOffset: offset, as: word)
    }
    let count = min(a.count, b.count)
    var offset = 0
    while offset + 8 <= count {
        guard isSame(at: offset, as: UInt64.self) else { return false }
        offset += 8
    }
    if offset + 4 <= count {
        guard isSame(at: offset, as: UInt32.self) else { return false }
        offset += 4
    }
    while offset < count {
        guard isSame(at: offset, as: UInt8.self) else { return false }
        offset += 1
    }
    return true
}

/// Compares by bytes, which is the order of code points: negative, zero or positive.
package func compareUTF8(_ a: String, _ b: String) -> Int {
    let fast = a.utf8.withContiguousStorageIfAvailable { x in
        b.utf8.withContiguousStorageIfAvailable { y in compareBytes(x, y) }
    }
    if let fast, let order = fast { return order }
    return Array(a.utf8).withUnsafeBufferPointer { x in
        Array(b.utf8).withUnsafeBufferPointer { y in compareBytes(x, y) }
    }
}

func compareBytes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    let shared = min(a.count, b.count)
    var i = 0
    while i < shared {
        if a[i] != b[i] { return a[i] < b[i] ? -1 : 1 }
        i += 1
    }
    return a.count - b.count
}

func hashUTF8(_ text: String, into hasher: inout Hasher) {
    let done: Void? = text.utf8.withContiguousStorageIfAvailable {
        hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
    if done == nil {
        for byte in text.utf8 { hasher.combine(byte) }
    }
    hasher.combine(UInt8(0xFF))
}
