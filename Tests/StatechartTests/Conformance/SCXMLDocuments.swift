import Foundation

/// The folder in which the documents of the W3C's report are, and what they refer to.
struct SCXMLDocuments {
    let folder: String

    struct Missing: Error {
        let name: String
    }

    /// - Parameter uri: `file:` and a name; the originals have names of their own.
    func data(of uri: String) throws -> Data {
        let name = uri.replacing("file:", with: "").replacing(".scxml", with: ".txml")
        guard let data = FileManager.default.contents(atPath: "\(folder)/irp/\(name)") else {
            throw Missing(name: name)
        }
        return data
    }

    func text(of uri: String) throws -> String {
        String(decoding: try data(of: uri), as: UTF8.self)
    }

    func chart(of uri: String) throws -> ImportedChart {
        let document = try XMLNode(parsing: try data(of: uri))
        return try ImportedChart(importing: try ConformanceTable.resolve(document), among: self)
    }
}
