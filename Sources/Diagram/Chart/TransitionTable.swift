extension Chart {
    /// What the picture says, for who cannot see it: a row for each transition in document order, those that leave
    /// nothing too.
    package var table: [TableRow] {
        transitions.map { transition in
            TableRow(
                transition: transition.index, from: states[transition.source].id,
                trigger: transition.words.trigger, condition: transition.words.condition ?? "",
                actions: transition.words.actions.joined(separator: ", "),
                to: transition.target.map { states[$0].id })
        }
    }

    /// One transition in words.
    package struct TableRow: Sendable, Hashable {
        /// Its index in the definition: what counts and history name it by.
        package let transition: Int
        /// A state's path; empty: the whole workflow.
        package let from: String
        package let trigger: String
        package let condition: String
        package let actions: String
        /// nil: it stays where it is.
        package let to: String?
    }
}
