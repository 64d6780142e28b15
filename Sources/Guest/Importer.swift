import Values

/// Brings a business's data in from a file: `pawl import NAME FILE`, and `--NAME FILE` of `serve`, `dev` and `replay`.
///
/// One line in, records out. The house reads the file, a chunk of lines a commit, so that it may be of any size; a
/// file with one wrong line changes nothing, for it is read once without writing. Adding and replacing only: what an
/// import leaves out may be in use.
public protocol Importer: Sendable {
    /// The word of the command line, such as `members`.
    static var name: String { get }
    /// What the file holds, for help: `CSV: id,name,street`.
    static var abstract: String { get }
    /// Where a project keeps a sample, from its folder: `dev` and `replay` import it when it is there; nil: nowhere.
    static var sample: String? { get }

    /// Before the first line.
    init()
    /// Takes the next line, without its line end.
    /// - Parameter number: from 1.
    /// - Returns: whether it became a record; a head or an empty line does not.
    /// - Throws: what is wrong with the line, and what to write.
    mutating func take(
        _ line: String, number: Int, into records: inout Records
    ) throws(ImportFault) -> Bool
}

extension Importer {
    public static var sample: String? { nil }
}

/// What is wrong with a line of an imported file.
public struct ImportFault: Error, Sendable, Hashable {
    public let message: String

    public init(_ message: String) { self.message = message }
}
