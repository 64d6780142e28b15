import CEL
import Statechart

/// How instances of an older version come into the one that declares this.
///
/// What is not named here stays under its own name. A state that is named is spoken for: what is under way there and has
/// no counterpart may be left, as if its state was.
package struct Migration: Sendable, Hashable {
    /// A state of the older version, and the one that takes its place.
    package struct Place: Sendable, Hashable {
        /// Its id in the older version, which only the database may know.
        package let old: String
        package let new: StateIndex
        package let location: SourceLocation

        package init(old: String, new: StateIndex, location: SourceLocation) {
            self.old = old
            self.new = new
            self.location = location
        }
    }

    /// A member of the context, over `input context params instance now` of the older version.
    package struct Assignment: Sendable, Hashable {
        package let name: String
        package let value: Template
        package let location: SourceLocation

        package init(name: String, value: Template, location: SourceLocation) {
            self.name = name
            self.value = value
            self.location = location
        }
    }

    package let from: Int
    /// In document order.
    package let places: [Place]
    package let assignments: [Assignment]

    package init(from: Int, places: [Place] = [], assignments: [Assignment] = []) {
        self.from = from
        self.places = places
        self.assignments = assignments
    }
}

extension WorkflowDefinition {
    /// What it says of instances of that version; nil: nothing, so that all keep their names.
    package func migration(from version: Int) -> Migration? {
        migrations.first { $0.from == version }
    }
}
