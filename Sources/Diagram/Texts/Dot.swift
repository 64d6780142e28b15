extension Chart {
    /// A graph of Graphviz: compounds are clusters, and an arrow to one is clipped at its border.
    package var dot: String {
        var lines = [
            "digraph \(DotText.quoted(title)) {",
            "  compound=true; rankdir=TB; fontname=\"Helvetica\"; label=\(DotText.quoted(title));",
            "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=12];",
            "  edge [fontname=\"Helvetica\", fontsize=10];",
        ]
        lines += dot(below: 0, indent: "  ")
        if transitions.contains(where: { $0.source == 0 && $0.target != nil }) {
            lines.append("  any [shape=plaintext, label=\"from any state\"];")
        }
        for transition in transitions {
            guard let target = transition.target else { continue }
            var attributes = ["label=\(DotText.quoted(transition.words.line))"]
            // An arrow between a cluster and its inside cannot be clipped at its border.
            let isNested =
                holds(transition.source, target) || holds(target, transition.source)
            if !isNested, !states[transition.source].children.isEmpty {
                attributes.append("ltail=cluster_\(transition.source)")
            }
            if !isNested, !states[target].children.isEmpty {
                attributes.append("lhead=cluster_\(target)")
            }
            lines.append(
                "  \(dotNode(transition.source)) -> \(dotNode(target)) "
                    + "[\(attributes.joined(separator: ", "))];")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// The first leaf stands for a compound.
    private func dotNode(_ state: Int) -> String {
        guard state > 0 else { return "any" }
        var current = state
        while let first = states[current].children.first, first > current { current = first }
        return "s\(current)"
    }

    private func dot(below parent: Int, indent: String) -> [String] {
        var lines: [String] = []
        for child in states[parent].children {
            let state = states[child]
            let text = DotText.quoted(([dotName(state)] + state.lines).joined(separator: "\n"))
            if state.children.isEmpty {
                lines.append("\(indent)s\(child) [label=\(text)\(dotShape(state))];")
            } else {
                let style = state.kind == .region ? "\"rounded,dashed\"" : "rounded"
                lines.append("\(indent)subgraph cluster_\(child) {")
                lines.append("\(indent)  label=\(text); style=\(style);")
                lines += dot(below: child, indent: indent + "  ")
                lines.append("\(indent)}")
            }
        }
        guard let initial = states[parent].initial else { return lines }
        lines.append(
            "\(indent)start\(parent) [shape=point, width=0.12, label=\"\"];")
        let label = parent == 0 ? start : ""
        let head = states[initial].children.isEmpty ? "" : ", lhead=cluster_\(initial)"
        lines.append(
            "\(indent)start\(parent) -> \(dotNode(initial)) [label=\(DotText.quoted(label))\(head)];"
        )
        return lines
    }

    private func dotName(_ state: State) -> String {
        if case .history(let deep) = state.kind { return deep ? "H*" : "H" }
        return state.name
    }

    private func dotShape(_ state: State) -> String {
        switch state.kind {
        case .final(let outcome):
            switch outcome {
            case .failed: ", peripheries=2, color=\"#b3241b\""
            case .cancelled: ", peripheries=2, color=\"#855000\""
            case .completed, nil: ", peripheries=2, color=\"#19704a\""
            }
        case .history: ", shape=circle"
        case .atomic, .compound, .parallel, .region: ""
        }
    }
}

/// Text in Graphviz's quotes.
private enum DotText {
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r", "\t": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
