import Foundation

/// A file that belongs to a workflow or an adapter, by its path: `<owner>/<folder>/<name>`, for example
/// `loan/scenarios/late.yaml`.
package struct OwnedFile {
    /// Empty where the path has too few parts.
    package let owner: String
    package let folder: String
    package let name: String

    package init(_ path: String) {
        // Absolute, so that a path from within the project has all its parts.
        let parts = URL(fileURLWithPath: path).standardizedFileURL.pathComponents
        name = parts.last ?? ""
        folder = parts.dropLast().last ?? ""
        owner = parts.dropLast(2).last ?? ""
    }
}
