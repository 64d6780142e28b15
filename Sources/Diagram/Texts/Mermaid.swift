extension Chart {
    /// A `stateDiagram-v2` of Mermaid. It draws no transition that crosses the border of a composite state well, and
    /// its ids take few characters, so that states are numbered and carry their names as descriptions.
    package var mermaid: String {
        var lines = ["---", "title: \(MermaidText.quoted(title))", "---", "stateDiagram-v2"]
        lines += mermaid(below: 0, indent: "    ")
        for transition in transitions {
            guard let target = transition.target,
                target != transition.source || !hasLoopLine(target)
            else { continue }
            // The root has no box: what leaves it comes from the outer start, which is not where an instance is.
            let words = MermaidText.label(
                (transition.source == 0 ? "from any state, " : "") + transition.words.line)
            lines.append(
                "    \(mermaidID(transition.source)) --> \(mermaidID(target))"
                    + (words.isEmpty ? "" : " : \(words)"))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether a transition to itself is a line of its box.
    private func hasLoopLine(_ state: Int) -> Bool { !states[state].children.isEmpty }

    private func mermaidID(_ state: Int) -> String { state == 0 ? "[*]" : "s\(state)" }

    private func mermaid(below parent: Int, indent: String) -> [String] {
        var lines: [String] = []
        for (position, child) in states[parent].children.enumerated() {
            let state = states[child]
            if position > 0, states[parent].kind == .parallel { lines.append("\(indent)--") }
            let name = ([mermaidName(state)] + state.lines).map(MermaidText.label)
                .joined(separator: "<br>")
            lines.append("\(indent)state \"\(name)\" as s\(child)")
            if !state.children.isEmpty {
                lines.append("\(indent)state s\(child) {")
                lines += mermaid(below: child, indent: indent + "    ")
                lines.append("\(indent)}")
            }
            if case .final = state.kind { lines.append("\(indent)s\(child) --> [*]") }
        }
        if let initial = states[parent].initial {
            let words = parent == 0 && !start.isEmpty ? " : \(MermaidText.label(start))" : ""
            lines.append("\(indent)[*] --> s\(initial)\(words)")
        }
        return lines
    }

    private func mermaidName(_ state: State) -> String {
        if case .history(let deep) = state.kind { return deep ? "H*" : "H" }
        return state.name
    }
}

/// Text between Mermaid's own characters.
private enum MermaidText {
    /// Entities are Mermaid's way to write what it would read.
    static func label(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "#", ":", ";", "<", ">", "{", "}", "%": result += "#\(scalar.value);"
            case "\n", "\r", "\t": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A scalar of the YAML in front.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }
}
