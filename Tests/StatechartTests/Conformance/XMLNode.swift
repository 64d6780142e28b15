import Foundation
import Statechart

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// An element of an XML document, its prefix part of its name.
struct XMLNode {
    var name: String
    var attributes: [String: String]
    var children: [XMLNode] = []
    /// The character data directly inside, put together.
    var text = ""
    let location: SourceLocation

    subscript(attribute: String) -> String? { attributes[attribute] }

    func children(named name: String) -> [XMLNode] { children.filter { $0.name == name } }

    func child(named name: String) -> XMLNode? { children.first { $0.name == name } }

    /// The element itself and all below it, in document order.
    var elements: [XMLNode] { [self] + children.flatMap(\.elements) }

    init(name: String, attributes: [String: String], location: SourceLocation) {
        self.name = name
        self.attributes = attributes
        self.location = location
    }

    /// The root of a document.
    init(parsing document: Data) throws {
        let builder = Builder()
        let parser = XMLParser(data: document)
        parser.delegate = builder
        guard parser.parse(), let root = builder.root else {
            throw Malformed(line: parser.lineNumber, cause: parser.parserError)
        }
        self = root
    }

    struct Malformed: Error {
        let line: Int
        let cause: (any Error)?
    }

    private final class Builder: NSObject, XMLParserDelegate {
        private(set) var root: XMLNode?
        private var open: [XMLNode] = []

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            let location = SourceLocation(line: parser.lineNumber, column: parser.columnNumber)
            open.append(XMLNode(name: name, attributes: attributes, location: location))
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) {
            guard !open.isEmpty else { return }
            open[open.count - 1].text += text
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
            qualifiedName: String?
        ) {
            guard let closed = open.popLast() else { return }
            if open.isEmpty {
                root = closed
            } else {
                open[open.count - 1].children.append(closed)
            }
        }
    }
}
