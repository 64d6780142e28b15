public import ArgumentParser
import Assembly
import Foundation
public import Guest

/// A program that is `pawl`'s command line over a business of one's own:
///
/// ```swift
/// @main
/// struct Main: PawlProgram {
///     static let business = Loans()
/// }
/// ```
public protocol PawlProgram {
    /// What of the business is not YAML.
    associatedtype Guest: Business

    /// Its operations, importers, fakes, and what a replay tells of it; `NoBusiness()` where YAML is all.
    static var business: Guest { get }
    /// What it is called in its own help: by default the name of the file that was started.
    static var name: String { get }
    /// What `--version` says: by default the version of Pawl.
    static var version: String { get }
    /// Commands beside those of Pawl, in help under `Others`: by default none. A name that Pawl has already is
    /// found first.
    static var commands: [any ParsableCommand.Type] { get }
}

extension PawlProgram {
    /// The name of the file that was started.
    public static var name: String {
        CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent } ?? "pawl"
    }

    /// The version of Pawl.
    public static var version: String { Composition.version }

    /// None.
    public static var commands: [any ParsableCommand.Type] { [] }

    /// Does what the arguments say, and ends the process with the status that `help` lists. It owns the process: files
    /// that it makes are its user's alone, `serve` and `dev` take SIGTERM and SIGINT, and a database that cannot be
    /// trusted ends it at once.
    public static func main() async {
        await Wiring.$business.withValue(business) { await RootCommand<Self>.launch() }
    }
}
