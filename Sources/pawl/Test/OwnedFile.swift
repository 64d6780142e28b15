import Foundation

/// A file that belongs to a workflow or an adapter, by its path: `<owner>/<folder>/<name>`, for example
/// `order/scenarios/no-show.yaml`.
struct OwnedFile {
    /// Empty where the path has too few parts.
    let owner: String
    let folder: String
    let name: String

    init(_ path: String) {
        // Absolute, so that a path from within the project has all its parts.
        let parts = URL(fileURLWithPath: path).standardizedFileURL.pathComponents
        name = parts.last ?? ""
        folder = parts.dropLast().last ?? ""
        owner = parts.dropLast(2).last ?? ""
    }
}
