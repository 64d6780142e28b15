import Statechart
import Yams

/// From Yams's tree to ours.
extension YAMLComposer {
    mutating func convert(_ node: Node, depth: Int) -> YAMLNode? {
        let location = node.mark.map { SourceLocation($0) } ?? SourceLocation(line: 1, column: 1)
        guard depth <= Self.maximumDepth else {
            report(.yamlDepth, "nested deeper than \(Self.maximumDepth) levels", at: location)
            return nil
        }
        guard checkProperties(node, at: location) else { return nil }
        switch node {
        case .scalar(let scalar): return convert(scalar, at: location)
        case .sequence(let sequence):
            var nodes: [YAMLNode] = []
            for element in sequence {
                if let converted = convert(element, depth: depth + 1) { nodes.append(converted) }
            }
            return YAMLNode(
                kind: .list(nodes), text: "", style: .collection, location: location, length: 1)
        case .mapping(let mapping): return convert(mapping, at: location, depth: depth)
        case .alias:
            report(.yamlAlias, "aliases are refused; write the value out", at: location)
            return nil
        }
    }

    /// A node's mark stands on its tag or anchor, if it has one; nothing else can begin so. Behind
    /// an anchor nothing is read on: what aliases repeat could be without end.
    private mutating func checkProperties(_ node: Node, at location: SourceLocation) -> Bool {
        switch source.scalar(at: location) {
        case "!":
            report(.yamlTag, "tags are refused; remove it", at: location)
        case "&":
            report(.yamlAlias, "anchors are refused; remove it and write values out", at: location)
            return false
        default: break
        }
        guard node.anchor == nil else {
            report(.yamlAlias, "anchors are refused; remove it and write values out", at: location)
            return false
        }
        return true
    }

    private mutating func convert(
        _ mapping: Node.Mapping, at location: SourceLocation, depth: Int
    ) -> YAMLNode {
        var entries: [YAMLNode.Entry] = []
        for (keyNode, valueNode) in mapping {
            guard let key = convert(key: keyNode, depth: depth + 1),
                let value = convert(valueNode, depth: depth + 1)
            else { continue }
            entries.append(YAMLNode.Entry(key: key, value: value))
        }
        return YAMLNode(
            kind: .map(entries), text: "", style: .collection, location: location, length: 1)
    }

    private mutating func convert(key node: Node, depth: Int) -> YAMLNode? {
        guard let key = convert(node, depth: depth) else { return nil }
        guard key.style != .collection else {
            report(.yamlKey, "a key is one word, not \(key.kindName)", at: key.location)
            return nil
        }
        guard key.text != "<<" || key.style == .quoted else {
            report(
                .yamlMergeKey, "merge keys are refused; write the entries out", at: key.location,
                length: 2)
            return nil
        }
        return SourceText.isBlank(key.text) ? nil : key
    }

    private mutating func convert(_ scalar: Node.Scalar, at location: SourceLocation) -> YAMLNode {
        let style: YAMLNode.Style =
            switch scalar.style {
            case .plain, .any: .plain
            case .singleQuoted, .doubleQuoted: .quoted
            case .literal, .folded: .block
            }
        let text = scalar.string
        let length = source.width(of: text, style: style, at: location)
        var kind = YAMLNode.Kind.string(text)
        if style == .plain {
            switch YAMLScalar.resolve(text) {
            case .kind(let resolved): kind = resolved
            case .outOfRange:
                report(
                    .numberRange, "'\(text)' is beyond 64 bits; quote it if it is a text",
                    at: location, length: length)
            }
        }
        return YAMLNode(kind: kind, text: text, style: style, location: location, length: length)
    }
}
