extension Chart {
    /// What the picture says, for who cannot see it: a row for each transition in document order, those that leave
    /// nothing too.
    package func table(_ overlay: Overlay = Overlay()) -> [TableRow] {
        transitions.enumerated().map { position, transition in
            let note = overlay.transition(position)
            let mark = overlay.state(transition.source).mark
            return TableRow(
                transition: transition.index, from: states[transition.source].id,
                mark: mark, trigger: transition.words.trigger,
                condition: transition.words.condition ?? "",
                actions: transition.words.actions.joined(separator: ", "),
                to: transition.target.map { states[$0].id }, taken: note.taken, text: note.text,
                change: note.change)
        }
    }

    /// One transition in words.
    package struct TableRow: Sendable, Hashable {
        /// Its index in the definition: what counts and history name it by.
        package let transition: Int
        /// A state's path; empty: the whole workflow.
        package let from: String
        /// What that state is to the instance that is shown.
        package let mark: Overlay.Mark?
        package let trigger: String
        package let condition: String
        package let actions: String
        /// nil: it stays where it is.
        package let to: String?
        /// How often the instance that is shown took it.
        package let taken: Int
        /// What stands at the arrow: a count.
        package let text: String
        package let change: Overlay.Change?
    }
}
