#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file or folder that is open until nobody holds this any more.
///
/// Nothing else of ours closes one. Closed twice, a number takes away what somebody else has opened in between: a
/// database, or the connection of a client.
package final class Descriptor: Sendable {
    package let number: Int32

    /// - Parameter number: as `open` gave it; negative: nothing is open, and `errno` says why.
    package init(_ number: Int32) { self.number = number }

    deinit { if number >= 0 { close(number) } }

    package var isOpen: Bool { number >= 0 }
}
