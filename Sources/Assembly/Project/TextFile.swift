import Definition
import Foundation
import WorkflowLanguage

/// A text of a project: definitions, scenarios, exchanges, settings.
package enum TextFile {
    /// Of what people write by hand; the language has limits of its own below this.
    private static let maximumBytes = 4 << 20

    /// - Throws: what keeps the file from being read, and what to do.
    package static func read(_ path: String) throws(Problem) -> String {
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(filePath: path).resolvingSymlinksInPath().path)
        guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular else {
            throw Problem(.notFound, "\(path) is no file that can be read", fix: "name a file")
        }
        let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
        guard size <= maximumBytes else {
            throw Problem(
                .tooLarge, "\(path) has \(size) bytes; at most \(maximumBytes) are read",
                fix: "split it, or name another file")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem(.notFound, "\(path) cannot be read", fix: "look at its permissions")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Problem(.malformed, "\(path) is no UTF-8 text", fix: "save it as UTF-8")
        }
        return text.withoutByteOrderMark
    }
}

extension StringProtocol {
    /// By the line ends that editors write; Swift takes CR LF for one character of its own.
    package var lines: [SubSequence] {
        split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }
}
